import type { Numbers } from './losses/tokens.ts';

export const advantageScales = ['group', 'batch', 'none'] as const;

/** What a reward's distance to its group's mean is divided by: the group's spread, the batch's, or nothing. */
export type AdvantageScale = (typeof advantageScales)[number];

export type Advantages = {
  /** One for each reward. */
  readonly values: Float64Array;
  /** Share of groups whose rewards are all equal, so that nothing can be learnt from them; groups of one are among them. */
  readonly zeroSpread: number;
};

// As the reference implementation has it.
const epsilon = 1e-4;

/**
 * Rewards relative to the mean of their group (GRPO, arXiv 2402.03300; without a divisor arXiv 2503.20783). Groups are named
 * by an id for each reward, in any order. A group whose rewards are equal, or that has one reward only, gets exactly 0.
 * @throws Error where rewards and ids differ in number.
 */
export function groupAdvantages(rewards: Numbers, groups: readonly (string | number)[], scale: AdvantageScale): Advantages {
  if (rewards.length !== groups.length) throw new Error(`${rewards.length} rewards for ${groups.length} group ids`);
  const values = new Float64Array(rewards.length);
  const members = [...Map.groupBy(groups.keys(), (i) => groups[i]).values()];
  const batchSpread = spread([...rewards]);
  let flat = 0;
  for (const indices of members) {
    const own = indices.map((i) => rewards[i] as number);
    if (own.every((reward) => reward === own[0])) {
      flat += 1;
      continue;
    }
    const divisor = { group: () => spread(own) + epsilon, batch: () => batchSpread + epsilon, none: () => 1 }[scale]();
    for (const i of indices) values[i] = ((rewards[i] as number) - mean(own)) / divisor;
  }
  return { values, zeroSpread: members.length === 0 ? 0 : flat / members.length };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Sample standard deviation (n − 1); 0 of one value. */
function spread(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
