import type { TokenScores } from '../model/language-model.ts';
import type { Runtime } from '../runtime/session.ts';
import { type HostTensor, float32 } from '../runtime/tensor.ts';
import { DeviceCaches } from './device-caches.ts';
import type { CacheShape, PrefixCache, RowCache } from './key-value-cache.ts';
import { SlotCache } from './slot-cache.ts';

/** A prompt that conversations share: as a row, as the prefix that they attend to, and what comes after it. */
export type SharedPrompt = { readonly key: string; readonly row: RowCache; readonly prefix: PrefixCache; readonly nextPosition: number; readonly scores: TokenScores };

/** Places of a block. As rows end, those of one prompt move together and make room for the next prompt. */
const blockPlaces = 4;

// More places than any processor's vector registers hold at once: a row's used places then lie in the same registers, and
// are added up in the same order, whatever the room behind them.
const spare = 64;

/** A fixed number of places for conversations that decode together; T is who has a place. */
export class Places<T> {
  readonly holders: (T | undefined)[];
  readonly cache: SlotCache;
  /** Where what is in the places lies on a device too. */
  readonly device: DeviceCaches | undefined;
  /** The prompt of each block of places; no blocks where every place has a whole conversation of its own. */
  #prompts: (SharedPrompt | undefined)[];
  readonly #block: number;
  readonly #idle: PrefixCache;

  private constructor(shape: CacheShape, places: number, block: number, cache: SlotCache, runtime: Runtime | undefined) {
    this.holders = new Array<T | undefined>(places).fill(undefined);
    this.cache = cache;
    this.device = runtime && new DeviceCaches(runtime);
    this.#block = block;
    this.#prompts = block === 0 ? [] : new Array<SharedPrompt | undefined>(places / block).fill(undefined);
    this.#idle = idlePrefix(shape);
  }

  /** Each place holds a whole conversation. */
  static whole<T>(shape: CacheShape, places: number, runtime?: Runtime): Places<T> {
    return new Places<T>(shape, places, 0, new SlotCache(shape, places), runtime);
  }

  /** Blocks of places, each for what follows one prompt at a time. */
  static behindPrompts<T>(shape: CacheShape, places: number, runtime?: Runtime): Places<T> {
    const block = Math.min(blockPlaces, places);
    const all = Math.floor(places / block) * block;
    return new Places<T>(shape, all, block, new SlotCache(shape, all, spare), runtime);
  }

  get taken(): readonly { readonly place: number; readonly holder: T }[] {
    return this.holders.flatMap((holder, place) => (holder === undefined ? [] : [{ place, holder }]));
  }

  /** A free place; behind prompts one whose block has this prompt, or none yet. */
  free(key?: string): number | undefined {
    if (this.#prompts.length === 0) return this.#freeOf(0, this.holders.length);
    const blocks = [...this.#prompts.keys()];
    const inBlock = (block: number | undefined): number | undefined => (block === undefined ? undefined : this.#freeOf(block * this.#block, (block + 1) * this.#block));
    const same = blocks.find((block) => this.#prompts[block]?.key === key && inBlock(block) !== undefined);
    return inBlock(same ?? blocks.find((block) => !this.#prompts[block]) ?? this.#emptied());
  }

  /** The model has changed: nobody else may come to the prompts that are here. */
  forget(): void {
    this.#prompts = this.#prompts.map((prompt) => prompt && { ...prompt, key: '' });
  }

  /** The prompt with this key, where a block has it. */
  prompt(key: string): SharedPrompt | undefined {
    return this.#prompts.find((prompt) => prompt?.key === key);
  }

  promptOf(place: number): SharedPrompt | undefined {
    return this.#prompts[Math.floor(place / this.#block)];
  }

  put(place: number, holder: T, row: RowCache, prompt?: SharedPrompt): void {
    this.holders[place] = holder;
    this.cache.put(place, row);
    if (prompt) this.#prompts[Math.floor(place / this.#block)] = prompt;
  }

  /** The row of a place, which is free then. */
  take(place: number): RowCache {
    this.holders[place] = undefined;
    const row = this.cache.take(place);
    const block = Math.floor(place / this.#block);
    if (this.#prompts.length > 0 && this.#countOf(block) === 0) this.#prompts[block] = undefined;
    return row;
  }

  /** One for each block. */
  get prefixes(): readonly PrefixCache[] {
    return this.#prompts.map((prompt) => prompt?.prefix ?? this.#idle);
  }

  #freeOf(start: number, end: number): number | undefined {
    for (let place = start; place < end; place++) if (this.holders[place] === undefined) return place;
    return undefined;
  }

  #countOf(block: number): number {
    return this.holders.slice(block * this.#block, (block + 1) * this.#block).filter((holder) => holder !== undefined).length;
  }

  /** A block whose rows found room in another one of their prompt. */
  #emptied(): number | undefined {
    for (const [from, prompt] of this.#prompts.entries()) {
      const to = this.#prompts.findIndex((other, block) => block !== from && other?.prefix === prompt?.prefix && this.#countOf(block) + this.#countOf(from) <= this.#block);
      if (to < 0 || !prompt) continue;
      for (let place = from * this.#block; place < (from + 1) * this.#block; place++) {
        const holder = this.holders[place];
        if (holder === undefined) continue;
        this.put(this.#freeOf(to * this.#block, (to + 1) * this.#block) as number, holder, this.take(place));
      }
      return from;
    }
    return undefined;
  }
}

/** What a block without a prompt attends to: not every provider takes empty tensors. */
function idlePrefix({ layers, kvHeads, headDim }: CacheShape): PrefixCache {
  const each = (shape: readonly number[]): readonly HostTensor<'float32'>[] => Array.from({ length: layers }, () => float32(shape, new Float32Array(kvHeads * headDim)));
  return { length: 1, keys: each([kvHeads, headDim, 1]), values: each([kvHeads, 1, headDim]) };
}
