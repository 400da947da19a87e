import type { RunConfig } from '../records/run-config.ts';

export const scheduleNames = ['constant', 'linear', 'cosine'] as const;

export type ScheduleName = (typeof scheduleNames)[number];

export type Schedule = {
  readonly name: ScheduleName;
  readonly learningRate: number;
  /** Steps over which the rate rises from 0. */
  readonly warmupSteps: number;
  /** Steps of the run; linear and cosine reach their end after the last. */
  readonly steps: number;
  /** Share of the rate that linear and cosine end with; 0 where left out. */
  readonly endShare?: number;
};

const decays: Readonly<Record<ScheduleName, (done: number) => number>> = {
  constant: () => 1,
  linear: (done) => 1 - done,
  cosine: (done) => (1 + Math.cos(Math.PI * done)) / 2,
};

/** The learning rate of step 0, 1, …: 0 at the first of a warm-up, the whole rate at the first step after it; linear and cosine have their end at `steps`. */
export function learningRateAt({ name, learningRate, warmupSteps, steps, endShare = 0 }: Schedule, step: number): number {
  if (step < warmupSteps) return (learningRate * step) / warmupSteps;
  const done = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  return learningRate * (endShare + (1 - endShare) * decays[name](done));
}

/** The learning rate of a run's step. */
export const learningRateOf = ({ optimizer, steps }: RunConfig, step: number): number =>
  learningRateAt({ name: optimizer.schedule, learningRate: optimizer.learningRate, warmupSteps: optimizer.warmupSteps, steps, endShare: optimizer.endShare }, step);

/** What is amiss with a run's schedule, in words. */
export const scheduleNotes = ({ optimizer: { warmupSteps, learningRate }, steps }: RunConfig): readonly string[] =>
  warmupSteps < steps ? [] : [`optimizer.warmupSteps is ${warmupSteps} and the run has ${steps} steps: the learning rate rises all the while, and ends below ${learningRate}`];
