import { Textarea } from '@mantine/core';
import { Eye } from 'lucide-react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { sendKeys } from '../../../frame/keys.ts';
import { ReasonedButton } from '../../../parts/reasoned-button.tsx';
import { ForeignText } from '../../../parts/turns/foreign-text.tsx';
import { visibleText } from '../../../parts/turns/visible.ts';
import { IssueToggles } from '../image/issue-toggles.tsx';
import { Key } from '../key.tsx';
import css from './review.module.css';
import type { Blind } from './use-blind.ts';

type BlindFormProps = { readonly question: string; readonly annotator: string | null; readonly withImage: boolean; readonly blind: Blind; readonly field: RefObject<HTMLTextAreaElement | null>; readonly onChange: (change: Partial<Blind>) => void; readonly onShow: () => void };

/** The question, answered by the reviewer as if nobody had before. */
export function BlindForm({ question, annotator, withImage, blind, field, onChange, onShow }: BlindFormProps) {
  const { t } = useTranslation();
  return (
    <>
      <p className={css.help}>{t('annotate.review.help', { name: visibleText(annotator ?? '') })}</p>
      <section>
        <h2>{t('annotate.question')}</h2>
        <ForeignText text={question} className={css.question} />
      </section>
      <Textarea ref={field} label={<span className={css.label}>{t('annotate.review.answer')} <Key keys="a" /></span>} aria-keyshortcuts="a" value={blind.answer} maxLength={20_000} autosize minRows={1} maxRows={6} onChange={({ currentTarget: { value } }) => onChange({ answer: value })} />
      {withImage && (
        <section>
          <h2>{t('annotate.review.issues')}</h2>
          <IssueToggles label={t('annotate.review.issues')} issues={blind.issues} onChange={(issues) => onChange({ issues })} />
        </section>
      )}
      <div>
        <ReasonedButton leftSection={<Eye size={14} aria-hidden />} rightSection={<Key keys={sendKeys} />} why={blind.answer.trim() === '' ? t('annotate.review.answerFirst') : undefined} help={t('annotate.review.showHelp')} onClick={onShow}>
          {t('annotate.review.show')}
        </ReasonedButton>
      </div>
    </>
  );
}
