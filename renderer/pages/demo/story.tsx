import { useTranslation } from 'react-i18next';
import type { Turn } from '../../../main/records/trajectory.ts';
import { type TurnKind, kindIcons } from '../../parts/turns/kinds.ts';
import { partialParts } from '../../parts/turns/partial.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import css from './demo.module.css';
import type { Scene } from './replay.ts';

type Beat = { readonly kind: TurnKind; readonly text: string };

/** As much as people read from four metres away. */
const mostBeats = 4;
const mostCharacters = 240;

/** The last beats of an episode, in large type. */
export function Story({ scene: { turns, written } }: { readonly scene: Scene }) {
  const { t } = useTranslation();
  const beats = [...turns.flatMap(beatsOf), ...partialParts(written).map(({ kind, text }): Beat => ({ kind, text }))].slice(-mostBeats);
  return (
    <div className={css.story} aria-live="polite">
      {beats.map(({ kind, text }, i) => {
        const Icon = kindIcons[kind];
        return (
          <div key={`${i}-${kind}`} className={css.beat} data-kind={kind}>
            <Icon size={kind === 'answer' ? 40 : 28} aria-label={t(`turns.kind.${kind}`)} />
            <div className={`${css.words} ${kind === 'code' ? css.program : ''} foreign`}>{visibleText(text.slice(0, mostCharacters))}</div>
          </div>
        );
      })}
    </div>
  );
}

function beatsOf({ action, completion }: Turn): readonly Beat[] {
  if (action.kind === 'invalid') return [{ kind: 'error', text: completion.trim() }];
  const thought: readonly Beat[] = action.think.trim() === '' ? [] : [{ kind: 'think', text: action.think.trim() }];
  switch (action.kind) {
    case 'code':
      return [...thought, { kind: 'code', text: action.code.trim() }];
    case 'search':
      return [...thought, { kind: 'search', text: action.query }];
    case 'answer':
      return [...thought, { kind: 'answer', text: action.answer }];
    case 'problem':
      return [...thought, { kind: 'problem', text: action.issues.join(', ') }];
  }
}
