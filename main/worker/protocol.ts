import type { Completion, GenerationSettings } from '../generation/generate.ts';
import type { LoadOptions } from '../model/load.ts';
import type { TokenValues } from '../model/training/batch.ts';
import type { PatchedImage } from '../model/vision-model.ts';
import type { Expectation } from '../records/input-error.ts';
import type { Provider } from '../runtime/provider.ts';
import type { ForwardRequest, TrainingSettings } from './training-session.ts';

/** Token ids with the images whose places are among them, ready for the vision tower. */
export type PassageInput = { readonly ids: readonly number[]; readonly images: readonly PatchedImage[] };

export type TokenEvent = { readonly row: number; readonly id: number; readonly logprob: number };

export type ProgressEvent = { readonly done: number; readonly total: number };

/**
 * What the worker does: method → parameters, events while it works, result. Numbers go in and come out; the worker
 * sees no database, no network and no sandbox. Requests are answered one after another, but for those that are made to run together.
 */
export type WorkerContract = {
  /** Loads a model folder in place of the one before. */
  load: { params: { readonly folder: string; readonly options: LoadOptions; /** Completions that are written at the same time by `complete`; 1 by default. */ readonly slots?: number }; event: LoadEvent; result: LoadResult };
  /** Puts an adapter folder on the model; none, or a scale of 0, is the base model. */
  setAdapter: { params: { readonly folder?: string; readonly scale?: number }; event: never; result: null };
  /** Runs a prompt once, for `rows` continuations. */
  openGroup: { params: { readonly prompt: PassageInput; readonly rows: number }; event: ProgressEvent; result: { readonly group: number; readonly promptTokens: number; readonly seconds: number } };
  /** Continues rows of a group until each has stopped. */
  generate: { params: { readonly group: number; readonly rows: readonly number[]; readonly settings: GenerationSettings }; event: TokenEvent; result: { readonly completions: readonly Completion[]; readonly seconds: number } };
  /** Takes further tokens and images into a row; they begin with the last token that was generated. */
  append: { params: { readonly group: number; readonly row: number; readonly passage: PassageInput }; event: never; result: null };
  /**
   * Writes one completion of a conversation of its own; many may be asked for at once and are written together. Without
   * `conversation` the passage begins a new one; with it the passage begins with the token that was sampled last.
   */
  complete: { params: CompleteParams; event: TokenEvent; result: { readonly completion: Completion; readonly conversation: number } };
  /** Lets a conversation go. */
  release: { params: { readonly conversation: number }; event: never; result: null };
  /** Begins to train the loaded model; the sampler writes with the trained weights from then on. */
  trainOpen: { params: TrainingSettings; event: never; result: { readonly parameters: number } };
  /** Logprobs and entropies of a group's tokens; with the adapter the pass is kept for its way back. */
  trainForward: { params: ForwardRequest; event: never; result: TokenValues & { readonly pass: number } };
  /** Adds the gradients of a pass, from the derivatives of a loss, to those of the step. */
  trainBackward: { params: { readonly pass: number; readonly derivatives: TokenValues }; event: never; result: null };
  /** One step of the optimizer. */
  trainUpdate: { params: { readonly learningRate: number; readonly maxGradNorm: number }; event: never; result: { readonly gradNorm: number } };
  /** Forgets the gradients of a step that is not taken. */
  trainDiscard: { params: null; event: never; result: null };
  /** Writes the trained weights and the optimizer. */
  trainSave: { params: { readonly folder: string }; event: never; result: null };
  closeGroup: { params: { readonly group: number }; event: never; result: null };
};

export type CompleteParams = {
  readonly conversation?: number;
  readonly passage: PassageInput;
  /** New conversations with the same key have the same passage, which then runs once. */
  readonly promptKey?: string;
  /** Several with this key come: a long prompt's keys and values are kept once for them. */
  readonly shared?: boolean;
  readonly settings: GenerationSettings;
};

/** Methods that wait for those before them and not for each other. */
export const concurrentMethods: ReadonlySet<Method> = new Set(['complete', 'release']);

export type LoadEvent = { readonly stage: string; readonly done: number; readonly total: number };

export type LoadResult = { /** What does the work: the CPU where the provider that was asked for does not work. */ readonly provider: Provider; readonly notes: readonly string[]; readonly seconds: number };

export type Method = keyof WorkerContract;

export type Request<M extends Method = Method> = { readonly kind: 'request'; readonly id: number; readonly method: M; readonly params: WorkerContract[M]['params'] };

/** Asks the thread to end between two runs of onnxruntime; ended from outside within one, it takes the process with it. */
export type Close = { readonly kind: 'close' };

export type Cancel = { readonly kind: 'cancel'; readonly id: number };

/** An error as it crosses the threads; an InputError keeps its parts. */
export type Failure = { readonly name?: string; readonly message: string; readonly stack?: string; readonly expectation?: Expectation };

export type Reply =
  | { readonly kind: 'event'; readonly id: number; readonly event: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure };
