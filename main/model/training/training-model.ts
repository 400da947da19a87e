import { type Bindings, evaluateDim } from '../../onnx/dim.ts';
import { type HostTensor, type Tensor, float32, hostTensor, int64 } from '../../runtime/tensor.ts';
import { InputError } from '../../records/input-error.ts';
import type { Provider } from '../../runtime/provider.ts';
import { float32Output } from '../../runtime/session.ts';
import type { Adapter } from '../folder/adapter.ts';
import { type TrainLayersOptions, keptBytes, trainBackward, trainForward } from '../graphs/train-layers.ts';
import type { LoadedModel } from '../load.ts';
import type { TokenValues, TrainingBatch } from './batch.ts';
import { dropoutMask, seedOf } from './dropout.ts';
import { addAll, assertFinite } from './gradients.ts';
import { Head } from './head.ts';
import { type LayerProgram, LayerPrograms } from './layer-programs.ts';
import { ReferenceWeights, type WeightSource } from './reference-weights.ts';
import { type TokenLayout, layOut } from './token-layout.ts';
import { ImageFeatures } from './image-features.ts';
import { type TrainedParameters, fullParameters, loraParameters } from './trained-parameters.ts';

const mebibyte = 1024 ** 2;

export type TrainingOptions = {
  /** Layers whose activations are in memory at a time; only the inputs of each such stretch are kept between forward and backward. */
  readonly layersPerRun?: number;
  /** Bytes of activations that a forward pass may keep for the backward one, which then need not compute them again; 512 MiB where left out. */
  readonly activationBytes?: number;
  /** Bytes that the compiled programs of earlier batches may hold; 512 MiB where left out. */
  readonly programBytes?: number;
  /** What stands in the padding. It changes nothing, which tests show. */
  readonly padding?: number;
};

export type ForwardOptions = {
  /** Off: the model as it was before training, which is the reference policy. */
  readonly adapter?: boolean;
  /** Keep activations for a backward pass, as far as they fit. Without them it takes longer. */
  readonly keep?: boolean;
  /** Fixes which inputs the adapters' dropout leaves out; none where this is left out. */
  readonly dropoutSeed?: number;
};

/** What a forward pass leaves for the backward one. */
export type ForwardPass = TokenValues & {
  readonly layout: TokenLayout;
  readonly options: ForwardOptions;
  /** What goes into each stretch of layers [length, hidden], and last into the head [length − tail, hidden]; without the adapter the last alone. */
  readonly inputs: readonly HostTensor<'float32'>[];
  /** The activations that a stretch keeps, where it does. */
  readonly kept: readonly (readonly Tensor[])[];
};

type Stretch = { readonly first: number; readonly layers: number };

/**
 * A model whose gradients are wanted. A batch is one prompt with its continuations; the prompt, its images included, goes
 * through each layer once. The way forth keeps the input of each stretch of layers; the way back computes a stretch again.
 */
export class TrainingModel {
  readonly #model: LoadedModel;
  readonly #trained: TrainedParameters;
  readonly #stretches: readonly Stretch[];
  readonly #padding: number;
  readonly #activationBytes: number;
  readonly #images: ImageFeatures;
  readonly #head: Head;
  readonly #programs: LayerPrograms;
  /** Where the weights themselves change. */
  readonly #reference: ReferenceWeights | undefined;

  private constructor(model: LoadedModel, trained: TrainedParameters, { layersPerRun = 1, activationBytes = 512 * mebibyte, programBytes = 512 * mebibyte, padding = 0 }: TrainingOptions) {
    const { layers } = model.config.text;
    this.#model = model;
    this.#trained = trained;
    this.#padding = padding;
    this.#activationBytes = activationBytes;
    this.#images = new ImageFeatures(model, trained);
    this.#head = new Head(model, trained.full);
    this.#programs = new LayerPrograms(model, programBytes);
    this.#reference = trained.full ? new ReferenceWeights(model.store) : undefined;
    this.#stretches = Array.from({ length: Math.ceil(layers / layersPerRun) }, (_, i) => ({ first: i * layersPerRun, layers: Math.min(layersPerRun, layers - i * layersPerRun) }));
  }

  /**
   * Trains the matrices of an adapter, in place; the weights of the model stay as they are, in whatever form they were loaded.
   * @throws InputError for a provider that adapters are not trained on.
   */
  static lora(model: LoadedModel, adapter: Adapter, options: TrainingOptions = {}): TrainingModel {
    requireProvider(model, ['cpu', 'webgpu'], 'an adapter');
    return new TrainingModel(model, loraParameters(adapter), options);
  }

  /**
   * Trains all weights of the text model in place, and those of the vision tower where asked; they must be loaded as float32.
   * @throws InputError for another provider than the CPU, and for quantised weights.
   */
  static async full(model: LoadedModel, settings: { readonly vision: boolean }, options: TrainingOptions = {}): Promise<TrainingModel> {
    requireProvider(model, ['cpu'], 'all weights');
    return new TrainingModel(model, await fullParameters(model, settings.vision), options);
  }

  /** What is trained, by name: "model.layers.0.self_attn.q_proj.lora_A", or as in a checkpoint. An optimizer changes them in place. */
  get parameters(): ReadonlyMap<string, Float32Array> {
    return this.#trained.values;
  }

  /** Log-probabilities of the rows' masked tokens, and entropies. @throws RangeError for a batch that does not agree with itself, see layOut; NonFiniteError naming a layer. */
  async forward(batch: TrainingBatch, options: ForwardOptions = {}): Promise<ForwardPass> {
    const layout = layOut(batch, this.#model.config);
    const reference = options.adapter === false ? this.#reference : undefined;
    const inputs = [await this.#embed(layout, options.adapter === false, reference)];
    const kept: (readonly Tensor[])[] = [];
    const source = reference ?? this.#model.store;
    for (const stretch of this.#stretches) {
      const program = await this.#forwardOf(layout, stretch, options, options.keep === true && this.#keeps(layout, stretch));
      const outputs = await program.program.run(await this.#feeds(layout, stretch, program, inputs.at(-1) as Tensor, options, source));
      const y = float32Output(outputs, 'y');
      assertFinite(`the output of ${layersOf(stretch)}`, y.data);
      if (options.adapter === false) inputs.length = 0; // no way back
      inputs.push(y);
      kept.push(program.kept.map((name) => outputs[name] as Tensor));
    }
    const values = await this.#head.forward(layout, inputs.at(-1) as HostTensor<'float32'>, source);
    reference?.release();
    return { layout, options, inputs, kept, ...values };
  }

  /** The gradients of all parameters, from the derivatives of a loss by a pass's logprobs and entropies. @throws NonFiniteError naming a layer. */
  async backward(pass: ForwardPass, derivatives: TokenValues): Promise<ReadonlyMap<string, Float32Array>> {
    const { layout, inputs, kept, options } = pass;
    if (options.adapter === false) throw new Error('a pass of the reference, without the adapter, has no gradient');
    const gradients = new Map<string, Float32Array>([...this.#trained.values].map(([name, { length }]) => [name, new Float32Array(length)]));
    const head = await this.#head.backward(layout, inputs.at(-1) as HostTensor<'float32'>, derivatives);
    assertFinite('the gradient behind the last layer', head.dx.data);
    addAll(gradients, head.weights);
    let dy = head.dx;
    for (const [i, stretch] of [...this.#stretches.entries()].toReversed()) {
      const given = kept[i] as readonly Tensor[];
      const program = await this.#backwardOf(layout, stretch, options, given.length > 0);
      const activations = Object.fromEntries(program.kept.map((name, j) => [name, given[j] as Tensor]));
      const outputs = await program.program.run({ ...(await this.#feeds(layout, stretch, program, inputs[i] as Tensor, options, this.#model.store)), ...activations, dy });
      release(given);
      for (const name of program.trained) gradients.set(absolute(name, stretch), float32Output(outputs, `d.${name}`).data);
      if (!this.#trained.below(stretch.first)) return gradients;
      dy = float32Output(outputs, 'dx');
      assertFinite(`the gradient before ${layersOf(stretch)}`, dy.data);
    }
    await this.#embeddingGradients(layout, dy.data, gradients);
    return gradients;
  }

  /** Forward, the loss's derivatives, backward. */
  async gradients(batch: TrainingBatch, derivatives: (values: TokenValues) => TokenValues, options: ForwardOptions = {}): Promise<{ readonly values: TokenValues; readonly gradients: ReadonlyMap<string, Float32Array> }> {
    const pass = await this.forward(batch, { ...options, keep: true });
    const { logprobs, entropies } = pass;
    return { values: { logprobs, entropies }, gradients: await this.backward(pass, derivatives({ logprobs, entropies })) };
  }

  /** `base`: as before training. */
  async #embed({ ids, length, images }: TokenLayout, base: boolean, reference: ReferenceWeights | undefined): Promise<HostTensor<'float32'>> {
    const { hiddenSize } = this.#model.config.text;
    const x = new Float32Array(length * hiddenSize).fill(this.#padding);
    const known = [...ids.keys()].filter((place) => (ids[place] as number) >= 0);
    const rows = (reference ?? this.#model.store).readRows('model.embed_tokens.weight', known.map((place) => ids[place] as number));
    for (const [i, place] of known.entries()) x.set(rows.subarray(i * hiddenSize, (i + 1) * hiddenSize), place * hiddenSize);
    for (const { image, place } of images) x.set(await (base ? this.#images.ofReference(image, reference) : this.#images.of(image)), place * hiddenSize);
    reference?.release();
    return float32([length, hiddenSize], x);
  }

  /** What flows back into the embedding: to the rows of its tokens, where they are trained, and through the images' features into the vision tower. */
  async #embeddingGradients({ ids, images }: TokenLayout, dx: Float32Array, gradients: Map<string, Float32Array>): Promise<void> {
    const { text: { hiddenSize }, vision: { mergeSize } } = this.#model.config;
    const embedding = gradients.get('model.embed_tokens.weight');
    const imagePlaces = new Set<number>();
    for (const { image, place } of images) {
      const tokens = (image.grid[1] * image.grid[2]) / mergeSize ** 2;
      for (let i = 0; i < tokens; i++) imagePlaces.add(place + i);
      addAll(gradients, await this.#images.gradients(image, dx.subarray(place * hiddenSize, (place + tokens) * hiddenSize)));
    }
    if (!embedding) return;
    for (const [place, id] of ids.entries()) {
      if (id < 0 || imagePlaces.has(place)) continue;
      for (let i = 0; i < hiddenSize; i++) embedding[id * hiddenSize + i]! += dx[place * hiddenSize + i]!;
    }
  }

  async #feeds(layout: TokenLayout, stretch: Stretch, program: LayerProgram, x: Tensor, { adapter = true, dropoutSeed }: ForwardOptions, source: WeightSource): Promise<Record<string, Tensor>> {
    const { text } = this.#model.config;
    const table = (data: Float32Array): Tensor => float32([layout.length, text.headDim / 2], data);
    const feeds: Record<string, Tensor> = { x, cos: table(layout.cos), sin: table(layout.sin) };
    for (const [i, { batch, tokens }] of layout.sizes.entries()) {
      const mask = layout.masks[i] as Float32Array;
      feeds[`mask.${i}`] = float32([tokens, mask.length / tokens], mask);
      if (layout.tree[i]?.batched) feeds[`rows.${i}`] = int64([batch], new Array<number>(batch).fill(0));
    }
    for (const name of program.weights) feeds[name] = await source.operand(absolute(name, stretch));
    for (const name of program.adapters) feeds[name] = this.#trained.tensor(absolute(name, stretch));
    if (program.adapters.length > 0) {
      const kept = dropoutSeed === undefined ? 1 : 1 - this.#trained.dropout;
      feeds['lora_scale'] = float32([], Float32Array.of(adapter ? this.#trained.scale / kept : 0));
    }
    for (const [i, { name, shape }] of program.dropoutMasks.entries()) {
      const [rows, inputs] = shape.map((dim) => evaluateDim(dim, sizesOf(layout))) as [number, number];
      const seed = seedOf(seedOf(dropoutSeed as number, stretch.first), i);
      feeds[name] = hostTensor('bool', [rows, inputs], dropoutMask(seed, rows * inputs, this.#trained.dropout));
    }
    return feeds;
  }

  /** Whether a stretch's activations fit, the last stretch's first: they are needed soonest. */
  #keeps(layout: TokenLayout, { first }: Stretch): boolean {
    const { text } = this.#model.config;
    return (text.layers - first) * keptBytes(text, layout.length) <= this.#activationBytes;
  }

  #graphOptions({ tree }: TokenLayout, { first, layers }: Stretch, { dropoutSeed }: ForwardOptions, keep: boolean): TrainLayersOptions {
    return { layers, tree, keep, tail: first + layers === this.#model.config.text.layers, trained: this.#trained.inLayers(first, layers, dropoutSeed !== undefined), form: this.#model.store.baseForm };
  }

  #forwardOf(layout: TokenLayout, stretch: Stretch, options: ForwardOptions, keep: boolean): Promise<LayerProgram> {
    const graph = this.#graphOptions(layout, stretch, options, keep);
    return this.#programs.get(layout.tree, JSON.stringify(['forward', graph]), sizesOf(layout), () => trainForward(this.#model.config.text, graph));
  }

  #backwardOf(layout: TokenLayout, stretch: Stretch, options: ForwardOptions, keep: boolean): Promise<LayerProgram> {
    const graph = this.#graphOptions(layout, stretch, options, keep);
    return this.#programs.get(layout.tree, JSON.stringify(['backward', graph]), sizesOf(layout), () => trainBackward(this.#model.config.text, graph));
  }
}

function requireProvider({ runtime: { settings: { provider } } }: LoadedModel, known: readonly Provider[], what: string): void {
  if (known.includes(provider)) return;
  throw new InputError({ thing: 'model.provider', expected: `${known.join(' or ')}, where ${what} can be trained`, found: provider, remedy: `Set it to ${known.join(' or ')}.` });
}

/** Gives the memory of tensors back at once: the garbage collector would leave those of a pass beside those of the next. */
function release(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) {
    if (tensor.kind === 'device') tensor.release();
    else (tensor.data.buffer as ArrayBuffer).transfer(0);
  }
}

const layersOf = ({ first, layers }: Stretch): string => (layers === 1 ? `layer ${first}` : `layers ${first} to ${first + layers - 1}`);

/** A parameter's name in the checkpoint: layers of a graph are counted from the stretch's first. */
const absolute = (name: string, { first }: Stretch): string => name.replace(/^model\.layers\.(\d+)\./, (_, i: string) => `model.layers.${first + Number(i)}.`);

/** Values of the tree's symbols. */
const sizesOf = ({ sizes }: TokenLayout): Bindings => ({ r: 0, ...Object.fromEntries(sizes.flatMap(({ batch, tokens }, i) => [[`B.${i}`, batch], [`S.${i}`, tokens]])) });
