import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { EditedStep } from '../../../../main/records/annotation.ts';
import css from './chain.module.css';

export type StepProps = {
  /** Counted from 0. */
  readonly i: number;
  readonly step: EditedStep;
  /** The image that it looks at. */
  readonly image: string | undefined;
  /** Changes the step as it is by then, wherever it stands by then. */
  readonly onChange: (change: Partial<EditedStep>) => void;
};

/** Where `focusStep` finds the field of a step that is written first. */
export const bodyId = (i: number): string => `annotate-step-${i}`;

/** The thought before an action; it may be empty. */
export function ThinkField({ i, step: { think }, onChange }: StepProps) {
  const { t } = useTranslation();
  return <Textarea size="xs" className={css.think} aria-label={t('annotate.chain.think', { number: i + 1 })} placeholder={t('annotate.chain.thinkPlaceholder')} value={think} autosize minRows={1} maxRows={8} onChange={({ currentTarget: { value } }) => onChange({ think: value })} />;
}

/** What is wrong with the image, or the answer. */
export function BodyField({ i, step: { kind, body }, onChange }: StepProps) {
  const { t } = useTranslation();
  const named = kind === 'problem' ? 'problem' : 'answer';
  return <Textarea size="xs" id={bodyId(i)} className={named === 'problem' ? css.mono : css.answer} aria-label={t(`annotate.chain.${named}`, { number: i + 1 })} placeholder={t(`annotate.chain.${named}Placeholder`)} value={body} autosize minRows={1} maxRows={6} onChange={({ currentTarget: { value } }) => onChange({ body: value })} />;
}
