import type { Reward } from '../records/score.ts';
import type { RewardName } from '../reward/rules.ts';
import { scoreTrajectory } from '../reward/score-trajectory.ts';
import { solutionOf } from '../agent/step-mode.ts';
import { groupAdvantages } from './advantages.ts';
import { learn } from './learn.ts';
import { type Rollout, rollOut } from './roll-out.ts';
import type { RunContext } from './run-context.ts';
import type { StepResult } from './step-metrics.ts';
import { tokenBatches } from './token-batches.ts';

/** One step of training: samples → episodes → rewards → advantages → gradients → one update (or μ). */
export async function trainStep(context: RunContext, step: number, signal: AbortSignal): Promise<StepResult> {
  const { config, order, worker, services, custom, onProgress } = context;
  const clock = stopwatch();

  const samples = order.batch(step, config.rollout.prompts);
  const rollouts = await rollOut(samples, { ...context.episode, signal, seed: stepSeed(config.seed, step), onEpisode: (done, total) => onProgress('episodes', done, total) });
  const rollout = clock();

  const weights = config.reward.weights as Readonly<Partial<Record<RewardName, number>>>;
  const rewards: (Reward | null)[] = [];
  for (const each of rollouts) rewards.push((await scoreTrajectory(scoredOf(each), weights, services, custom)) ?? null);
  // An episode without a reward (a fault of ours) leaves its group; it is not learnt from.
  const counted = [...rollouts.keys()].filter((i) => rewards[i] !== null && (rollouts[i] as Rollout).trajectory.turns.length > 0);
  const grouped = groupAdvantages(counted.map((i) => rewards[i]?.total ?? 0), counted.map((i) => (rollouts[i] as Rollout).group), config.loss.advantage);
  const reward = clock();

  const kept = counted.map((i) => rollouts[i] as Rollout);
  const groups = await tokenBatches(kept, context.processedImage);
  signal.throwIfAborted();
  const learned = await learn(worker, groups, grouped.values, config, step, context.imageToken, (done, total) => onProgress('update', done, total));
  const seconds = { rollout, reward, learn: clock(), step: clock.total() };

  const values = new Float64Array(rollouts.length);
  for (const [k, i] of counted.entries()) values[i] = grouped.values[k] as number;
  return { rollouts, rewards, advantages: { values, zeroSpread: grouped.zeroSpread }, learned, seconds };
}

/** Seeds of different steps stay apart from each other's episodes and turns. */
export const stepSeed = (seed: number, step: number): number => (Math.imul(seed, 0x9e3779b1) + Math.imul(step, 0x85ebca6b)) >>> 1;

function scoredOf({ sample, trajectory }: Rollout) {
  const [annotated] = trajectory.mode === 'step' ? (sample.chain ?? []) : [];
  return { sample, trajectory, ...(annotated && { step: { annotated, solution: solutionOf(annotated) } }) };
}

/** Seconds since the call before; `total` since the start. */
function stopwatch(): (() => number) & { readonly total: () => number } {
  const start = performance.now();
  let last = start;
  const lap = (): number => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
  return Object.assign(lap, { total: () => (performance.now() - start) / 1000 });
}
