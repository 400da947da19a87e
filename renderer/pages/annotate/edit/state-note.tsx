import { MessageSquareWarning } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ForeignText } from '../../../parts/turns/foreign-text.tsx';
import { visibleText } from '../../../parts/turns/visible.ts';
import css from './edit.module.css';
import type { Opened } from './use-editor.ts';

/** What the reviewer said, and what a change means where the sample is out of the annotator's hands. */
export function StateNote({ annotation: { state, note, reviewer, review } }: { readonly annotation: Opened['annotation'] }) {
  const { t } = useTranslation();
  // The words of who returned it stay until it is reviewed again.
  const said = state === 'new' ? undefined : state === 'draft' ? (note === '' ? undefined : 'returned') : state;
  if (!said) return null;
  const name = visibleText(reviewer ?? '');
  return (
    <div className={css.note} data-state={said}>
      <MessageSquareWarning size={16} aria-hidden />
      <div>
        <b>{t(`annotate.notes.${said}`, { name })}</b>
        {said === 'returned' && <ForeignText text={note} />}
        {review && state !== 'submitted' && (
          <div className={css.said}>
            {t('annotate.notes.answered', { name })} <ForeignText text={review.answer} characters={200} lines={3} className={css.saidAnswer} />
          </div>
        )}
      </div>
    </div>
  );
}
