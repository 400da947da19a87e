import { createHash } from 'node:crypto';
import type { PatchedImage } from '../vision-model.ts';

const mostBytes = 256 * 1024 ** 2;

/**
 * Features of images by what is in them: the rows of a group, its reference pass and its gradients show the same image,
 * each time as another copy that has crossed to the worker. The image that was not asked for longest goes first.
 */
export class FeatureCache {
  readonly #budget: number;
  /** Least recently used first. */
  readonly #known = new Map<string, { readonly features: Promise<Float32Array>; bytes: number }>();
  #bytes = 0;

  /** `budget` in bytes of features. */
  constructor(budget: number = mostBytes) {
    this.#budget = budget;
  }

  /** Features of an image, made where they are not known. Nobody may change them. */
  async of(image: PatchedImage, make: () => Promise<Float32Array>): Promise<Float32Array> {
    const key = keyOf(image);
    const known = this.#known.get(key);
    if (known) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return known.features;
    }
    const entry = { features: make(), bytes: 0 };
    this.#known.set(key, entry);
    try {
      const features = await entry.features;
      if (this.#known.get(key) === entry) this.#count(entry, features.byteLength);
      return features;
    } catch (error) {
      if (this.#known.get(key) === entry) this.#known.delete(key);
      throw error;
    }
  }

  /** The weights have changed. */
  forget(): void {
    this.#known.clear();
    this.#bytes = 0;
  }

  #count(entry: { bytes: number }, bytes: number): void {
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [key, { bytes: held }] of this.#known) {
      if (this.#bytes <= this.#budget) return;
      this.#known.delete(key);
      this.#bytes -= held;
    }
  }
}

const keyOf = ({ grid, pixels }: PatchedImage): string =>
  `${grid.join('×')} ${createHash('sha256').update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)).digest('base64')}`;
