import { InputError } from '../records/input-error.ts';
import type { Reward } from '../records/score.ts';
import type { RewardName, Scored } from '../reward/rules.ts';
import { scoreTrajectory } from '../reward/score-trajectory.ts';
import { solutionOf } from '../agent/step-mode.ts';
import { groupAdvantages } from './advantages.ts';
import { assertFiniteLogprobs } from './finite.ts';
import { learn } from './learn.ts';
import { type Rollout, rollOut } from './roll-out.ts';
import type { RunContext } from './run-context.ts';
import type { StepResult } from './step-metrics.ts';
import { tokenBatches } from './token-batches.ts';
import { byTurn, measuresKl } from './token-kl.ts';

/** One step of training: samples → episodes → rewards → advantages → gradients → one update (or μ). */
export async function trainStep(context: RunContext, step: number, signal: AbortSignal): Promise<StepResult> {
  const { config, worker, sampler, onProgress } = context;
  const clock = stopwatch();

  const { rollouts, rewards, seconds } = await rollOutScored(context, step, signal);
  for (const [i, { sample }] of rollouts.entries()) if (rewards[i]) sampler.note(sample, rewards[i]);
  // An episode without a reward (a fault of ours) leaves its group; it is not learnt from.
  const counted = [...rollouts.keys()].filter((i) => rewards[i] !== null && (rollouts[i] as Rollout).trajectory.turns.length > 0);
  const advantagesOf = (members: readonly number[]) => groupAdvantages(members.map((i) => rewards[i]?.total ?? 0), members.map((i) => (rollouts[i] as Rollout).group), config.loss.advantage);
  const { zeroSpread } = advantagesOf(counted);
  // With dynamic sampling a group without a spread is no part of the batch, nor of what advantages and loss are averaged over.
  const flat = new Set(config.rollout.resample > 0 ? flatGroups(rollouts, rewards) : []);
  const learnt = counted.filter((i) => !flat.has((rollouts[i] as Rollout).group));
  const values = new Float64Array(rollouts.length);
  for (const [k, value] of advantagesOf(learnt).values.entries()) values[learnt[k] as number] = value;
  clock();
  const groups = await tokenBatches(learnt.map((i) => rollouts[i] as Rollout), context.processedImage);
  signal.throwIfAborted();
  const { metrics, kl } = await learn(worker, groups, Float64Array.from(learnt, (i) => values[i] as number), config, step, context.imageToken, (done, total) => onProgress('update', done, total));
  return {
    rollouts, rewards,
    learned: metrics,
    measuredKl: measuresKl(config),
    kl: new Map([...kl].map(([k, each]) => [learnt[k] as number, byTurn((rollouts[learnt[k] as number] as Rollout).trajectory, each)])),
    learnt: groups.map(({ batch }) => batch),
    advantages: { values, zeroSpread },
    resampled: rollouts.length / config.rollout.group - config.rollout.prompts,
    seconds: { ...seconds, learn: clock(), step: clock.total() },
  };
}

type ScoredRollouts = { readonly rollouts: readonly Rollout[]; /** null: ended by a fault of ours. */ readonly rewards: readonly (Reward | null)[]; readonly seconds: { readonly rollout: number; readonly reward: number } };

/** The step's episodes with their rewards; where the rewards of a group are all equal, others are asked in its place, some rounds long. */
async function rollOutScored(context: RunContext, step: number, signal: AbortSignal): Promise<ScoredRollouts> {
  const { config, sampler, services, custom, onProgress } = context;
  const weights = config.reward.weights as Readonly<Partial<Record<RewardName, number>>>;
  const rollouts: Rollout[] = [];
  const rewards: (Reward | null)[] = [];
  const seconds = { rollout: 0, reward: 0 };
  const clock = stopwatch();
  let wanted = config.rollout.prompts;
  for (let round = 0, firstGroup = 0; wanted > 0 && round <= config.rollout.resample; round++) {
    const asked = await rollOut(sampler.take(wanted), { ...context.episode, signal, firstGroup, seed: stepSeed(config.seed, step), onEpisode: (done, total) => onProgress('episodes', done, total) });
    firstGroup += wanted;
    await assertFiniteLogprobs(asked, context);
    seconds.rollout += clock();
    const scored: (Reward | null)[] = [];
    for (const each of asked) scored.push((await imagesThere(each, context)) ? ((await scoreTrajectory(scoredOf(each), weights, services, custom)) ?? null) : null);
    seconds.reward += clock();
    rollouts.push(...asked);
    rewards.push(...scored);
    wanted = flatGroups(asked, scored).length;
  }
  return { rollouts, rewards, seconds };
}

/** Whether the images of an episode's question can be read; one whose images are gone has no reward, and is not learnt from. */
const imagesThere = ({ sample }: Rollout, { processedImage }: RunContext): Promise<boolean> =>
  Promise.all(sample.images.map(processedImage)).then(() => true, (error: unknown) => {
    if (error instanceof InputError) return false;
    throw error;
  });

/** Groups with nothing to learn from: all rewards that there are are equal. */
const flatGroups = (rollouts: readonly Rollout[], rewards: readonly (Reward | null)[]): readonly number[] =>
  [...Map.groupBy(rollouts.keys(), (i) => (rollouts[i] as Rollout).group)].flatMap(([group, members]) => (new Set(members.flatMap((i) => rewards[i]?.total ?? [])).size <= 1 ? [group] : []));

/** Seeds of different steps stay apart from each other's episodes and turns. */
export const stepSeed = (seed: number, step: number): number => (Math.imul(seed, 0x9e3779b1) + Math.imul(step, 0x85ebca6b)) >>> 1;

/** What rewards look at: in step mode with the annotated step. */
export function scoredOf({ sample, trajectory }: Rollout): Scored {
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
