import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Key } from '../key.tsx';
import css from './edit.module.css';
import { answersId, questionId } from './lacking.tsx';
import type { Editor } from './use-editor.ts';
import { useHeldText } from './use-held-text.ts';

const answersIn = (text: string): readonly string[] => text.split('\n').map((line) => line.trim()).filter((line) => line !== '');

/** Answers of several lines cannot be told apart by lines: such an answer keeps its ends of lines as ⏎. */
const [mark, end] = ['⏎', '\n'] as const;
const write = (answers: readonly string[]): string => answers.map((answer) => answer.replaceAll(end, mark)).join(end);
const read = (text: string): readonly string[] => answersIn(text).map((answer) => answer.replaceAll(mark, end));

/** The question, and every answer that counts as right. */
export function TextFields({ editor: { fields, edit } }: { readonly editor: Editor }) {
  const { t } = useTranslation();
  const [answers, hold] = useHeldText(fields.answers, write, read);
  const label = (words: string, key: string) => (
    <span className={css.label}>
      {words} <Key keys={key} />
    </span>
  );
  return (
    <>
      <Textarea id={questionId} label={label(t('annotate.question'), 'q')} aria-keyshortcuts="q" value={fields.question} maxLength={20_000} autosize minRows={2} maxRows={8} onChange={({ currentTarget: { value } }) => edit({ question: value })} />
      <Textarea id={answersId} label={label(t('annotate.answers'), 'a')} aria-keyshortcuts="a" placeholder={t('annotate.answersPlaceholder')} value={answers} autosize minRows={1} maxRows={6} onChange={({ currentTarget: { value } }) => edit({ answers: [...hold(value)] })} />
    </>
  );
}
