import type { Row } from './groups.ts';
import css from './rollouts.module.css';
import { advantageColour } from './scale.ts';

type RewardBarsProps = { readonly members: readonly Row[]; readonly range: readonly [number, number]; readonly wanted?: ReadonlySet<number>; readonly width: number; readonly height: number };

/** The rewards of a group, one bar a member: its height the reward, its colour the advantage. A fault of ours has none. */
export function RewardBars({ members, range: [low, high], wanted, width, height }: RewardBarsProps) {
  const pitch = Math.min(9, width / Math.max(1, members.length));
  const bar = Math.max(1, pitch - (pitch > 4 ? 2 : 0));
  return (
    <svg className={css.bars} width={Math.ceil(pitch * members.length)} height={height} aria-hidden>
      {members.map(({ member, reward, advantage }, i) => {
        const tall = reward === null ? 0 : Math.max(2, ((reward - low) / (high - low)) * height);
        const faint = wanted !== undefined && !wanted.has(member);
        return reward === null ? (
          <line key={member} x1={i * pitch} x2={i * pitch + bar} y1={height - 1} y2={height - 1} className={css.noReward} />
        ) : (
          <rect key={member} x={i * pitch} y={height - tall} width={bar} height={tall} rx={1} fill={advantageColour(advantage)} opacity={faint ? 0.35 : 1} />
        );
      })}
    </svg>
  );
}
