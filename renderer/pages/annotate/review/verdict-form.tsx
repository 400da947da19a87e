import { Button, Textarea } from '@mantine/core';
import { Check, Undo2 } from 'lucide-react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageIssue } from '../../../../main/records/sample.ts';
import { sendKeys } from '../../../frame/keys.ts';
import { ForeignText } from '../../../parts/turns/foreign-text.tsx';
import { visibleText } from '../../../parts/turns/visible.ts';
import type { Opened } from '../edit/use-editor.ts';
import { Key } from '../key.tsx';
import { AnnotationView } from './annotation-view.tsx';
import css from './review.module.css';
import type { Blind } from './use-blind.ts';

type VerdictFormProps = { readonly opened: Opened; readonly blind: Blind; readonly busy: boolean; readonly note: RefObject<HTMLTextAreaElement | null>; readonly onNote: (note: string) => void; readonly onJudge: (verdict: 'accepted' | 'returned') => void };

/** The reviewer's answer beside the annotator's, and what becomes of the sample. */
export function VerdictForm({ opened, blind, busy, note, onNote, onJudge }: VerdictFormProps) {
  const { t } = useTranslation();
  const { sample, annotation } = opened;
  const issues = (list: readonly ImageIssue[]): string => list.map((issue) => t(`annotate.issues.${issue}`)).join(t('frame.marks.between')) || '–';
  return (
    <>
      <section>
        <h2>{t('annotate.question')}</h2>
        <ForeignText text={sample.question} className={css.question} />
      </section>
      <div className={css.both}>
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col">{t('annotate.review.yours')}</th>
              <th scope="col">{visibleText(annotation.annotator ?? t('annotate.review.theirs'))}</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{t('annotate.review.answerRow')}</th>
              <td><ForeignText text={blind.answer} characters={400} lines={6} /></td>
              <td><ForeignText text={sample.answers.join(' / ')} characters={400} lines={6} /></td>
            </tr>
            <tr>
              <th scope="row">{t('annotate.review.issuesRow')}</th>
              <td>{issues(blind.issues)}</td>
              <td>{issues(sample.issues ?? [])}</td>
            </tr>
          </tbody>
        </table>
      </div>
      {annotation.note !== '' && (
        <section>
          <h2>{t('annotate.review.before')}</h2>
          <ForeignText text={annotation.note} />
        </section>
      )}
      <AnnotationView opened={opened} />
      <section className={css.verdict}>
        <Textarea ref={note} label={<span className={css.label}>{t('annotate.review.note')} <Key keys="n" /></span>} aria-keyshortcuts="n" placeholder={t('annotate.review.notePlaceholder')} value={blind.note} maxLength={10_000} autosize minRows={2} maxRows={8} onChange={({ currentTarget: { value } }) => onNote(value)} />
        <div className={css.verdicts}>
          <Button leftSection={<Check size={14} aria-hidden />} rightSection={<Key keys="y" />} aria-keyshortcuts="y" disabled={busy} onClick={() => onJudge('accepted')}>
            {t('annotate.review.accept')}
          </Button>
          <Button variant="default" leftSection={<Undo2 size={14} aria-hidden />} rightSection={<Key keys={sendKeys} />} disabled={busy} onClick={() => onJudge('returned')}>
            {t('annotate.review.return')}
          </Button>
        </div>
      </section>
    </>
  );
}
