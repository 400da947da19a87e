import { CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AnnotationLack, EditedStep } from '../../../../main/records/annotation.ts';
import { focusStep } from '../chain/step-card.tsx';
import css from './edit.module.css';

export const questionId = 'annotate-question';
export const answersId = 'annotate-answers';

const focus = (id: string): void => document.querySelector<HTMLElement>(`#${id}`)?.focus();

/** The step that lacks something, counted from 0. */
function stepLacking(lack: AnnotationLack, steps: readonly EditedStep[]): number {
  const wanted: Partial<Readonly<Record<AnnotationLack, (step: EditedStep) => boolean>>> = {
    emptyStep: ({ body }) => body.trim() === '',
    result: ({ kind, result }) => kind === 'code' && result === null,
    information: ({ kind, information }) => kind === 'search' && information.trim() === '',
    answerStep: ({ kind }) => kind === 'answer',
  };
  const i = wanted[lack] ? steps.findIndex(wanted[lack]) : -1;
  return i < 0 ? steps.length - 1 : i;
}

/** Leads to where something is lacking. */
export function goToLack(lack: AnnotationLack, steps: readonly EditedStep[], onDraw: () => void): void {
  switch (lack) {
    case 'question':
      return focus(questionId);
    case 'answer':
      return focus(answersId);
    case 'box':
      return onDraw();
    case 'image':
      return document.querySelector<HTMLElement>('[data-image-pane]')?.scrollIntoView();
    case 'emptyStep':
    case 'lastStep':
    case 'answerStep':
    case 'result':
    case 'information':
      if (steps.length > 0) focusStep(stepLacking(lack, steps));
      else document.querySelector<HTMLElement>('[data-add-steps] button')?.focus();
  }
}

/** What stands between a sample and the reviewer, in words that lead there. */
export function Lacking({ lacks, onGo }: { readonly lacks: readonly AnnotationLack[]; readonly onGo: (lack: AnnotationLack) => void }) {
  const { t } = useTranslation();
  return (
    <div className={css.lacking} role="status" data-ready={lacks.length === 0 || undefined}>
      {lacks.length === 0 ? (
        <>
          <CircleCheck size={14} aria-hidden /> {t('annotate.lacks.nothing')}
        </>
      ) : (
        <>
          <span>{t('annotate.lacks.title')}</span>
          {lacks.map((lack) => (
            <button key={lack} type="button" className={css.lack} onClick={() => onGo(lack)}>
              {t(`annotate.lacks.${lack}`)}
            </button>
          ))}
        </>
      )}
    </div>
  );
}
