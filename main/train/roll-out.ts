import { type EpisodeSettings, runEpisode } from '../agent/episode.ts';
import { runChainStep } from '../agent/step-mode.ts';
import type { Sample } from '../records/sample.ts';
import type { Trajectory } from '../records/trajectory.ts';

/** An episode of a group: which sample of the step it is of, and which of the group. */
export type Rollout = { readonly sample: Sample; readonly group: number; readonly member: number; readonly trajectory: Trajectory };

export type RollOutSettings = Omit<EpisodeSettings, 'sampling' | 'mode'> & {
  /** Live episodes, or single steps of annotated chains: samples then have a chain of one step. */
  readonly mode: 'episode' | 'step';
  readonly temperature: number;
  readonly maxNewTokens: number;
  readonly groupSize: number;
  /** Number of the first group; not 0 where a step asks in several rounds. */
  readonly firstGroup?: number;
  /** Of the step; each episode's own follows from it. */
  readonly seed: number;
  readonly onEpisode?: (done: number, total: number) => void;
};

/**
 * The step's episodes, all at the same time: while one waits for a tool, others write. Which seed an episode has
 * depends on its place alone, so neither order nor the speed of tools changes what comes.
 */
export async function rollOut(samples: readonly Sample[], settings: RollOutSettings): Promise<readonly Rollout[]> {
  const { mode, temperature, maxNewTokens, groupSize, firstGroup = 0, seed, onEpisode, ...episode } = settings;
  let done = 0;
  const total = samples.length * groupSize;
  const one = async (sample: Sample, group: number, member: number): Promise<Rollout> => {
    // The policy that learns is the one that writes: at this temperature.
    const sampling = { temperature, logprobTemperature: temperature, topP: 1, maxNewTokens, seed: seed + (group * groupSize + member) * 64, shared: groupSize > 1 };
    const [annotated] = mode === 'step' ? (sample.chain ?? []) : [];
    const trajectory = annotated ? await runChainStep(sample, annotated, { ...episode, sampling }) : await runEpisode(sample, { ...episode, mode: 'agent', sampling });
    onEpisode?.(++done, total);
    return { sample, group, member, trajectory };
  };
  return Promise.all(samples.flatMap((sample, group) => Array.from({ length: groupSize }, (_, member) => one(sample, firstGroup + group, member))));
}
