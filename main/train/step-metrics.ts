import type { TrainingBatch } from '../model/training/batch.ts';
import type { StepMetrics } from '../records/run-events.ts';
import type { Reward } from '../records/score.ts';
import type { Advantages } from './advantages.ts';
import type { LearnMetrics } from './learn.ts';
import type { Rollout } from './roll-out.ts';
import { isTruncated } from './token-batches.ts';

export type StepResult = {
  readonly rollouts: readonly Rollout[];
  /** null: ended by a fault of ours. */
  readonly rewards: readonly (Reward | null)[];
  readonly advantages: Advantages;
  readonly learned: LearnMetrics;
  /** Whether the divergence to the reference was measured. */
  readonly measuredKl: boolean;
  /** k3 to the reference by place among the rollouts, by turn and by token; see RunEvent. */
  readonly kl: ReadonlyMap<number, readonly (readonly number[])[]>;
  /** What went through the model. */
  readonly learnt: readonly TrainingBatch[];
  /** Groups beyond the step's own number. */
  readonly resampled: number;
  readonly seconds: Omit<StepMetrics['seconds'], 'tools'>;
};

const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);

/** The figures of a step, over the episodes that count: shares in 0…1, `rewardSpread` the standard deviation over all of them (n, not n − 1). */
export function stepMetrics({ rollouts, rewards, advantages, learned, measuredKl, resampled, seconds }: StepResult): StepMetrics {
  const counted = rollouts.filter((_, i) => rewards[i] !== null);
  const valid = rewards.filter((reward) => reward !== null);
  const totals = valid.map(({ total }) => total);
  const centre = mean(totals);
  const names = [...new Set(valid.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  const turns = counted.flatMap(({ trajectory }) => trajectory.turns);
  const share = (test: (rollout: Rollout) => boolean): number => mean(counted.map((rollout) => Number(test(rollout))));
  const written = turns.reduce((sum, { usage }) => sum + usage.completionTokens, 0);
  const { samplerMean, samplerMax, loss, entropy, kl, ratioMax, clippedLow, clippedHigh, gradNorm, learningRate, tokens } = learned;
  const lengths = counted.map(({ trajectory }) => trajectory.turns.reduce((sum, { usage }) => sum + usage.completionTokens, 0));
  const ran = turns.filter(({ observation }) => observation?.kind === 'code');
  return {
    ...(totals.length > 0 && { rewardMean: centre, rewardSpread: Math.sqrt(mean(totals.map((total) => (total - centre) ** 2))) }),
    parts: Object.fromEntries(names.map((name) => [name, mean(valid.flatMap(({ parts }) => parts.flatMap((part) => (part.name === name ? [part.value] : []))))])),
    zeroSpread: advantages.zeroSpread,
    resampled,
    loss, gradNorm, learningRate,
    // A mean of nothing is no 0: an entropy of 0 would be a policy that says one thing only.
    ...(tokens > 0 && { entropy, ...(measuredKl && { kl }), ratioMax, clippedLow, clippedHigh, samplerMean, samplerMax }),
    trainedTokens: tokens,
    promptTokens: mean(counted.map(({ trajectory }) => trajectory.turns[0]?.usage.promptTokens ?? 0)),
    completionTokens: mean(lengths),
    completionTokensMax: Math.max(0, ...lengths),
    turns: mean(counted.map(({ trajectory }) => trajectory.turns.length)),
    truncated: share(isTruncated),
    answered: share(({ trajectory }) => trajectory.ending.kind === 'answered'),
    toolUse: share(({ trajectory }) => trajectory.turns.some(({ observation }) => observation?.kind === 'code' || observation?.kind === 'information')),
    toolErrors: mean(ran.map(({ observation }) => Number(observation?.kind === 'code' && observation.status !== 'ok'))),
    invalidActions: mean(turns.map(({ action }) => Number(action.kind === 'invalid'))),
    invalid: rollouts.length === 0 ? 0 : (rollouts.length - counted.length) / rollouts.length,
    seconds: { ...seconds, tools: turns.reduce((sum, { observation }) => sum + (observation?.kind === 'code' ? observation.ms / 1000 : 0), 0) },
    tokensPerSecond: seconds.rollout > 0 ? written / seconds.rollout : 0,
    memoryBytes: process.memoryUsage.rss(),
    memoryPeakBytes: process.resourceUsage().maxRSS * 1024,
  };
}
