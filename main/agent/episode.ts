import type { Completion, Policy, Sampling } from '../records/policy.ts';
import type { Sample } from '../records/sample.ts';
import { ContextFull, TimeUp, ToolFault } from '../records/tools.ts';
import type { Ending, Trajectory, Turn } from '../records/trajectory.ts';
import { type EpisodeMode, messagesOf } from './conversation.ts';
import { type EpisodeState, type Tools, openEpisode, step } from './environment.ts';
import { parseToolCalls } from './protocols/tool-calls.ts';
import type { PromptSet } from './prompts.ts';

/** What an episode may use before it is ended. */
export type Limits = {
  /** Completions (the paper: 5). */
  readonly steps: number;
  /** Tokens that the policy writes, all steps together. */
  readonly tokens: number;
  readonly ms: number;
};

export const defaultLimits: Limits = { steps: 5, tokens: 8192, ms: 300_000 };

export type EpisodeEvent =
  | { readonly kind: 'stepStarted'; readonly step: number }
  | { readonly kind: 'text'; readonly piece: string }
  /** The step's text so far is void: it is written once more. */
  | { readonly kind: 'stepAnew'; readonly step: number; readonly reason: string }
  | { readonly kind: 'turn'; readonly turn: Turn };

export type EpisodeSettings = {
  readonly mode: EpisodeMode;
  readonly policy: Policy;
  readonly prompts: PromptSet;
  readonly tools: Tools;
  readonly sampling: Sampling;
  readonly limits: Limits;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: EpisodeEvent) => void;
};

/**
 * One episode, from the question to an answer or a limit. Its clock runs from when the policy has room for it.
 * @throws what `signal` carries when it is aborted; an episode that was cancelled leaves no trajectory.
 */
export const runEpisode = (sample: Sample, settings: EpisodeSettings): Promise<Trajectory> => whenThereIsRoom(sample, settings, () => live(sample, settings));

/** Runs an episode, or a single step, as its policy has room for it. */
export function whenThereIsRoom<T>(sample: Sample, { policy, sampling, signal }: Pick<EpisodeSettings, 'policy' | 'sampling' | 'signal'>, run: () => Promise<T>): Promise<T> {
  return policy.episode ? policy.episode(sample.id, sampling.seed, run, signal) : run();
}

async function live(sample: Sample, settings: EpisodeSettings): Promise<Trajectory> {
  const { mode, policy, prompts, sampling, limits, signal } = settings;
  const startedAt = new Date();
  const started = performance.now();
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(new TimeUp(limits.ms)), limits.ms);
  const both = signal ? AbortSignal.any([signal, clock.signal]) : clock.signal;
  let state = openEpisode(sample);
  let ending: Ending | undefined;
  try {
    while (!ending) ({ state, ending } = { ending: undefined, ...(await nextStep(state, settings, both)) });
  } catch (error) {
    signal?.throwIfAborted();
    // A fault counts before the clock: time that was lost to us is none of the model's.
    if (error instanceof ToolFault) ending = { kind: 'invalid', where: error.where, reason: error.message };
    else if (clock.signal.aborted) ending = { kind: 'timeLimit', ms: limits.ms };
    else throw error;
  } finally {
    clearTimeout(timer);
  }
  return {
    version: 1,
    sample: sample.id,
    policy: policy.name,
    protocol: `${prompts.name} (${prompts.protocol})`,
    mode,
    seed: sampling.seed,
    turns: [...state.turns],
    ending,
    startedAt: startedAt.toISOString(),
    ms: Math.round(performance.now() - started),
  };
}

async function nextStep(state: EpisodeState, settings: EpisodeSettings, signal: AbortSignal): Promise<{ readonly state: EpisodeState; readonly ending?: Ending }> {
  const { mode, policy, prompts, tools, sampling, limits, onEvent } = settings;
  const { sample, turns } = state;
  signal.throwIfAborted();
  const steps = mode === 'direct' ? 1 : limits.steps;
  if (turns.length >= steps) return { state, ending: { kind: 'stepLimit', steps } };
  const tokensLeft = limits.tokens - turns.reduce((sum, { usage }) => sum + usage.completionTokens, 0);
  if (tokensLeft <= 0) return { state, ending: { kind: 'tokenLimit', tokens: limits.tokens } };
  onEvent?.({ kind: 'stepStarted', step: turns.length });
  const messages = messagesOf(prompts, mode, sample, turns, turns.length > 0 && turns.length === steps - 1);
  const completion = await policy.complete(
    { messages, sample, turns, sampling: { ...sampling, maxNewTokens: Math.min(sampling.maxNewTokens, tokensLeft) } },
    { signal, onText: (piece) => onEvent?.({ kind: 'text', piece }), onAnew: (reason) => onEvent?.({ kind: 'stepAnew', step: turns.length, reason }) },
  ).catch((error: unknown) => {
    if (error instanceof ContextFull) return error;
    throw error;
  });
  signal.throwIfAborted();
  if (completion instanceof ContextFull) return { state, ending: { kind: 'tokenLimit', tokens: completion.tokens ?? limits.tokens } };
  const result = mode === 'direct' ? directAnswer(state, completion) : await step(state, completion, prompts, tools, signal);
  onEvent?.({ kind: 'turn', turn: result.state.turns.at(-1) as Turn });
  return result;
}

/** Without tools the whole text is the answer, or what stands between <answer> tags. */
function directAnswer(state: EpisodeState, { text, finishReason, usage, tokens }: Completion): { readonly state: EpisodeState; readonly ending: Ending } {
  const action = parseToolCalls(text);
  const turn: Turn = { completion: text, finishReason, action, observation: null, usage, ...(tokens && { tokens }) };
  return { state: { ...state, turns: [turn] }, ending: action.kind === 'answer' ? { kind: 'answered', answer: action.answer } : { kind: 'stepLimit', steps: 1 } };
}
