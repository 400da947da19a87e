import type { Action } from '../records/action.ts';
import type { ChainStep, Sample } from '../records/sample.ts';
import { ToolFault } from '../records/tools.ts';
import type { Ending, Trajectory } from '../records/trajectory.ts';
import { messagesOfStep } from './conversation.ts';
import { openEpisode, step } from './environment.ts';
import { type EpisodeSettings, whenThereIsRoom } from './episode.ts';
import { protocols } from './protocols/table.ts';

export type StepSettings = Omit<EpisodeSettings, 'mode' | 'onEvent' | 'limits'>;

/**
 * One step of an annotated chain: one prompt, one completion (the paper's training, section 4.3). Code is run, so that
 * it can be judged by what it does; a search is not, its query is compared with the annotated one.
 */
export const runChainStep = (sample: Sample, annotated: ChainStep, settings: StepSettings): Promise<Trajectory> => whenThereIsRoom(sample, settings, () => single(sample, annotated, settings));

async function single(sample: Sample, annotated: ChainStep, settings: StepSettings): Promise<Trajectory> {
  const { policy, prompts, sampling, signal } = settings;
  const startedAt = new Date();
  const started = performance.now();
  const tools = { ...settings.tools, search: { off: 'a single step asks no engine' } };
  const start = { ...openEpisode(sample), image: annotated.image ?? sample.images[0] };
  let state = start;
  let ending: Ending = { kind: 'stepLimit', steps: 1 };
  try {
    const completion = await policy.complete({ messages: messagesOfStep(prompts, sample, annotated), sample, turns: [], sampling }, signal ? { signal } : {});
    const result = await step(start, completion, prompts, tools, signal);
    state = result.state;
    ending = result.ending ?? ending;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof ToolFault)) throw error;
    ending = { kind: 'invalid', where: error.where, reason: error.message };
  }
  return {
    version: 1,
    sample: sample.id,
    policy: policy.name,
    protocol: `${prompts.name} (${prompts.protocol})`,
    mode: 'step',
    seed: sampling.seed,
    turns: [...state.turns],
    ending,
    startedAt: startedAt.toISOString(),
    ms: Math.round(performance.now() - started),
  };
}

/** What the annotator did in a step, as an action: what query and problem rewards compare with. MAT's solutions may lack the thought. */
export function solutionOf({ solution }: ChainStep): Action {
  const action = protocols.tags(solution);
  return action.kind === 'invalid' && action.reason === 'missing-think' ? protocols.tags(`<think>-</think>${solution}`) : action;
}
