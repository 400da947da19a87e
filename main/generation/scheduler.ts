import type { LanguageModel, TokenScores } from '../model/language-model.ts';
import { type Passage, embedPassage } from './context.ts';
import { decodeStep } from './decode-step.ts';
import type { Completion, GenerationSettings } from './generate.ts';
import { type RowCache, emptyRow, joinRows, prefixOf } from './key-value-cache.ts';
import { cacheShape, noPrefix, readPassage, startOfRow } from './passages.ts';
import { Places, type SharedPrompt } from './places.ts';
import { RandomStream } from './random.ts';
import { chooseToken } from './sampler.ts';

/** A conversation between two tasks: what has run through the model, and the scores of what comes next. */
export type Conversation = {
  /** What it shares with others, before its own. */
  readonly prompt?: RowCache;
  readonly cache: RowCache;
  readonly nextPosition: number;
  readonly scores: TokenScores;
};

export type Task = {
  /** Where to go on; nothing for a new conversation. */
  readonly from: Conversation | undefined;
  /** New tokens, at least one: a prompt, or the token that was sampled last and what was answered. */
  readonly passage: Passage;
  /** New conversations with the same key have the same passage: it runs once. */
  readonly promptKey?: string;
  /** Several with this key come, a group: while they write their first completion they have the prompt's keys and values together. */
  readonly shared?: boolean;
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

// A prompt of fewer tokens is copied into the place of each of its conversations.
const sharedPromptTokens = 256;

/**
 * Writes many completions at once, each of a conversation of its own: a task that comes takes a free place, one that
 * ends makes room for the next. The number of places is fixed, free ones are computed and not used, so that on a CPU
 * what a task writes does not depend, bit for bit, on what else is there: a product's rows are the same whenever it has
 * the same number of rows. For the same reason a conversation's kind of place depends on its task alone: behind a shared
 * prompt where a long one belongs to a group, else one that holds the whole conversation.
 */
export class Scheduler {
  readonly #model: LanguageModel;
  readonly #whole: Places<Active>;
  readonly #behindPrompts: Places<Active> | undefined;
  #waiting: Waiting[] = [];
  /** The prompt that ran last: the other completions of its group follow at once. */
  #lastPrompt: { readonly key: string; readonly conversation: Conversation } | undefined;
  #running = false;
  /** Goes up as the model changes. */
  #change = 0;

  constructor(model: LanguageModel, slots: number) {
    this.#model = model;
    this.#whole = Places.whole(cacheShape(model), slots, model.cacheRuntime);
    this.#behindPrompts = slots > 1 && model.sharesPrefixes ? Places.behindPrompts(cacheShape(model), slots, model.cacheRuntime) : undefined;
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
    this.#change += 1;
    this.#lastPrompt = undefined;
    this.#behindPrompts?.forget();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiting.length > 0 || this.#all.some(({ taken }) => taken.length > 0)) {
        // A run of the model blocks the thread: messages (a cancel, new tasks) are let in between.
        await new Promise((resolve) => setImmediate(resolve));
        await this.#admit();
        for (const places of this.#all) await this.#decode(places);
      }
    } catch (error) {
      for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
      for (const places of this.#all) {
        for (const { place, holder } of places.taken) {
          places.take(place);
          holder.reject(error);
        }
      }
    } finally {
      for (const { device } of this.#all) device?.release();
      this.#running = false;
    }
  }

  get #all(): readonly Places<Active>[] {
    return this.#behindPrompts ? [this.#whole, this.#behindPrompts] : [this.#whole];
  }

  /** Gives places to those who wait, in their order; who has to wait for a place of its kind keeps nobody from one of the other. */
  async #admit(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const still: Waiting[] = [];
    for (const each of waiting) {
      const { task } = each;
      if (task.cancelled?.()) {
        // Its prompt need not be read any more; nothing was written.
        each.reject(new DOMException('cancelled before it began', 'AbortError'));
        continue;
      }
      const shared = this.#sharesPrompt(task);
      const places = shared ? (this.#behindPrompts as Places<Active>) : this.#whole;
      const place = places.free(task.promptKey);
      if (place === undefined) {
        still.push(each);
        continue;
      }
      try {
        const prompt = shared ? await this.#sharedPrompt(task) : undefined;
        const start = prompt ? { ...prompt, cache: emptyRow(cacheShape(this.#model)) } : await this.#start(task);
        const { settings, passage } = task;
        const active: Active = { ...each, random: new RandomStream(settings.seed, 0), seen: new Set(settings.repetitionPenalty === 1 ? [] : passage.ids), ids: [], logprobs: [], nextPosition: start.nextPosition, scores: start.scores };
        places.put(place, active, start.cache, prompt);
        this.#choose(places, place, active);
      } catch (error) {
        each.reject(error);
      }
    }
    this.#waiting = [...still, ...this.#waiting];
  }

  #sharesPrompt({ from, passage, promptKey, shared }: Task): boolean {
    return this.#behindPrompts !== undefined && shared === true && !from && promptKey !== undefined && passage.ids.length >= sharedPromptTokens;
  }

  async #sharedPrompt(task: Task): Promise<SharedPrompt> {
    const key = task.promptKey as string;
    const known = this.#behindPrompts?.prompt(key);
    if (known) return known;
    const change = this.#change;
    const { cache: row, nextPosition, scores } = await this.#start(task);
    return { key: change === this.#change ? key : '', row, prefix: prefixOf(cacheShape(this.#model), row), nextPosition, scores };
  }

  /** The conversation that a task goes on from, all of it in one row, and with its passage read. */
  async #start({ from, passage, promptKey }: Task): Promise<Conversation> {
    if (!from && promptKey !== undefined && this.#lastPrompt?.key === promptKey) return this.#lastPrompt.conversation;
    const shape = cacheShape(this.#model);
    const change = this.#change;
    const row = from ? { cache: from.prompt ? joinRows(shape, from.prompt, from.cache) : from.cache, nextPosition: from.nextPosition } : startOfRow(this.#model);
    const read = await readPassage(this.#model, noPrefix(this.#model), row.cache, embedPassage(this.#model, passage, row.nextPosition));
    // What was read while the model changed is for this task alone.
    if (!from && promptKey !== undefined && change === this.#change) this.#lastPrompt = { key: promptKey, conversation: read };
    return read;
  }

  /** Draws the next token of a place; the place is left where the completion ends with it. */
  #choose(places: Places<Active>, place: number, active: Active): void {
    const { task, ids, logprobs, seen, random, scores } = active;
    const { settings } = task;
    if (task.cancelled?.()) return finish(places, place, active, 'cancelled');
    const { id, logprob } = chooseToken(scores, settings, seen, random);
    ids.push(id);
    logprobs.push(logprob);
    seen.add(id);
    task.onToken?.(id, logprob);
    if (settings.stopIds.includes(id)) return finish(places, place, active, 'stop');
    const room = this.#model.config.text.maxPositions - (places.promptOf(place)?.row.length ?? 0) - (places.cache.lengths[place] as number);
    if (ids.length >= settings.maxNewTokens || room <= 1) return finish(places, place, active, 'length');
  }

  /** One token more for every place that is taken. */
  async #decode(places: Places<Active>): Promise<void> {
    const { taken, holders, device } = places;
    if (taken.length === 0) return;
    const prefixes = places.prefixes.length > 0 ? places.prefixes : [noPrefix(this.#model)];
    const ids = holders.map((active) => active?.ids.at(-1) ?? 0);
    const positions = holders.map((active) => active?.nextPosition ?? 0);
    const output = await decodeStep(this.#model, { ids, positions, prefixes, cache: places.cache }, device);
    places.cache.append(taken.map(({ place }) => place), { keys: output.newKeys, values: output.newValues });
    for (const { place, holder } of taken) {
      holder.nextPosition += 1;
      holder.scores = output.scores[place] as TokenScores;
      this.#choose(places, place, holder);
    }
  }
}

function finish(places: Places<Active>, place: number, { ids, logprobs, nextPosition, scores, resolve }: Active, finishReason: Completion['finishReason']): void {
  const prompt = places.promptOf(place)?.row;
  resolve({ completion: { ids, logprobs, finishReason }, conversation: { cache: places.take(place), nextPosition, scores, ...(prompt && { prompt }) } });
}
