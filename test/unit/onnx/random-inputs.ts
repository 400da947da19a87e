import { RandomStream } from '../../../main/generation/random.ts';
import { type Bindings, type Dim, type Shape, addDims, evaluateDim, symbol } from '../../../main/onnx/dim.ts';
import { type HostTensor, hostTensor } from '../../../main/runtime/tensor.ts';

export type Range = 'any' | 'positive' | 'nonzero';

/** Random shapes and numbers, determined by a seed. A size is a number or a symbol that is bound to it, at random. */
export class RandomInputs {
  readonly #stream: RandomStream;
  readonly #bindings: Record<string, number>;

  constructor(seed: number, bindings: Bindings = {}) {
    this.#stream = new RandomStream(seed, 0);
    this.#bindings = { ...bindings };
  }

  /** Values of the symbols so far. */
  get bindings(): Bindings {
    return { ...this.#bindings };
  }

  /** A whole number from low to high, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.#stream.next() * (high - low + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)] as T;
  }

  chance(probability: number): boolean {
    return this.#stream.next() < probability;
  }

  /** Sizes 1 to 3, now and then 0; `least` 1 where an empty axis has no meaning. */
  dim(least = 0): Dim {
    const size = this.pick(least === 0 ? [0, 1, 2, 2, 3, 3] : [1, 2, 2, 3, 3]);
    if (this.chance(0.5)) return size;
    const name = `D${Object.keys(this.#bindings).length}`;
    this.#bindings[name] = size;
    return symbol(name);
  }

  shape(rank: number, least = 0): Shape {
    return Array.from({ length: rank }, () => this.dim(least));
  }

  /** The same shape with a symbol for each size but 1. */
  symbolic(shape: Shape): Shape {
    return shape.map((dim) => {
      if (typeof dim !== 'number' || dim === 1) return dim;
      this.#bindings[`N${dim}`] = dim;
      return symbol(`N${dim}`);
    });
  }

  /** Shapes that broadcast to one: axes of size 1 in any of them, leading axes left out of any. */
  broadcasting(count: number, least = 0): readonly Shape[] {
    const whole = this.shape(this.int(0, 4), least);
    return Array.from({ length: count }, () => whole.slice(this.chance(0.3) ? this.int(0, whole.length) : 0).map((dim) => (this.chance(0.3) ? 1 : dim)));
  }

  /** Non-negative sizes whose sum is the dimension, as many as asked; symbols stay whole. */
  partition(dim: Dim, parts: number): readonly Dim[] {
    const sizes: Dim[] = Array.from({ length: parts }, () => 0);
    if (typeof dim !== 'number') sizes[this.int(0, parts - 1)] = dim;
    else for (let i = 0; i < dim; i++) { const at = this.int(0, parts - 1); sizes[at] = addDims(sizes[at] as Dim, 1); }
    return sizes;
  }

  permutation(length: number): readonly number[] {
    const left = Array.from({ length }, (_, i) => i);
    return Array.from({ length }, () => left.splice(this.int(0, left.length - 1), 1)[0] as number);
  }

  /** The axis, or the same counted from the end. */
  signedAxis(axis: number, rank: number): number {
    return this.chance(0.5) ? axis : axis - rank;
  }

  sizes(shape: Shape): readonly number[] {
    return shape.map((dim) => evaluateDim(dim, this.#bindings));
  }

  number(range: Range = 'any'): number {
    const unit = this.#stream.next();
    if (range === 'any') return 4 * unit - 2;
    const positive = 0.5 + 1.5 * unit;
    return range === 'positive' || this.chance(0.5) ? positive : -positive;
  }

  float64(shape: Shape, range: Range = 'any'): HostTensor<'float64'> {
    const sizes = this.sizes(shape);
    return hostTensor('float64', sizes, Float64Array.from({ length: product(sizes) }, () => this.number(range)));
  }

  float32(shape: Shape, range: Range = 'any'): HostTensor<'float32'> {
    const { shape: sizes, data } = this.float64(shape, range);
    return hostTensor('float32', sizes, Float32Array.from(data));
  }

  bool(shape: Shape): HostTensor<'bool'> {
    const sizes = this.sizes(shape);
    return hostTensor('bool', sizes, Uint8Array.from({ length: product(sizes) }, () => this.int(0, 1)));
  }

  /** Indices into an axis of this size, repeated at random, some counted from the end. */
  indices(shape: Shape, size: number): HostTensor<'int64'> {
    const sizes = this.sizes(shape);
    return hostTensor('int64', sizes, BigInt64Array.from({ length: product(sizes) }, () => BigInt(this.int(-size, size - 1))));
  }
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
