import { notNumbers } from '../generation/generate.ts';
import { type ConversationEncoder, openConversationEncoder } from '../model/conversation.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { holdsTrainedWeights } from '../model/folder/trained-weights.ts';
import type { LoadOptions } from '../model/load.ts';
import { StreamDecoder } from '../model/text/stream-decoder.ts';
import type { ProcessedImage } from '../model/image/processor.ts';
import type { CompleteOptions, Completion, CompletionRequest, ImageSource, Policy } from '../records/policy.ts';
import { ContextFull, ToolFault } from '../records/tools.ts';
import type { TurnTokens } from '../records/trajectory.ts';
import { WorkerClient } from '../worker/client.ts';
import type { CompleteParams } from '../worker/protocol.ts';
import { ofSample } from './of-sample.ts';
import { Semaphore } from './semaphore.ts';

export type LocalSettings = {
  readonly folder: string;
  readonly load: LoadOptions;
  /** A PEFT adapter, or the checkpoint of a run that trained all weights. */
  readonly adapter?: string;
  /** Completions that are written together; 1 by default. */
  readonly slots?: number;
  readonly onProgress?: (stage: string, done: number, total: number) => void;
  /** What the user should know: a provider that fell back, a precision that is not there. */
  readonly onNote?: (note: string) => void;
};

/** Episodes at the same time, whose keys and values are kept from turn to turn: while some wait for a tool, others write. */
const episodesTogether = (slots: number): number => 2 * slots + 8;

const keyOf = (sample: string, seed: number): string => `${sample}\n${seed}`;

type Open = { readonly conversation: number; readonly turns: number };

/** A model on this machine, loaded into a worker of its own. */
export async function openLocalPolicy(settings: LocalSettings, images: ImageSource): Promise<Policy> {
  const { folder, adapter, slots = 1, onProgress, onNote } = settings;
  const trained = adapter !== undefined && holdsTrainedWeights(adapter);
  const worker = new WorkerClient();
  const { notes } = await worker.call('load', { folder, options: { ...settings.load, ...(trained ? { trained: adapter } : { adapters: adapter !== undefined }) }, slots }, { onEvent: ({ stage, done, total }) => onProgress?.(stage, done, total) });
  for (const note of notes) onNote?.(note);
  if (adapter !== undefined && !trained) await worker.call('setAdapter', { folder: adapter });
  const encoder = openConversationEncoder(folder, { readImage: (reference) => images.read(reference) });
  const policy = localPolicy({ worker, encoder, folder, slots, ...(adapter !== undefined && { adapter }) });
  return { ...policy, complete: async (request, options) => numbered(await policy.complete(request, options)) };
}

/** Noise is not the model's answer. A run in training looks at its logprobs itself, and names the layer (train/finite.ts). */
function numbered(completion: Completion): Completion {
  const broken = completion.tokens?.logprobs.find((logprob) => !Number.isFinite(logprob));
  if (broken !== undefined) throw new ToolFault('policy', notNumbers(broken).message);
  return completion;
}

export type LoadedPolicy = { readonly worker: WorkerClient; readonly encoder: ConversationEncoder; readonly folder: string; readonly slots: number; readonly adapter?: string };

/**
 * The policy of a worker that has loaded its model. A conversation grows by token ids: what the model sampled is never
 * encoded again, only what the world answered is added, and its keys and values stay in the worker from turn to turn.
 */
export function localPolicy({ worker, encoder, folder, slots, adapter }: LoadedPolicy): Policy {
  const conversations = new Conversations(worker);
  const together = new Semaphore(episodesTogether(slots));
  const { tokens: { eos: stopIds }, text: { maxPositions } } = readModelConfig(folder);
  const bannedIds = new Set([...encoder.tokenizer.added].flatMap(([id, { special }]) => (special && !stopIds.includes(id) ? [id] : [])));
  const last = (place: string): string => place.split(/[/\\]/).findLast((part) => part !== '') ?? place;
  return {
    name: `local:${last(folder)}${adapter === undefined ? '' : ` with ${last(adapter)}`}`,
    complete: async (request, options = {}) => {
      try {
        return await complete({ encoder, worker, conversations, stopIds, bannedIds, maxPositions }, request, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (error instanceof ContextFull || error instanceof ToolFault) throw error;
        throw new ToolFault('policy', (error as Error).message, { cause: error });
      }
    },
    episode: (sample, seed, run, signal) =>
      together.run(async () => {
        try {
          return await run();
        } finally {
          await conversations.forget(keyOf(sample, seed));
        }
      }, signal),
    close: () => worker.close(),
  };
}

type Local = { readonly encoder: ConversationEncoder; readonly worker: WorkerClient; readonly conversations: Conversations; readonly stopIds: readonly number[]; readonly bannedIds: ReadonlySet<number>; readonly maxPositions: number };

async function complete({ encoder, worker, conversations, stopIds, bannedIds, maxPositions }: Local, request: CompletionRequest, { signal, onText }: CompleteOptions): Promise<Completion> {
  const started = performance.now();
  const { sampling, turns } = request;
  const key = keyOf(request.sample.id, sampling.seed);
  const { context, ...begun } = await ofSample(request.sample.id, () => (turns.length === 0 ? begin(encoder, request) : goOn(encoder, conversations.take(key), request)));
  const read = context.length + turns.reduce((sum, { tokens }) => sum + (tokens ? tokens.context.length + tokens.sampled.length : 0), 0);
  // A prompt that does not fit is a fault of the settings; what comes later, tools and the model have written.
  if (turns.length > 0 && read > maxPositions) {
    if (begun.conversation !== undefined) await worker.call('release', { conversation: begun.conversation });
    throw new ContextFull(maxPositions);
  }
  const decoder = onText && new StreamDecoder(encoder.tokenizer, { skipSpecial: true });
  const settings = { temperature: sampling.temperature, topP: sampling.topP, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens: sampling.maxNewTokens, seed: sampling.seed + turns.length, stopIds, bannedIds, ...(sampling.logprobTemperature !== undefined && { logprobTemperature: sampling.logprobTemperature }) };
  const { completion, conversation } = await worker.call('complete', { ...begun, settings }, { ...(signal && { signal }), ...(decoder && { onEvent: ({ id }) => onText?.(decoder.push(id)) }) });
  await conversations.keep(key, { conversation, turns: turns.length + 1 });
  signal?.throwIfAborted();
  return {
    text: encoder.tokenizer.decode(completion.ids, { skipSpecial: true }),
    finishReason: completion.finishReason === 'length' ? 'length' : 'stop',
    usage: { promptTokens: read, completionTokens: completion.ids.length, ms: performance.now() - started },
    tokens: { context, sampled: completion.ids, logprobs: completion.logprobs },
  };
}

/** What the next completion continues, and the ids that are new to the conversation. */
type Begun = Pick<CompleteParams, 'conversation' | 'passage' | 'promptKey' | 'shared'> & { readonly context: readonly number[] };

const patched = (images: readonly ProcessedImage[]) => images.map(({ grid, pixels }) => ({ grid, pixels }));

async function begin(encoder: ConversationEncoder, { messages, sample, sampling }: CompletionRequest): Promise<Begun> {
  const { ids, images } = await encoder.encode(messages);
  return { context: ids, passage: { ids, images: patched(images) }, promptKey: `${sample.id}\n${JSON.stringify(messages)}`, shared: sampling.shared === true };
}

async function goOn(encoder: ConversationEncoder, open: Open | undefined, { messages, turns }: CompletionRequest): Promise<Begun> {
  const last = turns.at(-1)?.tokens;
  if (!last) throw new Error('an earlier turn of this conversation has no token ids: it was written by another policy');
  const after = messages.findLastIndex(({ role }) => role === 'assistant');
  const added = await encoder.encodeAfter(messages, after);
  // The template closes the turn; where the model did so itself, once is enough.
  const context = added.ids[0] === last.sampled.at(-1) ? added.ids.slice(1) : added.ids;
  if (open && open.turns === turns.length) {
    return { context, conversation: open.conversation, passage: { ids: [last.sampled.at(-1) as number, ...context], images: patched(added.images) } };
  }
  const before = turns.flatMap(({ tokens }) => (tokens ? idsOf(tokens) : []));
  const { images } = await encoder.encode(messages);
  return { context, passage: { ids: [...before, ...context], images: patched(images) } };
}

const idsOf = ({ context, sampled }: TurnTokens): readonly number[] => [...context, ...sampled];

/**
 * The conversations that the worker holds open, by sample and seed. One that is under way is never dropped to make room:
 * what is read again from its ids has other last bits than what was written, and when that happened would hang on the speed of tools.
 */
class Conversations {
  readonly #worker: WorkerClient;
  readonly #open = new Map<string, Open>();

  constructor(worker: WorkerClient) {
    this.#worker = worker;
  }

  /** Hands a conversation out; it is not kept until it comes back. */
  take(key: string): Open | undefined {
    const open = this.#open.get(key);
    this.#open.delete(key);
    return open;
  }

  async keep(key: string, open: Open): Promise<void> {
    const before = this.#open.get(key);
    this.#open.delete(key);
    this.#open.set(key, open);
    if (before) await this.#worker.call('release', before);
  }

  async forget(key: string): Promise<void> {
    const open = this.take(key);
    // A worker that crashed has nothing to let go of, and has said so to whoever asked it for something.
    if (open) await this.#worker.call('release', open).catch(() => {});
  }
}
