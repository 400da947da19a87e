import type { LanguageModel, TokenScores } from '../model/language-model.ts';
import { BatchCache } from './batch-cache.ts';
import { type Passage, embedPassage } from './context.ts';
import { decodeStep } from './decode-step.ts';
import { DeviceCaches } from './device-caches.ts';
import { type CacheShape, type PrefixCache, type RowCache, prefixOf } from './key-value-cache.ts';
import { assertFits, cacheShape, noPrefix, readPassage, startOfRow } from './passages.ts';

/** One continuation of the group's prompt. */
export type Row = {
  readonly cache: RowCache;
  /** Position of the next token. */
  readonly nextPosition: number;
  /** For the next token. */
  readonly scores: TokenScores;
  /** Ids after the prompt, in the cache or about to be. */
  readonly ids: readonly number[];
};

/** What happened to a row in one decoding step. */
export type Decoded = { readonly row: number; readonly scores: TokenScores };

/**
 * A prompt that ran through the model once, and its continuations. The prompt's keys and values are stored once;
 * each continuation keeps only its own. A row can decode, take in further tokens and images, and decode again.
 */
export class PromptGroup {
  readonly #model: LanguageModel;
  readonly #shape: CacheShape;
  readonly #prefix: PrefixCache;
  readonly #rows: Row[];

  private constructor(model: LanguageModel, prefix: PrefixCache, rows: Row[]) {
    this.#model = model;
    this.#shape = cacheShape(model);
    this.#prefix = prefix;
    this.#rows = rows;
  }

  /**
   * Runs the prompt and makes `group` continuations of it. What `onProgress` throws, called between runs, ends it.
   * @throws InputError when the prompt is longer than the model's context.
   */
  static async open(model: LanguageModel, prompt: Passage, group: number, onProgress: (done: number, total: number) => void = () => {}): Promise<PromptGroup> {
    assertFits(model, prompt.ids.length, 'prompt');
    const { cache, nextPosition, scores } = await readPassage(model, noPrefix(model), startOfRow(model).cache, embedPassage(model, prompt, 0), { onProgress });
    const first: Row = { cache: startOfRow(model).cache, nextPosition, scores, ids: [] };
    return new PromptGroup(model, prefixOf(cacheShape(model), cache), Array.from({ length: group }, () => first));
  }

  get promptTokens(): number {
    return this.#prefix.length;
  }

  /** Tokens that the context has room for behind a row. */
  room(row: number): number {
    return this.#model.config.text.maxPositions - this.#prefix.length - this.#row(row).cache.length;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /**
   * Takes tokens (a tool's output, a new image) into one row, after everything that it has decoded.
   * @returns the scores after every new token where `allScores` is set, else after the last.
   */
  async append(row: number, passage: Passage, allScores = false): Promise<readonly TokenScores[]> {
    const { cache: own, nextPosition: at, ids } = this.#row(row);
    assertFits(this.#model, this.#prefix.length + own.length + passage.ids.length, `row ${row} with the new tokens`);
    const { cache, nextPosition, scores, read } = await readPassage(this.#model, this.#prefix, own, embedPassage(this.#model, passage, at), { allScores });
    this.#rows[row] = { cache, nextPosition, scores, ids: [...ids, ...passage.ids] };
    return read;
  }

  /**
   * Decodes rows together, one token each a step. `choose` gets a row's logits and gives its next token, or undefined
   * when the row is to stop; a row that stops leaves the batch. Ends when all have stopped or `choose` throws.
   */
  async decode(rows: readonly number[], choose: (decoded: Decoded) => number | undefined): Promise<void> {
    const cache = new BatchCache(this.#shape, rows.map((row) => this.#row(row).cache));
    const runtime = this.#model.cacheRuntime;
    const device = runtime && new DeviceCaches(runtime);
    let active = rows.map((row) => ({ row, ids: [...this.#row(row).ids], nextPosition: this.#row(row).nextPosition, scores: this.#row(row).scores }));
    const leave = (b: number): void => {
      const { row, ids, nextPosition, scores } = active[b] as (typeof active)[number];
      this.#rows[row] = { cache: cache.row(b), nextPosition, scores, ids };
    };
    try {
      while (active.length > 0) {
        const chosen = active.map(({ row, scores }) => choose({ row, scores }));
        const going = chosen.flatMap((id, b) => (id === undefined ? [] : [b]));
        for (const b of chosen.keys()) if (chosen[b] === undefined) leave(b);
        cache.keep(going);
        active = going.map((b) => active[b] as (typeof active)[number]);
        if (active.length === 0) return;
        const next = going.map((b) => chosen[b] as number);
        const scores = await this.#step(cache, device, next, active.map(({ nextPosition }) => nextPosition));
        for (const [b, each] of active.entries()) {
          each.ids.push(next[b] as number);
          each.nextPosition += 1;
          each.scores = scores[b] as TokenScores;
        }
      }
    } finally {
      device?.release();
      for (const b of active.keys()) leave(b);
    }
  }

  async #step(cache: BatchCache, device: DeviceCaches | undefined, ids: readonly number[], positions: readonly number[]): Promise<readonly TokenScores[]> {
    assertFits(this.#model, this.#prefix.length + Math.max(...cache.lengths) + 1, 'conversation');
    if (device) cache.reserve();
    const output = await decodeStep(this.#model, { ids, positions, prefixes: [this.#prefix], cache }, device);
    cache.append({ keys: output.newKeys, values: output.newValues });
    return output.scores;
  }

  #row(row: number): Row {
    const state = this.#rows[row];
    if (!state) throw new Error(`row ${row} of a group of ${this.#rows.length}`);
    return state;
  }
}
