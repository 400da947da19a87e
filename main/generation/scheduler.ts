import type { LanguageModel, TokenScores } from '../model/language-model.ts';
import { rotaryTables } from '../model/positions.ts';
import { type Passage, embedPassage } from './context.ts';
import type { Completion, GenerationSettings } from './generate.ts';
import type { RowCache } from './key-value-cache.ts';
import { decodeMask } from './masks.ts';
import { cacheShape, noPrefix, readPassage, startOfRow } from './passages.ts';
import { RandomStream } from './random.ts';
import { chooseToken } from './sampler.ts';
import { SlotCache } from './slot-cache.ts';

/** A conversation between two tasks: what has run through the model, and the scores of what comes next. */
export type Conversation = { readonly cache: RowCache; readonly nextPosition: number; readonly scores: TokenScores };

export type Task = {
  /** Where to go on; nothing for a new conversation. */
  readonly from: Conversation | undefined;
  /** New tokens, at least one: a prompt, or the token that was sampled last and what was answered. */
  readonly passage: Passage;
  /** New conversations with the same key have the same passage: it runs once. */
  readonly promptKey?: string;
  readonly settings: GenerationSettings;
  readonly onToken?: (id: number, logprob: number) => void;
  readonly cancelled?: () => boolean;
};

export type TaskResult = { readonly completion: Completion; readonly conversation: Conversation };

type Waiting = { readonly task: Task; readonly resolve: (result: TaskResult) => void; readonly reject: (error: unknown) => void };

type Active = Waiting & {
  readonly random: RandomStream;
  readonly seen: Set<number>;
  readonly ids: number[];
  readonly logprobs: number[];
  nextPosition: number;
  scores: TokenScores;
};

/**
 * Writes many completions at once, each of a conversation of its own: a task that comes takes a free place, one that
 * ends makes room for the next. The number of places is fixed, free ones are computed and not used, so that on a CPU
 * what a task writes does not depend, bit for bit, on what else is there: a product's rows are the same whenever it has
 * the same number of rows.
 */
export class Scheduler {
  readonly #model: LanguageModel;
  readonly #slots: (Active | undefined)[];
  readonly #cache: SlotCache;
  readonly #waiting: Waiting[] = [];
  /** The prompt that ran last: the other completions of its group follow at once. */
  #lastPrompt: { readonly key: string; readonly conversation: Conversation } | undefined;
  #running = false;

  constructor(model: LanguageModel, slots: number) {
    this.#model = model;
    this.#slots = new Array<Active | undefined>(slots).fill(undefined);
    this.#cache = new SlotCache(cacheShape(model), slots);
  }

  /** @throws InputError when the conversation would not fit the model's context. */
  submit(task: Task): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      void this.#run();
    });
  }

  /** Forgets the prompt that was kept: the model has changed. */
  forget(): void {
    this.#lastPrompt = undefined;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiting.length > 0 || this.#slots.some((active) => active)) {
        // A run of the model blocks the thread: messages (a cancel, new tasks) are let in between.
        await new Promise((resolve) => setImmediate(resolve));
        await this.#admit();
        await this.#decode();
      }
    } catch (error) {
      for (const waiting of [...this.#waiting.splice(0), ...this.#slots]) waiting?.reject(error);
      for (const [slot, active] of this.#slots.entries()) if (active) this.#leave(slot);
    } finally {
      this.#running = false;
    }
  }

  async #admit(): Promise<void> {
    for (let slot = this.#slots.indexOf(undefined); slot >= 0 && this.#waiting.length > 0; slot = this.#slots.indexOf(undefined)) {
      const waiting = this.#waiting.shift() as Waiting;
      const { task } = waiting;
      try {
        const start = await this.#start(task);
        const { settings, passage } = task;
        const active: Active = { ...waiting, random: new RandomStream(settings.seed, 0), seen: new Set(settings.repetitionPenalty === 1 ? [] : passage.ids), ids: [], logprobs: [], nextPosition: start.nextPosition, scores: start.scores };
        this.#slots[slot] = active;
        this.#cache.put(slot, start.cache);
        this.#choose(slot, active);
      } catch (error) {
        waiting.reject(error);
      }
    }
  }

  async #start({ from, passage, promptKey }: Task): Promise<Conversation> {
    if (!from && promptKey !== undefined && this.#lastPrompt?.key === promptKey) return this.#lastPrompt.conversation;
    const row = from ?? startOfRow(this.#model);
    const read = await readPassage(this.#model, noPrefix(this.#model), row.cache, embedPassage(this.#model, passage, row.nextPosition));
    if (!from && promptKey !== undefined) this.#lastPrompt = { key: promptKey, conversation: read };
    return read;
  }

  /** Draws the next token of a place; the place is left where the completion ends with it. */
  #choose(slot: number, active: Active): void {
    const { task, ids, logprobs, seen, random, scores } = active;
    const { settings } = task;
    if (task.cancelled?.()) return this.#finish(slot, active, 'cancelled');
    const { id, logprob } = chooseToken(scores, settings, seen, random);
    ids.push(id);
    logprobs.push(logprob);
    seen.add(id);
    task.onToken?.(id, logprob);
    if (settings.stopIds.includes(id)) return this.#finish(slot, active, 'stop');
    const room = this.#model.config.text.maxPositions - (this.#cache.lengths[slot] as number);
    if (ids.length >= settings.maxNewTokens || room <= 1) return this.#finish(slot, active, 'length');
  }

  #finish(slot: number, { ids, logprobs, nextPosition, scores, resolve }: Active, finishReason: Completion['finishReason']): void {
    this.#slots[slot] = undefined;
    resolve({ completion: { ids, logprobs, finishReason }, conversation: { cache: this.#cache.take(slot), nextPosition, scores } });
  }

  #leave(slot: number): void {
    this.#slots[slot] = undefined;
    this.#cache.take(slot);
  }

  /** One token more for every place that is taken. */
  async #decode(): Promise<void> {
    const taken = this.#slots.flatMap((active, slot) => (active ? [{ slot, active }] : []));
    if (taken.length === 0) return;
    const { text } = this.#model.config;
    const slots = this.#slots.length;
    const x = new Float32Array(slots * text.hiddenSize);
    x.set(this.#model.embed(this.#slots.map((active) => active?.ids.at(-1) ?? 0)));
    const positions = this.#slots.map((active) => active?.nextPosition ?? 0);
    const { capacity, lengths, keys, values } = this.#cache;
    const output = await this.#model.forward({
      batch: slots,
      tokens: 1,
      x,
      ...rotaryTables(Int32Array.from([...positions, ...positions, ...positions]), text),
      mask: decodeMask(lengths, capacity),
      ...noPrefix(this.#model),
      ownKeys: keys,
      ownValues: values,
      ownCapacity: capacity,
      logitRows: positions.map((_, b) => b),
    });
    this.#cache.append(taken.map(({ slot }) => slot), { keys: output.newKeys, values: output.newValues });
    for (const { slot, active } of taken) {
      active.nextPosition += 1;
      active.scores = output.scores[slot] as TokenScores;
      this.#choose(slot, active);
    }
  }
}
