import { useTranslation } from 'react-i18next';
import type { EditedStep } from '../../../../main/records/annotation.ts';
import { CodeBlock } from '../../../parts/code-block.tsx';
import { ImageCompare } from '../../../parts/image-compare.tsx';
import { ImageFigure } from '../../../parts/image-figure.tsx';
import { ForeignText } from '../../../parts/turns/foreign-text.tsx';
import { Thought, TurnBlock } from '../../../parts/turns/turn-block.tsx';
import { looksAt, unfenced } from '../chain/chain.ts';
import type { Opened } from '../edit/use-editor.ts';
import css from './review.module.css';

/** What the annotator wrote: gold answers and the chain. */
export function AnnotationView({ opened: { sample, steps } }: { readonly opened: Opened }) {
  const { t } = useTranslation();
  return (
    <>
      <section>
        <h2>{t('annotate.answersGiven')}</h2>
        <div className={css.golds}>
          {sample.answers.map((answer, i) => (
            <ForeignText key={i} text={answer} characters={400} lines={6} className={css.gold} />
          ))}
        </div>
      </section>
      <section>
        <h2>{t('annotate.chain.title')}</h2>
        <ol className={css.steps}>
          {steps.map((step, i) => (
            <li key={i}>
              {step.think !== '' && (
                <Thought text={step.think}>
                  <ForeignText text={step.think} />
                </Thought>
              )}
              <TurnBlock kind={step.kind} aside={t('datasets.sample.step', { number: i + 1 })}>
                <StepView step={step} image={looksAt(steps, i, sample.images[0])} />
              </TurnBlock>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

function StepView({ step: { kind, body, information, result }, image }: { readonly step: EditedStep; readonly image: string | undefined }) {
  const { t } = useTranslation();
  return (
    <div className={css.step}>
      {kind === 'code' ? <CodeBlock code={unfenced(body)} label={t('annotate.chain.kinds.code')} /> : <ForeignText text={body} mono={kind === 'problem'} {...(kind === 'answer' && { className: css.answer })} />}
      {information !== '' && <ForeignText text={information} characters={800} lines={10} className={css.information} />}
      {result !== null && (image === undefined ? <ImageFigure reference={result} name={t('annotate.chain.result')} /> : <ImageCompare before={image} after={result} height={160} captions={['', t('annotate.chain.result')]} />)}
    </div>
  );
}
