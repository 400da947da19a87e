import { type Program, float32Output } from '../../runtime/session.ts';
import { float32 } from '../../runtime/tensor.ts';
import { trainVisionBackward } from '../graphs/train-vision.ts';
import type { LoadedModel } from '../load.ts';
import type { ReferenceWeights } from './reference-weights.ts';
import { type PatchedImage, permuteRows, visionFeeds } from '../vision-model.ts';

/** Features of images: kept where the vision tower does not change, else made anew and differentiated. */
export class ImageFeatures {
  readonly #model: LoadedModel;
  readonly #trained: boolean;
  readonly #known = new WeakMap<PatchedImage, Float32Array>();
  /** By the tower as it was before training. */
  readonly #reference = new WeakMap<PatchedImage, Float32Array>();
  #backward: Promise<{ readonly program: Program; readonly parameters: readonly string[] }> | undefined;

  constructor(model: LoadedModel, trained: boolean) {
    this.#model = model;
    this.#trained = trained;
  }

  /** [tokens, text hidden size] */
  async of(image: PatchedImage): Promise<Float32Array> {
    const known = this.#known.get(image);
    if (known) return known;
    const features = await (await this.#model.vision()).encode(image);
    if (!this.#trained) this.#known.set(image, features);
    return features;
  }

  /** The same by the reference's weights. */
  async ofReference(image: PatchedImage, reference: ReferenceWeights): Promise<Float32Array> {
    if (!this.#trained) return this.of(image);
    const known = this.#reference.get(image);
    if (known) return known;
    const features = await (await this.#model.vision()).encode(image, (name) => reference.float32(name));
    this.#reference.set(image, features);
    return features;
  }

  /** Gradients of the tower's weights from that of an image's features [tokens, text hidden size]; none where the tower is not trained. */
  async gradients(image: PatchedImage, dFeatures: Float32Array): Promise<ReadonlyMap<string, Float32Array>> {
    if (!this.#trained) return new Map();
    const { program, parameters } = await (this.#backward ??= this.#compile());
    const { vision } = this.#model.config;
    const { feeds, order } = visionFeeds(vision, image);
    feeds['d_features'] = float32([order.length, vision.outHiddenSize], permuteRows(dFeatures, order, vision.outHiddenSize));
    for (const name of parameters) feeds[name] = await this.#model.store.get(name);
    const outputs = await program.run(feeds);
    return new Map(parameters.map((name) => [name, float32Output(outputs, `d.${name}`).data]));
  }

  async #compile(): Promise<{ readonly program: Program; readonly parameters: readonly string[] }> {
    const { graph, parameters } = trainVisionBackward(this.#model.config.vision);
    return { program: await this.#model.runtime.program(graph), parameters };
  }
}
