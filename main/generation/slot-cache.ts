import { type HostTensor, float32 } from '../runtime/tensor.ts';
import { ownCapacity } from './batch-cache.ts';
import type { Added, CacheShape, RowCache } from './key-value-cache.ts';

/**
 * Keys and values of a fixed number of places for rows that decode together: for each layer [kvHeads, slots, capacity,
 * headDim]. A row moves in and out without the others being touched; a free place has length 0.
 */
export class SlotCache {
  readonly #shape: CacheShape;
  readonly #lengths: number[];
  readonly #tenants: symbol[];
  readonly #spare: number;
  #capacity: number;
  #keys: readonly HostTensor<'float32'>[];
  #values: readonly HostTensor<'float32'>[];

  /** `spare`: places behind the longest row that are always free. */
  constructor(shape: CacheShape, slots: number, spare = 0) {
    this.#shape = shape;
    this.#spare = spare;
    this.#capacity = ownCapacity(spare);
    this.#lengths = new Array<number>(slots).fill(0);
    this.#tenants = new Array<symbol>(slots).fill(Symbol('nobody'));
    [this.#keys, this.#values] = [this.#empty(), this.#empty()];
  }

  get lengths(): readonly number[] {
    return this.#lengths;
  }

  /** Who is where: a row that has only grown is the same. */
  get tenants(): readonly symbol[] {
    return this.#tenants;
  }

  get capacity(): number {
    return this.#capacity;
  }

  get keys(): readonly HostTensor<'float32'>[] {
    return this.#keys;
  }

  get values(): readonly HostTensor<'float32'>[] {
    return this.#values;
  }

  put(slot: number, row: RowCache): void {
    this.#reserve(row.length + 1);
    this.#tenants[slot] = Symbol('row');
    this.#fill(slot, row);
  }

  /** The row of a place, as a copy; the place is free then. */
  take(slot: number): RowCache {
    const { layers, kvHeads, headDim } = this.#shape;
    const length = this.#lengths[slot] as number;
    const copy = (from: readonly HostTensor<'float32'>[]): readonly Float32Array[] => {
      const out = Array.from({ length: layers }, () => new Float32Array(kvHeads * length * headDim));
      this.#each(slot, length, out, from, (own, place) => own.set(place));
      return out;
    };
    const row = { length, keys: copy(this.#keys), values: copy(this.#values) };
    this.#lengths[slot] = 0;
    return row;
  }

  /** Takes in one new token for each of these places. */
  append(slots: readonly number[], added: Added): void {
    this.#reserve(Math.max(...slots.map((slot) => this.#lengths[slot] as number)) + 2);
    const { kvHeads, headDim } = this.#shape;
    const count = this.#lengths.length;
    const into = (tensors: readonly HostTensor<'float32'>[], from: readonly HostTensor<'float32'>[]): void => {
      for (const [layer, { data }] of tensors.entries()) {
        const source = (from[layer] as HostTensor<'float32'>).data;
        for (const slot of slots) {
          for (let head = 0; head < kvHeads; head++) {
            const place = head * count + slot;
            data.set(source.subarray(place * headDim, (place + 1) * headDim), (place * this.#capacity + (this.#lengths[slot] as number)) * headDim);
          }
        }
      }
    };
    into(this.#keys, added.keys);
    into(this.#values, added.values);
    for (const slot of slots) this.#lengths[slot] = (this.#lengths[slot] as number) + 1;
  }

  #fill(slot: number, row: RowCache): void {
    this.#lengths[slot] = row.length;
    this.#each(slot, row.length, row.keys, this.#keys, (own, place) => place.set(own));
    this.#each(slot, row.length, row.values, this.#values, (own, place) => place.set(own));
  }

  /** Visits each layer and head of a row: its part of the row's own arrays, and its part of the shared ones. */
  #each(slot: number, length: number, own: readonly Float32Array[], shared: readonly HostTensor<'float32'>[], visit: (own: Float32Array, place: Float32Array) => void): void {
    const { kvHeads, headDim } = this.#shape;
    const size = length * headDim;
    for (const [layer, { data }] of shared.entries()) {
      for (let head = 0; head < kvHeads; head++) {
        const start = (head * this.#lengths.length + slot) * this.#capacity * headDim;
        visit((own[layer] as Float32Array).subarray(head * size, (head + 1) * size), data.subarray(start, start + size));
      }
    }
  }

  #empty(): readonly HostTensor<'float32'>[] {
    const { layers, kvHeads, headDim } = this.#shape;
    const shape = [kvHeads, this.#lengths.length, this.#capacity, headDim] as const;
    return Array.from({ length: layers }, () => float32([...shape], new Float32Array(shape.reduce((a, b) => a * b, 1))));
  }

  #reserve(tokens: number): void {
    if (tokens + this.#spare <= this.#capacity) return;
    const rows = this.#lengths.map((_, slot) => ({ slot, row: this.#lengths[slot] === 0 ? undefined : this.take(slot) }));
    this.#capacity = ownCapacity(tokens + this.#spare);
    [this.#keys, this.#values] = [this.#empty(), this.#empty()];
    for (const { slot, row } of rows) if (row) this.#fill(slot, row);
  }
}
