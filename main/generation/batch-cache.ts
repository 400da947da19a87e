import { type HostTensor, float32 } from '../runtime/tensor.ts';
import type { Added, CacheShape, RowCache } from './key-value-cache.ts';

// Room for this many more tokens whenever a batch outgrows its tensors; unused places are masked.
const room = 64;

/** Places that a batch has for rows of up to so many tokens and one more. */
export const ownCapacity = (tokens: number): number => Math.ceil((tokens + 1) / room) * room;

/**
 * The own keys and values of the rows that decode together: for each layer [kvHeads, B, capacity, headDim].
 * Row b uses its first `lengths[b]` places.
 */
export class BatchCache {
  readonly #shape: CacheShape;
  #lengths: number[];
  #tenants: readonly symbol[];
  #capacity: number;
  #keys: readonly HostTensor<'float32'>[];
  #values: readonly HostTensor<'float32'>[];

  constructor(shape: CacheShape, rows: readonly RowCache[]) {
    this.#shape = shape;
    this.#lengths = rows.map(({ length }) => length);
    this.#tenants = rows.map(() => Symbol('row'));
    this.#capacity = ownCapacity(Math.max(0, ...this.#lengths));
    const gather = (pick: (row: RowCache) => readonly Float32Array[]): readonly HostTensor<'float32'>[] =>
      this.#allocate((layer, head, b) => {
        const row = rows[b] as RowCache;
        const size = row.length * shape.headDim;
        return (pick(row)[layer] as Float32Array).subarray(head * size, (head + 1) * size);
      });
    this.#keys = gather((row) => row.keys);
    this.#values = gather((row) => row.values);
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

  /** Makes room for one more token in every row. */
  reserve(): void {
    if (this.#lengths.some((length) => length === this.#capacity)) this.#rebuild(this.#lengths.map((_, b) => b), ownCapacity(this.#capacity + 1));
  }

  /** Takes in one new token for every row. */
  append(added: Added): void {
    this.reserve();
    const { headDim } = this.#shape;
    const batch = this.#lengths.length;
    const put = (into: readonly HostTensor<'float32'>[], from: readonly HostTensor<'float32'>[]): void => {
      for (const [layer, tensor] of into.entries()) {
        const source = (from[layer] as HostTensor<'float32'>).data;
        for (let place = 0; place < this.#shape.kvHeads * batch; place++) {
          const at = (place * this.#capacity + (this.#lengths[place % batch] as number)) * headDim;
          tensor.data.set(source.subarray(place * headDim, (place + 1) * headDim), at);
        }
      }
    };
    put(this.#keys, added.keys);
    put(this.#values, added.values);
    this.#lengths = this.#lengths.map((length) => length + 1);
  }

  /** The cache of row b alone, as a copy. */
  row(b: number): RowCache {
    const { kvHeads, headDim } = this.#shape;
    const length = this.#lengths[b] as number;
    const copy = ({ data }: HostTensor<'float32'>): Float32Array => {
      const out = new Float32Array(kvHeads * length * headDim);
      for (let head = 0; head < kvHeads; head++) out.set(this.#used(data, head, b), head * length * headDim);
      return out;
    };
    return { length, keys: this.#keys.map(copy), values: this.#values.map(copy) };
  }

  /** Keeps only these rows, in this order. */
  keep(rows: readonly number[]): void {
    if (rows.length < this.#lengths.length) this.#rebuild(rows, this.#capacity);
  }

  #used(data: Float32Array, head: number, b: number): Float32Array {
    const start = (head * this.#lengths.length + b) * this.#capacity * this.#shape.headDim;
    return data.subarray(start, start + (this.#lengths[b] as number) * this.#shape.headDim);
  }

  #rebuild(rows: readonly number[], capacity: number): void {
    const [keys, values] = [this.#keys, this.#values].map((tensors) =>
      tensors.map(({ data }) => Array.from({ length: this.#shape.kvHeads }, (_, head) => rows.map((b) => this.#used(data, head, b)))),
    ) as [Float32Array[][][], Float32Array[][][]];
    this.#lengths = rows.map((b) => this.#lengths[b] as number);
    this.#tenants = rows.map((b) => this.#tenants[b] as symbol);
    this.#capacity = capacity;
    this.#keys = this.#allocate((layer, head, b) => keys[layer]?.[head]?.[b] as Float32Array);
    this.#values = this.#allocate((layer, head, b) => values[layer]?.[head]?.[b] as Float32Array);
  }

  /** New tensors of the present batch and capacity, filled with each row's used part. */
  #allocate(used: (layer: number, head: number, b: number) => Float32Array): readonly HostTensor<'float32'>[] {
    const { layers, kvHeads, headDim } = this.#shape;
    const batch = this.#lengths.length;
    return Array.from({ length: layers }, (_, layer) => {
      const data = new Float32Array(kvHeads * batch * this.#capacity * headDim);
      for (let head = 0; head < kvHeads; head++) {
        for (let b = 0; b < batch; b++) data.set(used(layer, head, b), (head * batch + b) * this.#capacity * headDim);
      }
      return float32([kvHeads, batch, this.#capacity, headDim], data);
    });
  }
}
