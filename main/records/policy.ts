import type { ChatMessage } from './chat.ts';
import type { Sample } from './sample.ts';
import type { Turn, TurnTokens, Usage } from './trajectory.ts';

// The seam between those who write completions (a local model, an endpoint, a script) and those who ask for them.

export type Sampling = {
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topP: number;
  /** Temperature at which a local model tells the probabilities of its tokens; 1 where left out. */
  readonly logprobTemperature?: number;
  readonly maxNewTokens: number;
  readonly seed: number;
  /** Others of the same sample are asked for at the same time: what they begin with is read and kept once. */
  readonly shared?: boolean;
};

export type CompletionRequest = {
  /** The whole conversation; images are references that the image source of the policy understands. */
  readonly messages: readonly ChatMessage[];
  /** The same conversation as records. A script looks here; a local model continues the token ids of the turns. */
  readonly sample: Sample;
  readonly turns: readonly Turn[];
  readonly sampling: Sampling;
};

export type Completion = {
  readonly text: string;
  readonly finishReason: 'stop' | 'length';
  readonly usage: Usage;
  /** From a local policy. */
  readonly tokens?: TurnTokens;
};

export type CompleteOptions = {
  readonly signal?: AbortSignal;
  /** Pieces of the text as they come. */
  readonly onText?: (piece: string) => void;
  /** The completion is asked for anew: the pieces so far are void. */
  readonly onAnew?: (reason: string) => void;
};

export type Policy = {
  /** What is written into records: no key, no password. */
  readonly name: string;
  /** Throws ToolFault('policy', …) where no completion can be had, also until the episode's time is up; asked many times at once. */
  complete(request: CompletionRequest, options?: CompleteOptions): Promise<Completion>;
  /** Runs an episode, known by its sample and seed, when there is room for what the policy keeps of it from turn to turn; then lets go of that. */
  episode?<T>(sample: string, seed: number, run: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
};

/** Where images are: reads encoded bytes by reference, keeps new ones. */
export type ImageSource = {
  read(reference: string): Promise<Uint8Array>;
  /** Keeps encoded bytes; returns their reference. */
  put(bytes: Uint8Array): Promise<string>;
};
