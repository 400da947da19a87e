import { type Bindings, evaluateDim } from '../../onnx/dim.ts';
import { type HostTensor, type Tensor, float32, hostTensor, release } from '../../runtime/tensor.ts';
import { InputError } from '../../records/input-error.ts';
import { type Provider, providerTraits } from '../../runtime/provider.ts';
import type { Feeds } from '../../runtime/compiled.ts';
import { float32Output } from '../../runtime/session.ts';
import type { Adapter } from '../folder/adapter.ts';
import { type ForwardOutputs, type TrainLayersOptions, keptBytes, trainBackward, trainForward } from '../graphs/train-layers.ts';
import { inParts } from '../graphs/train-mlp.ts';
import type { LoadedModel } from '../load.ts';
import type { TokenValues, TrainingBatch } from './batch.ts';
import { dropoutMask, seedOf } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { FiniteWatch } from './finite-watch.ts';
import { addAll, assertFinite } from './gradients.ts';
import { Head, type Slopes } from './head.ts';
import { type LayerProgram, LayerPrograms } from './layer-programs.ts';
import { ReferenceWeights, type WeightSource } from './reference-weights.ts';
import { type TokenLayout, layOut } from './token-layout.ts';
import { TreeInputs } from './tree-inputs.ts';
import { ImageFeatures } from './image-features.ts';
import { trainedOn } from './trained-on.ts';
import { type TrainedParameters, fullParameters, loraParameters } from './trained-parameters.ts';

const mebibyte = 1024 ** 2;

export type TrainingOptions = {
  /** Layers whose activations are in memory at a time; only the inputs of each such stretch are kept between forward and backward. */
  readonly layersPerRun?: number;
  /** Bytes of activations that a forward pass may keep for the backward one, which then need not compute them again; 512 MiB where left out. */
  readonly activationBytes?: number;
  /** Bytes that the compiled programs of earlier batches may hold; 256 MiB where left out. */
  readonly programBytes?: number;
  /** Whether the MLP takes tokens in parts; where left out, as inParts has it. */
  readonly parted?: boolean;
  /** Of the policy: logprobs and entropies are those of logits / temperature; 1 where left out. */
  readonly temperature?: number;
  /** What stands in the padding. It changes nothing, which tests show. */
  readonly padding?: number;
  /** The adapter that training began with, on the same modules: with it, and not without any, the model is the reference policy. */
  readonly reference?: Adapter;
};

export type ForwardOptions = {
  /** Off: the model as it was before training, which is the reference policy. Its adapter is then none, or the one that training began with. */
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
  /** What every layer is fed, see TreeInputs. */
  readonly shared: Readonly<Record<string, Tensor>>;
  /** What goes into each stretch of layers [length, hidden], and last into the head [length − tail, hidden]; none where there is no way back. */
  readonly inputs: readonly Tensor[];
  /** The activations that a stretch keeps, where it does. */
  readonly kept: readonly (readonly Tensor[])[];
  /** What the head leaves, where it does. */
  readonly slopes?: Slopes;
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
  readonly #activationBytes: number;
  readonly #parted: boolean | undefined;
  readonly #embedding: Embedding;
  readonly #head: Head;
  readonly #programs: LayerPrograms;
  readonly #treeInputs: TreeInputs;
  readonly #watch: FiniteWatch;
  /** Whether what goes from layer to layer stays on a device. */
  readonly #onDevice: boolean;
  /** Where the weights themselves change. */
  readonly #reference: ReferenceWeights | undefined;
  /** What was trained before, where that is an adapter that training began with. */
  readonly #begun: TrainedParameters | undefined;

  private constructor(model: LoadedModel, trained: TrainedParameters, { layersPerRun = 1, activationBytes = 512 * mebibyte, programBytes = 256 * mebibyte, parted, temperature = 1, padding = 0, reference }: TrainingOptions) {
    const { layers } = model.config.text;
    this.#model = model;
    this.#trained = trained;
    this.#activationBytes = activationBytes;
    this.#parted = parted;
    this.#begun = reference && loraParameters(reference);
    this.#embedding = new Embedding(model, new ImageFeatures(model, trained, this.#begun), padding);
    this.#head = new Head(model, { trained: trained.full, temperature });
    this.#programs = new LayerPrograms(model, programBytes);
    this.#onDevice = providerTraits[model.runtime.settings.provider].deviceTensors;
    this.#treeInputs = new TreeInputs(model.runtime, this.#onDevice);
    this.#watch = new FiniteWatch(model.runtime);
    this.#reference = trained.full ? new ReferenceWeights(model.store, layersPerRun) : undefined;
    this.#stretches = Array.from({ length: Math.ceil(layers / layersPerRun) }, (_, i) => ({ first: i * layersPerRun, layers: Math.min(layersPerRun, layers - i * layersPerRun) }));
  }

  /**
   * Trains the matrices of an adapter, in place; the weights of the model stay as they are, in whatever form they were loaded.
   * @throws InputError for a provider that adapters are not trained on.
   */
  static lora(model: LoadedModel, adapter: Adapter, options: TrainingOptions = {}): TrainingModel {
    requireProvider(model, trainedOn.lora, 'an adapter');
    return new TrainingModel(model, loraParameters(adapter), options);
  }

  /**
   * Trains all weights of the text model in place, and those of the vision tower where asked; they must be loaded as float32.
   * @throws InputError for another provider than the CPU, and for quantised weights.
   */
  static async full(model: LoadedModel, settings: { readonly vision: boolean }, options: TrainingOptions = {}): Promise<TrainingModel> {
    requireProvider(model, trainedOn.full, 'all weights');
    return new TrainingModel(model, await fullParameters(model, settings.vision), options);
  }

  /** What is trained, by name: "model.layers.0.self_attn.q_proj.lora_A", or as in a checkpoint. An optimizer changes them in place. */
  get parameters(): ReadonlyMap<string, Float32Array> {
    return this.#trained.values;
  }

  /** Log-probabilities of the rows' masked tokens, and entropies. @throws RangeError for a batch that does not agree with itself, see layOut; NonFiniteError naming a layer, the head or the vision tower. */
  async forward(batch: TrainingBatch, options: ForwardOptions = {}): Promise<ForwardPass> {
    const layout = layOut(batch, this.#model.config);
    const base = options.adapter === false;
    const reference = base ? this.#reference : undefined;
    const source = reference ?? this.#model.store;
    const inputs: Tensor[] = [await this.#embedding.rows(layout, base, reference, options.dropoutSeed)];
    const kept: (readonly Tensor[])[] = [];
    const shared = await this.#treeInputs.of(layout);
    try {
      for (const stretch of this.#stretches) {
        const program = await this.#forwardOf(layout, stretch, options);
        const { y, squares, ...more } = await this.#run({ layout, shared, options }, stretch, program, { x: inputs.at(-1) as Tensor }, source);
        if (base) release(inputs.splice(0)); // no way back
        inputs.push(y as Tensor);
        kept.push(program.kept.map((name) => more[name] as Tensor));
        this.#watch.see(`the output of ${layersOf(stretch)}`, y as Tensor, squares);
      }
      await this.#watch.settle();
      const values = await this.#head.forward(layout, inputs.at(-1) as Tensor, source, options.keep);
      for (const each of [values.logprobs, values.entropies]) assertFinite('the output of the head', each);
      if (base) this.forget({ inputs: inputs.splice(0), kept, shared });
      return { layout, options, shared, inputs, kept, ...values };
    } catch (error) {
      this.#watch.forget();
      this.forget({ inputs, kept, shared });
      throw error;
    } finally {
      reference?.release();
    }
  }

  /** Gives back what a pass holds that has no way back to go. */
  forget({ inputs, kept, shared }: Pick<ForwardPass, 'inputs' | 'kept' | 'shared'>): void {
    release([...inputs, ...kept.flat(), ...Object.values(shared).filter(({ kind }) => kind === 'device')]);
  }

  /**
   * The gradients of all parameters, from the derivatives of a loss by a pass's logprobs and entropies. What the pass held
   * is given back, so a pass goes back once.
   * @throws NonFiniteError naming a layer.
   */
  async backward(pass: ForwardPass, derivatives: TokenValues): Promise<ReadonlyMap<string, Float32Array>> {
    if (pass.options.adapter === false) throw new Error('a pass of the reference, without the adapter, has no gradient');
    const gradients = new Map<string, Float32Array>([...this.#trained.values].map(([name, { length }]) => [name, new Float32Array(length)]));
    try {
      const dx = await this.#layersBackward(pass, derivatives, gradients);
      await this.#watch.settle();
      if (dx) await this.#embedding.addGradients(pass.layout, dx.data, gradients, pass.options.dropoutSeed);
      return gradients;
    } finally {
      this.#watch.forget();
      this.forget(pass);
    }
  }

  /** Through the head and the layers; the gradient of what went into the first layer, where something below is trained. */
  async #layersBackward({ layout, shared, inputs, kept, slopes, options }: ForwardPass, derivatives: TokenValues, gradients: Map<string, Float32Array>): Promise<HostTensor<'float32'> | undefined> {
    const head = await this.#head.backward(layout, inputs.at(-1) as Tensor, derivatives, slopes);
    assertFinite('the gradient behind the last layer', head.dx.data);
    addAll(gradients, head.weights);
    let dy: Tensor = head.dx;
    for (const [i, stretch] of [...this.#stretches.entries()].toReversed()) {
      const given = await this.#activations({ layout, shared, options }, stretch, inputs[i] as Tensor, kept[i] as readonly Tensor[]);
      const program = await this.#backwardOf(layout, stretch, options);
      const activations = Object.fromEntries(program.kept.map((name, j) => [name, given[j] as Tensor]));
      const outputs = await this.#run({ layout, shared, options }, stretch, program, { x: inputs[i] as Tensor, ...activations, dy });
      release([...given, dy, inputs[i] as Tensor]);
      for (const name of program.trained) gradients.set(absolute(name, stretch), float32Output(outputs, `d.${name}`).data);
      dy = outputs['dx'] as Tensor;
      this.#watch.see(`the gradient before ${layersOf(stretch)}`, dy, outputs['squares']);
      if (this.#trained.below(stretch.first)) continue;
      release([dy]);
      return undefined;
    }
    return dy as HostTensor<'float32'>;
  }

  /** What the way back of a stretch takes: what the way forth has kept, else computed again. */
  async #activations({ layout, shared, options }: Pick<ForwardPass, 'layout' | 'shared' | 'options'>, stretch: Stretch, x: Tensor, kept: readonly Tensor[]): Promise<readonly Tensor[]> {
    if (kept.length > 0) return kept;
    const program = await this.#forwardProgram(layout, this.#graphOptions(layout, stretch, options), { y: false, activations: true });
    const outputs = await this.#run({ layout, shared, options }, stretch, program, { x });
    return program.kept.map((name) => outputs[name] as Tensor);
  }

  /** Forward, the loss's derivatives, backward. */
  async gradients(batch: TrainingBatch, derivatives: (values: TokenValues) => TokenValues, options: ForwardOptions = {}): Promise<{ readonly values: TokenValues; readonly gradients: ReadonlyMap<string, Float32Array> }> {
    const pass = await this.forward(batch, { ...options, keep: true });
    const { logprobs, entropies } = pass;
    return { values: { logprobs, entropies }, gradients: await this.backward(pass, derivatives({ logprobs, entropies })) };
  }

  /** A program of a stretch of layers, given what goes from one to the next. */
  async #run({ layout, shared, options: { adapter = true, dropoutSeed } }: Pick<ForwardPass, 'layout' | 'shared' | 'options'>, stretch: Stretch, { program, weights, adapters: modules, dropoutMasks }: LayerProgram, given: Feeds, source: WeightSource = this.#model.store): Promise<Feeds> {
    const feeds: Record<string, Tensor> = { ...given, ...shared };
    for (const name of weights) feeds[name] = await source.operand(absolute(name, stretch));
    const adapters = adapter ? this.#trained : this.#begun;
    for (const name of modules) feeds[name] = (adapters ?? this.#trained).tensor(absolute(name, stretch));
    if (modules.length > 0) {
      const kept = dropoutSeed === undefined ? 1 : 1 - this.#trained.dropout;
      feeds['lora_scale'] = float32([], Float32Array.of(adapters ? adapters.scale / kept : 0));
    }
    for (const { mask: { name, shape }, number } of dropoutMasks) {
      const [rows, inputs] = shape.map((dim) => evaluateDim(dim, sizesOf(layout))) as [number, number];
      const seed = seedOf(seedOf(dropoutSeed as number, stretch.first), number);
      feeds[name] = hostTensor('bool', [rows, inputs], dropoutMask(seed, rows * inputs, this.#trained.dropout));
    }
    try {
      return await program.run(feeds);
    } finally {
      source.done(weights.map((name) => feeds[name] as Tensor));
    }
  }

  /** Whether a stretch's activations fit, the last stretch's first: they are needed soonest. */
  #keeps(layout: TokenLayout, { first }: Stretch): boolean {
    const { text } = this.#model.config;
    return (text.layers - first) * keptBytes(text, layout.length) <= this.#activationBytes;
  }

  #graphOptions({ tree, length }: TokenLayout, { first, layers }: Stretch, { dropoutSeed }: ForwardOptions, adapted = true): TrainLayersOptions {
    const { text } = this.#model.config;
    const trained = this.#trained.inLayers(first, layers, { adapted, dropout: dropoutSeed !== undefined, merged: length > text.hiddenSize });
    return { layers, tree, watched: this.#onDevice, tail: first + layers === text.layers, trained, parted: !this.#trained.full && (this.#parted ?? inParts(text, length)), form: this.#model.store.baseForm };
  }

  #forwardOf(layout: TokenLayout, stretch: Stretch, options: ForwardOptions): Promise<LayerProgram> {
    const keeps = this.#keeps(layout, stretch);
    // The reference has a program without adapters only where it would not be the trained policy's either.
    const adapted = options.adapter !== false || this.#begun !== undefined || !keeps;
    return this.#forwardProgram(layout, this.#graphOptions(layout, stretch, options, adapted), { y: true, activations: options.keep === true && keeps });
  }

  #forwardProgram(layout: TokenLayout, graph: TrainLayersOptions, gives: ForwardOutputs): Promise<LayerProgram> {
    return this.#programs.get(layout.tree, JSON.stringify(['forward', graph, gives]), sizesOf(layout), () => trainForward(this.#model.config.text, graph, gives), () => this.#onDevice);
  }

  #backwardOf(layout: TokenLayout, stretch: Stretch, options: ForwardOptions): Promise<LayerProgram> {
    const graph = this.#graphOptions(layout, stretch, options);
    // The optimizer and what is below the layers want their gradients in memory.
    const last = stretch.first === 0 && this.#trained.below(0);
    const stays = (name: string): boolean => this.#onDevice && (name === 'squares' || (name === 'dx' && !last));
    return this.#programs.get(layout.tree, JSON.stringify(['backward', graph, last]), sizesOf(layout), () => trainBackward(this.#model.config.text, graph), stays);
  }
}

function requireProvider({ runtime: { settings: { provider } } }: LoadedModel, known: readonly Provider[], what: string): void {
  if (known.includes(provider)) return;
  throw new InputError({ thing: 'model.provider', expected: `${known.join(' or ')}, where ${what} can be trained`, found: provider, remedy: `Set it to ${known.join(' or ')}.` });
}

const layersOf = ({ first, layers }: Stretch): string => (layers === 1 ? `layer ${first}` : `layers ${first} to ${first + layers - 1}`);

/** A parameter's name in the checkpoint: layers of a graph are counted from the stretch's first. */
const absolute = (name: string, { first }: Stretch): string => name.replace(/^model\.layers\.(\d+)\./, (_, i: string) => `model.layers.${first + Number(i)}.`);

/** Values of the tree's symbols. */
const sizesOf = ({ sizes }: TokenLayout): Bindings => ({ r: 0, ...Object.fromEntries(sizes.flatMap(({ batch, tokens }, i) => [[`B.${i}`, batch], [`S.${i}`, tokens]])) });
