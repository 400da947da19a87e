import type { Calls } from '../../../preload/rpc/frames.ts';
import type { AppContract } from '../../../preload/contract.ts';

export type Row = Calls<AppContract>['rollouts.step']['output'][number];

/** The episodes of one question in a step. */
export type Group = { readonly group: number; readonly sample: string; readonly members: readonly Row[]; /** Members that the filter asks for. */ readonly wanted: ReadonlySet<number> };

export const filters = ['all', 'toolError', 'zeroSpread', 'truncated', 'invalid', 'highest', 'lowest'] as const;
export type Filter = (typeof filters)[number];

const wants: Readonly<Record<Filter, (row: Row) => boolean>> = {
  all: () => true,
  highest: () => true,
  lowest: () => true,
  toolError: (row) => row.toolError,
  zeroSpread: (row) => row.zeroSpread,
  truncated: (row) => row.truncated,
  invalid: (row) => row.invalid,
};

/** The groups of a step that have a member of the filter; by their best or worst reward where it asks for that. */
export function groupsOf(rows: readonly Row[], filter: Filter): readonly Group[] {
  const groups = [...Map.groupBy(rows, ({ group }) => group)].flatMap(([group, members]): Group[] => {
    const wanted = new Set(members.filter(wants[filter]).map(({ member }) => member));
    return wanted.size === 0 ? [] : [{ group, sample: members[0]?.sample ?? '', members, wanted }];
  });
  if (filter === 'highest') return groups.toSorted((a, b) => extreme(b, Math.max) - extreme(a, Math.max));
  if (filter === 'lowest') return groups.toSorted((a, b) => extreme(a, Math.min) - extreme(b, Math.min));
  return groups;
}

const extreme = ({ members }: Group, of: (...values: number[]) => number): number => {
  const rewards = members.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  return rewards.length === 0 ? 0 : of(...rewards);
};

/** How many trajectories of a step a filter finds. */
export const countOf = (rows: readonly Row[], filter: Filter): number => rows.filter(wants[filter]).length;

/** The members to look at first: the best and the worst of those that the filter asks for, then of all. A fault of ours is neither. */
export function firstLanes({ members, wanted }: Group): readonly number[] {
  const scored = members.filter(({ reward }) => reward !== null).toSorted((a, b) => (b.reward ?? 0) - (a.reward ?? 0));
  const ends = (rows: readonly Row[]): readonly (Row | undefined)[] => [rows[0], rows.at(-1)];
  const lanes = [...ends(scored.filter(({ member }) => wanted.has(member))), ...members.filter(({ member, reward }) => reward === null && wanted.has(member) && wanted.size < members.length), ...ends(scored), scored[1], ...members];
  return [...new Set(lanes.flatMap((row) => (row ? [row.member] : [])))].slice(0, 2);
}

/** The lowest and the highest reward, with 0 among them, so that bars are comparable. */
export function rangeOf(rows: readonly Row[]): readonly [number, number] {
  let [low, high] = [0, 0];
  for (const { reward } of rows) [low, high] = [Math.min(low, reward ?? 0), Math.max(high, reward ?? 0)];
  return [low, high === low ? low + 1 : high];
}

/** The step nearest to one that is wished for. */
export function nearest(steps: readonly number[], wished: number): number | undefined {
  let best: number | undefined;
  for (const step of steps) if (best === undefined || Math.abs(step - wished) < Math.abs(best - wished)) best = step;
  return best;
}

/** Over the episodes that have a reward. */
export function meanReward(rows: readonly Row[]): number | undefined {
  const rewards = rows.flatMap(({ reward }) => reward ?? []);
  return rewards.length === 0 ? undefined : rewards.reduce((sum, each) => sum + each, 0) / rewards.length;
}
