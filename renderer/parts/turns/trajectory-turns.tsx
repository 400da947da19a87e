import type { ReactNode } from 'react';
import type { Score } from '../../../main/records/score.ts';
import type { Trajectory, Turn } from '../../../main/records/trajectory.ts';
import { EndingNote } from './ending-note.tsx';
import { TurnView } from './turn-view.tsx';
import css from './turns.module.css';

type TrajectoryTurnsProps = {
  readonly trajectory: Pick<Trajectory, 'turns' | 'ending'>;
  /** Images that the agent saw first. */
  readonly images: readonly string[];
  readonly gold?: readonly string[] | undefined;
  readonly score?: Score | null | undefined;
  /** What stands in place of the text of turn i, such as its tokens. */
  readonly instead?: (i: number) => ReactNode;
};

/** All turns of an episode, and how it ended. */
export function TrajectoryTurns({ trajectory: { turns, ending }, images, gold, score, instead }: TrajectoryTurnsProps) {
  const seen = imagesBefore(turns, images[0]);
  return (
    <div className={css.turns}>
      {turns.map((turn, i) => (
        <TurnView key={i} turn={turn} number={i + 1} image={seen[i]} gold={gold} score={score} instead={instead?.(i)} />
      ))}
      <EndingNote ending={ending} />
    </div>
  );
}

/** For each turn the image that its code works on: the sample's first, then the last one that code wrote. */
export function imagesBefore(turns: readonly Turn[], first: string | undefined): readonly (string | undefined)[] {
  let image = first;
  return turns.map(({ observation }) => {
    const before = image;
    if (observation?.kind === 'code' && observation.status === 'ok') image = observation.outputs.at(-1)?.image ?? image;
    return before;
  });
}
