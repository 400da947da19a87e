import { Group } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Action } from '../../../main/records/action.ts';
import type { Score } from '../../../main/records/score.ts';
import type { Turn } from '../../../main/records/trajectory.ts';
import { CodeBlock } from '../code-block.tsx';
import { duration, whole } from '../numbers.ts';
import { AnswerBody } from './answer-body.tsx';
import { ForeignText } from './foreign-text.tsx';
import { kindOf } from './kinds.ts';
import { ObservationView } from './observation-view.tsx';
import { Thought, TurnBlock } from './turn-block.tsx';
import css from './turns.module.css';
import { visibleText } from './visible.ts';

export type TurnViewProps = {
  readonly turn: Turn;
  /** Counted from 1. */
  readonly number: number;
  /** The image on which this turn's code works. */
  readonly image?: string | undefined;
  /** What an answer is held against. */
  readonly gold?: readonly string[] | undefined;
  readonly score?: Score | null | undefined;
  /** Instead of the text of the model, such as its tokens. */
  readonly instead?: ReactNode;
  /** Below the action, such as buttons. */
  readonly below?: ReactNode;
};

/** One turn: what the model thought and did, then what the world answered. */
export function TurnView({ turn, number, image, gold, score, instead, below }: TurnViewProps) {
  const { t } = useTranslation();
  const [asWritten, setAsWritten] = useState(false);
  const { action, completion, finishReason, usage, observation } = turn;
  const kind = kindOf(action);
  const figures = (
    <>
      {finishReason === 'length' && <span className={css.cut}>{t('turns.cut')}</span>}
      <span>{t('turns.tokens', { count: usage.completionTokens, tokens: whole(usage.completionTokens) })}</span>
      <span>{duration(usage.ms / 1000)}</span>
      {!instead && action.kind !== 'invalid' && (
        <button type="button" className={css.quiet} aria-pressed={asWritten} onClick={() => setAsWritten(!asWritten)}>
          {t('turns.asWritten')}
        </button>
      )}
    </>
  );
  return (
    <section className={css.turn} aria-label={t('turns.turn', { number, kind: t(`turns.kind.${kind}`) })}>
      {!instead && !asWritten && action.kind !== 'invalid' && action.think.trim() !== '' && (
        <Thought text={action.think}>
          <div className={css.body}>
            <ForeignText text={action.think} />
          </div>
        </Thought>
      )}
      <TurnBlock kind={kind} aside={figures}>
        <div className={css.body}>{instead ?? (asWritten ? <ForeignText text={completion} mono /> : <ActionBody action={action} completion={completion} gold={gold} score={score} />)}</div>
      </TurnBlock>
      {below}
      {observation && <ObservationView observation={observation} image={image} />}
    </section>
  );
}

function ActionBody({ action, completion, gold, score }: { readonly action: Action; readonly completion: string; readonly gold?: readonly string[] | undefined; readonly score?: Score | null | undefined }) {
  const { t } = useTranslation();
  switch (action.kind) {
    case 'code':
      return <CodeBlock code={action.code} label={t('turns.code')} />;
    case 'search':
      return <ForeignText text={action.query} className={css.query} />;
    case 'answer':
      return <AnswerBody answer={action.answer} gold={gold} score={score} />;
    case 'problem':
      return (
        <Group gap="xs">
          {action.issues.map((issue, i) => (
            <span key={i} className={css.issue}>
              {visibleText(issue)}
            </span>
          ))}
        </Group>
      );
    case 'invalid':
      return (
        <>
          <div>
            {t(`turns.invalid.${action.reason}`)} {action.detail !== '' && <ForeignText text={t('turns.detail', { detail: action.detail })} className={css.faint} />}
          </div>
          <div className={css.label}>{t('turns.written')}</div>
          {completion === '' ? <div className={css.faint}>{t('turns.nothing')}</div> : <ForeignText text={completion} mono className={css.paper} />}
        </>
      );
  }
}
