import { type Program, float32Output } from '../../runtime/session.ts';
import { float32 } from '../../runtime/tensor.ts';
import { trainVisionBackward } from '../graphs/train-vision.ts';
import { FeatureCache } from '../image/feature-cache.ts';
import type { LoadedModel } from '../load.ts';
import { type PatchedImage, permuteRows, visionFeeds } from '../vision-model.ts';
import type { ReferenceWeights } from './reference-weights.ts';
import type { TrainedParameters } from './trained-parameters.ts';

/** Features of images: made anew and differentiated where the vision tower is trained, else those that the tower keeps. */
export class ImageFeatures {
  readonly #model: LoadedModel;
  readonly #trained: TrainedParameters;
  readonly #begun: TrainedParameters | undefined;
  /** By the tower as it was before its weights were trained. */
  readonly #base = new FeatureCache();
  #backward: Promise<{ readonly program: Program; readonly parameters: readonly string[]; readonly trained: readonly string[] }> | undefined;

  /** `begun`: an adapter that training began with. */
  constructor(model: LoadedModel, trained: TrainedParameters, begun?: TrainedParameters) {
    this.#model = model;
    this.#trained = trained;
    this.#begun = begun;
  }

  /** [tokens, text hidden size] */
  async of(image: PatchedImage): Promise<Float32Array> {
    if (!this.#trained.vision) return this.ofReference(image, undefined);
    // Weights are named so that nothing is kept: what is trained changes in place.
    return (await this.#model.vision()).encode(image, { adapter: this.#trained.tower() ?? null, weights: (name) => this.#model.store.get(name) });
  }

  /** The same by the tower as it was before training, from weights in place of the model's own where those change. */
  async ofReference(image: PatchedImage, weights: ReferenceWeights | undefined): Promise<Float32Array> {
    const tower = await this.#model.vision();
    const adapter = this.#begun?.tower();
    if (adapter) return this.#base.of(image, () => tower.encode(image, { adapter }));
    if (!weights || !this.#trained.vision) return tower.encode(image, { adapter: null });
    return this.#base.of(image, () => tower.encode(image, { adapter: null, weights: (name) => weights.operand(name) }));
  }

  /** Gradients of what is trained in the tower, from that of an image's features [tokens, text hidden size]. */
  async gradients(image: PatchedImage, dFeatures: Float32Array): Promise<ReadonlyMap<string, Float32Array>> {
    if (!this.#trained.vision) return new Map();
    const { program, parameters, trained } = await (this.#backward ??= this.#compile());
    const { vision } = this.#model.config;
    const adapter = this.#trained.tower();
    const { feeds, order } = visionFeeds(vision, image);
    feeds['d_features'] = float32([order.length, vision.outHiddenSize], permuteRows(dFeatures, order, vision.outHiddenSize));
    for (const name of parameters) feeds[name] = adapter?.feeds.get(name) ?? (await this.#model.store.get(name));
    const outputs = await program.run(feeds);
    return new Map(trained.map((name) => {
      const { data } = float32Output(outputs, `d.${name}`);
      // The tower takes B with its scale.
      return [name, name.endsWith('.lora_B') ? data.map((value) => value * this.#trained.scale) : data];
    }));
  }

  async #compile(): Promise<{ readonly program: Program; readonly parameters: readonly string[]; readonly trained: readonly string[] }> {
    const { graph, parameters, trained } = trainVisionBackward(this.#model.config.vision, this.#model.store.floatType, this.#trained.tower()?.modules);
    return { program: await this.#model.runtime.program(graph), parameters, trained };
  }
}
