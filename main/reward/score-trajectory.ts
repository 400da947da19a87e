import type { Reward, RewardPart } from '../records/score.ts';
import { type RewardName, type Scored, rewardRules } from './rules.ts';
import type { RewardServices } from './services.ts';

/** Weight of each reward that counts; those left out are not looked at. */
export type RewardWeights = Readonly<Partial<Record<RewardName, number>>>;

/** The paper's sum (section 4.3): format and accuracy, each once. */
export const paperWeights: RewardWeights = { format: 1, answer: 1, query: 1, 'problem-paper': 1, 'code-paper': 1 };

export const defaultWeights: RewardWeights = { format: 1, answer: 1, query: 1, problem: 1, code: 1 };

/** A reward of the user's own, by a name of its own. */
export type CustomReward = { readonly name: string; readonly weight: number; readonly value: (scored: Scored) => Promise<number> };

/**
 * The weighted sum of what a trajectory earned.
 * @returns undefined for an episode that ended by a fault of ours: it has no reward, and counts as nothing.
 */
export async function scoreTrajectory(scored: Scored, weights: RewardWeights, services: RewardServices, custom: readonly CustomReward[] = []): Promise<Reward | undefined> {
  if (scored.trajectory.ending.kind === 'invalid') return undefined;
  const parts: RewardPart[] = [];
  for (const [name, weight] of Object.entries(weights) as [RewardName, number][]) {
    if (weight === 0) continue;
    const value = await rewardRules[name](scored, services);
    if (value !== undefined) parts.push({ name, value, weight });
  }
  for (const { name, weight, value } of custom) parts.push({ name, value: await value(scored), weight });
  return { total: parts.reduce((sum, { value, weight }) => sum + value * weight, 0), parts };
}
