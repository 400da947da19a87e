import { useTranslation } from 'react-i18next';
import { whole } from '../../parts/numbers.ts';
import { annotationStates } from '../../parts/sample-names.ts';
import css from './sets.module.css';
import type { Counts } from './use-rows.ts';

/** How far a dataset is: what is done stands left. */
export function ProgressBar({ counts }: { readonly counts: Counts }) {
  const { t } = useTranslation();
  const order = annotationStates.toReversed().filter((state) => counts[state] > 0);
  const [done, all] = [counts.accepted, annotationStates.reduce((sum, state) => sum + counts[state], 0)];
  return (
    <div className={css.bar} role="img" aria-label={t('annotate.progress', { done: whole(done), all: whole(all) })}>
      {(['accepted', ...order.filter((state) => state !== 'accepted')] as const).map((state) => (
        <span key={state} data-state={state} style={{ flexGrow: counts[state] }} />
      ))}
    </div>
  );
}
