import { encodePng } from '../model/image/encode.ts';
import { aspectRatio, longestRatio } from '../model/image/size.ts';
import type { Action } from '../records/action.ts';
import type { Completion, ImageSource } from '../records/policy.ts';
import type { Sample } from '../records/sample.ts';
import { type RunCode, type Search, TimeUp, ToolFault } from '../records/tools.ts';
import type { Ending, Observation, Passage, Turn } from '../records/trajectory.ts';
import { protocols } from './protocols/table.ts';
import { type PromptSet, fill } from './prompts.ts';

/** An episode so far. */
export type EpisodeState = {
  readonly sample: Sample;
  /** The image that code works on: the sample's first, then what the last code wrote. */
  readonly image: string | undefined;
  readonly turns: readonly Turn[];
};

/** A tool, or why there is none. */
export type Tools = {
  readonly images: ImageSource;
  readonly runCode: RunCode | { readonly off: string };
  readonly search: Search | { readonly off: string };
};

export type StepResult = { readonly state: EpisodeState; readonly ending?: Ending };

export const openEpisode = (sample: Sample): EpisodeState => ({ sample, image: sample.images[0], turns: [] });

/**
 * Takes one completion: reads it as an action, asks the tools, and notes what came back. Faults of the agent's own
 * code and completions that are no action are observations; a fault of ours ends the episode as invalid.
 */
export async function step(state: EpisodeState, completion: Completion, prompts: PromptSet, tools: Tools, signal?: AbortSignal): Promise<StepResult> {
  const action = protocols[prompts.protocol](completion.text);
  const turn = (observation: Observation | null): Turn => ({
    completion: completion.text,
    finishReason: completion.finishReason,
    action,
    observation,
    usage: completion.usage,
    ...(completion.tokens && { tokens: completion.tokens }),
  });
  const after = (observation: Observation | null): EpisodeState => ({ ...state, turns: [...state.turns, turn(observation)], image: imageOf(observation) ?? state.image });
  if (action.kind === 'answer') return { state: after(null), ending: { kind: 'answered', answer: action.answer } };
  try {
    return { state: after(await observe(action, state, prompts, tools, signal)) };
  } catch (error) {
    if (!(error instanceof ToolFault)) throw error;
    return { state: after(null), ending: { kind: 'invalid', where: error.where, reason: error.message } };
  }
}

const imageOf = (observation: Observation | null): string | undefined => (observation?.kind === 'code' && observation.status === 'ok' ? observation.outputs.at(-1)?.image : undefined);

const notice = (text: string): Observation => ({ kind: 'notice', text });

async function observe(action: Exclude<Action, { kind: 'answer' }>, state: EpisodeState, { observations }: PromptSet, tools: Tools, signal?: AbortSignal): Promise<Observation> {
  switch (action.kind) {
    case 'search':
      if (typeof tools.search !== 'function') return notice(fill(observations.off, { detail: tools.search.off }));
      return { kind: 'information', query: action.query, passages: await found(tools.search, action.query, signal) };
    case 'code':
      if (typeof tools.runCode !== 'function') return notice(fill(observations.off, { detail: tools.runCode.off }));
      return readable(await observeCode(action.code, state.image, tools.runCode, tools.images, signal));
    case 'problem':
      return notice(observations.problem);
    case 'invalid':
      return notice(fill(observations.invalid, { detail: action.detail }));
  }
}

/** Asks an engine. Its time is ours: an episode whose clock ends meanwhile is not at its limit. */
async function found(search: Search, query: string, signal: AbortSignal | undefined): Promise<readonly Passage[]> {
  try {
    const passages = await search(query, signal);
    signal?.throwIfAborted();
    return passages;
  } catch (error) {
    if (error instanceof TimeUp) throw new ToolFault('search', `no answer before ${error.message}`, { cause: error });
    throw error;
  }
}

type CodeObservation = Extract<Observation, { kind: 'code' }>;

/** A strip that no model reads is a fault of the code that wrote it, not of ours: it would end the episode at the next prompt. */
function readable(observation: CodeObservation): CodeObservation {
  const last = observation.outputs.at(-1);
  if (observation.status !== 'ok' || !last || aspectRatio(last) <= longestRatio) return observation;
  return { ...observation, status: 'image_too_long', stderr: `${last.name} is ${last.width} × ${last.height}; an image's sides may differ by a factor of ${longestRatio} at most` };
}

/** Runs code on an image, and keeps the images that it wrote. */
export async function observeCode(code: string, image: string | undefined, run: RunCode, images: ImageSource, signal?: AbortSignal): Promise<CodeObservation> {
  // An image that is gone is our fault, not the code's.
  const bytes = image === undefined ? undefined : await images.read(image).catch((error: Error) => {
    throw new ToolFault('data', error.message, { cause: error });
  });
  const { outputs, ...result } = await run({ code, ...(bytes && { image: bytes }) }, signal);
  const kept = [];
  for (const { name, image: raw } of outputs) kept.push({ name, image: await images.put(await encodePng(raw)), width: raw.width, height: raw.height });
  return { kind: 'code', ...result, outputs: kept };
}
