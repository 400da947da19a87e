import { evaluateDim } from '../../onnx/dim.ts';
import { type Program, float32Output } from '../../runtime/session.ts';
import { type Tensor, float32, hostTensor } from '../../runtime/tensor.ts';
import { type TrainVisionGraph, type TrainVisionOptions, trainVisionBackward, trainVisionForward } from '../graphs/train-vision.ts';
import { FeatureCache } from '../image/feature-cache.ts';
import type { LoadedModel } from '../load.ts';
import { type PatchedImage, permuteRows, visionFeeds } from '../vision-model.ts';
import { dropoutMask, seedOf } from './dropout.ts';
import type { ReferenceWeights } from './reference-weights.ts';
import type { TrainedParameters } from './trained-parameters.ts';

type Compiled<T extends TrainVisionGraph = TrainVisionGraph> = T & { readonly program: Program };

/** Features of images: made anew and differentiated where the vision tower is trained, else those that the tower keeps. */
export class ImageFeatures {
  readonly #model: LoadedModel;
  readonly #trained: TrainedParameters;
  readonly #begun: TrainedParameters | undefined;
  /** By the tower as it was before its weights were trained. */
  readonly #base = new FeatureCache();
  /** With dropout; without it the sampler's program does. */
  #forward: Promise<Compiled> | undefined;
  readonly #backward = new Map<boolean, Promise<Compiled<ReturnType<typeof trainVisionBackward>>>>();

  /** `begun`: an adapter that training began with. */
  constructor(model: LoadedModel, trained: TrainedParameters, begun?: TrainedParameters) {
    this.#model = model;
    this.#trained = trained;
    this.#begun = begun;
  }

  /** [tokens, text hidden size]; a seed fixes what the adapter's dropout leaves out. */
  async of(image: PatchedImage, seed?: number): Promise<Float32Array> {
    if (!this.#trained.vision) return this.ofReference(image, undefined);
    // Weights are named so that nothing is kept: what is trained changes in place.
    if (!this.#drops(seed)) return (await this.#model.vision()).encode(image, { adapter: this.#trained.tower() ?? null, weights: (name) => this.#model.store.get(name) });
    this.#forward ??= this.#compiled(trainVisionForward(this.#model.config.vision, this.#options(true)));
    const compiled = await this.#forward;
    const { feeds, inverse } = await this.#feeds(image, compiled, seed);
    return permuteRows(float32Output(await compiled.program.run(feeds), 'features').data, inverse, this.#model.config.vision.outHiddenSize);
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
  async gradients(image: PatchedImage, dFeatures: Float32Array, seed?: number): Promise<ReadonlyMap<string, Float32Array>> {
    if (!this.#trained.vision) return new Map();
    const compiled = await this.#backwardOf(this.#drops(seed));
    const { outHiddenSize } = this.#model.config.vision;
    const { feeds, order } = await this.#feeds(image, compiled, seed);
    feeds['d_features'] = float32([order.length, outHiddenSize], permuteRows(dFeatures, order, outHiddenSize));
    const outputs = await compiled.program.run(feeds);
    // The tower takes B with its scale.
    const scale = this.#trained.scale / this.#kept(seed);
    return new Map(compiled.trained.map((name) => {
      const { data } = float32Output(outputs, `d.${name}`);
      return [name, name.endsWith('.lora_B') ? data.map((value) => value * scale) : data];
    }));
  }

  async #feeds(image: PatchedImage, { parameters, masks }: Compiled, seed: number | undefined): Promise<ReturnType<typeof visionFeeds>> {
    const given = visionFeeds(this.#model.config.vision, image);
    const adapter = this.#trained.tower(1 / this.#kept(seed));
    for (const name of parameters) given.feeds[name] = adapter?.feeds.get(name) ?? (await this.#model.store.get(name));
    for (const [i, { name, shape }] of masks.entries()) given.feeds[name] = this.#mask(shape.map((dim) => evaluateDim(dim, { U: given.order.length })), seedOf(seed as number, i));
    return given;
  }

  #mask(shape: readonly number[], seed: number): Tensor {
    return hostTensor('bool', shape, dropoutMask(seed, shape.reduce((n, dim) => n * dim, 1), this.#trained.dropout));
  }

  #drops(seed: number | undefined): boolean {
    return seed !== undefined && this.#trained.dropout > 0;
  }

  /** Share of the adapter's inputs that it sees. */
  #kept(seed: number | undefined): number {
    return this.#drops(seed) ? 1 - this.#trained.dropout : 1;
  }

  #options(dropout: boolean): TrainVisionOptions {
    const adapted = this.#trained.tower()?.modules;
    return { type: this.#model.store.floatType, dropout, ...(adapted && { adapted }) };
  }

  #backwardOf(dropout: boolean): Promise<Compiled<ReturnType<typeof trainVisionBackward>>> {
    const known = this.#backward.get(dropout) ?? this.#compiled(trainVisionBackward(this.#model.config.vision, this.#options(dropout)));
    this.#backward.set(dropout, known);
    return known;
  }

  async #compiled<T extends TrainVisionGraph>(written: T): Promise<Compiled<T>> {
    return { ...written, program: await this.#model.runtime.program(written.graph) };
  }
}
