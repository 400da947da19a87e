import { type HostTensor, float32 } from '../../runtime/tensor.ts';
import type { LoadedModel } from '../load.ts';
import { seedOf } from './dropout.ts';
import { addAll, assertFinite } from './gradients.ts';
import type { ImageFeatures } from './image-features.ts';
import type { ReferenceWeights } from './reference-weights.ts';
import type { TokenLayout } from './token-layout.ts';

/** A seed for each image; the layers have those of their numbers. */
const ofImage = (seed: number | undefined, image: number): number | undefined => seed === undefined ? undefined : seedOf(seed, -1 - image);

/** The tokens of a tree as rows of the embedding, with the images' features in their places, and the way back. */
export class Embedding {
  readonly #model: LoadedModel;
  readonly #images: ImageFeatures;
  readonly #padding: number;

  constructor(model: LoadedModel, images: ImageFeatures, padding: number) {
    [this.#model, this.#images, this.#padding] = [model, images, padding];
  }

  /**
   * What goes into the first layer: x [length, hidden]. `base`: as before training; with `reference` from weights in place
   * of the model's. `dropoutSeed` fixes what an adapter on the vision tower does not see.
   * @throws NonFiniteError naming the vision tower.
   */
  async rows({ ids, length, images }: TokenLayout, base: boolean, reference: ReferenceWeights | undefined, dropoutSeed?: number): Promise<HostTensor<'float32'>> {
    const { hiddenSize } = this.#model.config.text;
    const x = new Float32Array(length * hiddenSize).fill(this.#padding);
    const known = [...ids.keys()].filter((place) => (ids[place] as number) >= 0);
    const rows = (reference ?? this.#model.store).readRows('model.embed_tokens.weight', known.map((place) => ids[place] as number));
    for (const [i, place] of known.entries()) x.set(rows.subarray(i * hiddenSize, (i + 1) * hiddenSize), place * hiddenSize);
    for (const [i, { image, place }] of images.entries()) {
      const features = await (base ? this.#images.ofReference(image, reference) : this.#images.of(image, ofImage(dropoutSeed, i)));
      assertFinite('the output of the vision tower', features);
      x.set(features, place * hiddenSize);
    }
    reference?.release();
    return float32([length, hiddenSize], x);
  }

  /** Adds what flows back into the embedding, dx [length · hidden]: to the rows of its tokens, where they are trained, and through the images' features into the vision tower. */
  async addGradients({ ids, images }: TokenLayout, dx: Float32Array, gradients: Map<string, Float32Array>, dropoutSeed?: number): Promise<void> {
    const { text: { hiddenSize }, vision: { mergeSize } } = this.#model.config;
    const embedding = gradients.get('model.embed_tokens.weight');
    const imagePlaces = new Set<number>();
    for (const [n, { image, place }] of images.entries()) {
      const tokens = (image.grid[1] * image.grid[2]) / mergeSize ** 2;
      for (let i = 0; i < tokens; i++) imagePlaces.add(place + i);
      addAll(gradients, await this.#images.gradients(image, dx.subarray(place * hiddenSize, (place + tokens) * hiddenSize), ofImage(dropoutSeed, n)));
    }
    if (!embedding) return;
    for (const [place, id] of ids.entries()) {
      if (id < 0 || imagePlaces.has(place)) continue;
      for (let i = 0; i < hiddenSize; i++) embedding[id * hiddenSize + i]! += dx[place * hiddenSize + i]!;
    }
  }
}
