import { withOwnWeights } from '../onnx/own-weights.ts';
import { type DeviceTensor, type HostTensor, type Tensor, float32, hostTensor, int64 } from '../runtime/tensor.ts';
import { providerTraits } from '../runtime/provider.ts';
import { type Program, type Runtime, deviceOutput, float32Output } from '../runtime/session.ts';
import { DecoderAdapter } from './decoder-adapter.ts';
import type { Adapter } from './folder/adapter.ts';
import type { ModelConfig } from './folder/config.ts';
import { refusedBySystem } from './folder/file-errors.ts';
import { type Segment, decoderSegment } from './graphs/decoder.ts';
import type { ParameterOptions, Placement } from './graphs/parameters.ts';
import { copyFolder } from './quantize/cache.ts';
import type { TensorStore } from './tensor-store.ts';

/** Keys (transposed [kvHeads, headDim, length]) and values [kvHeads, length, headDim] of each layer. */
export type SharedPrefix = { readonly length: number; readonly keys: readonly Tensor[]; readonly values: readonly Tensor[] };

/** One run of the decoder over B rows of S new tokens each; see decoderSegment for the shapes. */
export type ForwardInput = {
  readonly batch: number;
  readonly tokens: number;
  /** Embeddings [B·S, hidden]. */
  readonly x: Float32Array;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** [B, 1, S, S + R] over [new | own] */
  readonly mask: Float32Array;
  /** What rows share: one prefix of all of them, which may be empty, or several, each of an equal block of rows. */
  readonly prefixes: readonly SharedPrefix[];
  readonly ownKeys: readonly Tensor[];
  readonly ownValues: readonly Tensor[];
  /** Tokens of own past that the own tensors have room for. */
  readonly ownCapacity: number;
  /**
   * Where each row's one new token goes among its own tokens, which then come back on the device with it: bytes of 0 and 1
   * [1, B, R, 1]. For a model with a `cacheRuntime`.
   */
  readonly writeAt?: Uint8Array;
  /** Rows of x that get logits. */
  readonly logitRows: readonly number[];
  /** Called with the hidden states [B·S, hidden] that enter each run of layers. */
  readonly onSegment?: (x: Float32Array) => void;
};

/** What the model says of the next token. */
export type TokenScores = {
  /** [vocab] */
  readonly logits: Float32Array;
  /** ln Σ exp(logit): a token's logprob is its logit less this. */
  readonly logNormaliser: number;
  /** Probabilities of blocks of neighbouring tokens, together 1: [vocab / block]. */
  readonly masses: Float32Array;
};

export type ForwardOutput = {
  /** One for each of logitRows. */
  readonly scores: readonly TokenScores[];
  readonly newKeys: readonly HostTensor<'float32'>[];
  readonly newValues: readonly HostTensor<'float32'>[];
  /** Where `writeAt` was given: the own keys and values with the new tokens, on the device. The caller releases them. */
  readonly writtenKeys: readonly DeviceTensor[];
  readonly writtenValues: readonly DeviceTensor[];
};

export type LanguageModelOptions = {
  readonly parameters: ParameterOptions;
  /** Layers that one run goes through; all of them where nothing has to be streamed. */
  readonly layersPerRun: number;
  /** Folder of quantised weights that belong to the sessions. */
  readonly weightsFolder?: string;
  /** Whether steps of one token have sessions with weights of their own (packing.ts). The weights must not change then. */
  readonly packed?: boolean;
};

type CompiledSegment = { readonly segment: Segment; readonly program: Program; readonly parameters: readonly string[] };

/** The decoder of a Qwen2.5-VL: token ids and image features in, logits and new keys and values out. */
export class LanguageModel {
  readonly config: ModelConfig;
  readonly #runtime: Runtime;
  readonly #store: TensorStore;
  readonly #options: LanguageModelOptions;
  readonly #adapter: DecoderAdapter;

  constructor(config: ModelConfig, runtime: Runtime, store: TensorStore, options: LanguageModelOptions) {
    this.config = config;
    this.#runtime = runtime;
    this.#store = store;
    this.#options = options;
    this.#adapter = new DecoderAdapter(config);
    if (options.parameters.lora) this.setAdapter(undefined);
  }

  /** Whether one run can serve blocks of rows with a prefix each: weights that belong to a session are there for one graph only. */
  get sharesPrefixes(): boolean {
    return this.#options.parameters.placement.kind === 'inputs';
  }

  /**
   * Where what runs share can stay on a device between them; undefined where it is to come from memory: on a CPU, where
   * layers are streamed to make room, and where weights belong to a session, because runs that write caches have one of their own.
   */
  get cacheRuntime(): Runtime | undefined {
    const { layersPerRun, parameters } = this.#options;
    const whole = layersPerRun >= this.config.text.layers && parameters.placement.kind === 'inputs';
    return whole && providerTraits[this.#runtime.settings.provider].deviceTensors ? this.#runtime : undefined;
  }

  /** Embedding rows of token ids: [ids, hidden]. */
  embed(ids: readonly number[]): Float32Array {
    return this.#store.readRows('model.embed_tokens.weight', ids);
  }

  /**
   * Puts an adapter in place of the one before, without compiling anything; undefined or a scale of 0 is the base model.
   * @throws Error when the model was loaded without room for adapters.
   */
  setAdapter(adapter: Adapter | undefined, scale = 1): void {
    if (!this.#options.parameters.lora) throw new Error('the model was loaded without adapters; load it with adapters on');
    this.#adapter.set(adapter, scale);
  }

  /** Gives back what it has on a device besides its weights, which are the store's. */
  release(): Promise<void> {
    return this.#adapter.retire();
  }

  forward(input: ForwardInput): Promise<ForwardOutput> {
    return this.#adapter.during(() => this.#forward(input));
  }

  async #forward(input: ForwardInput): Promise<ForwardOutput> {
    const { text } = this.config;
    const rows = input.batch * input.tokens;
    const blocks = input.prefixes.length;
    const shared = {
      mask: float32([blocks, input.batch / blocks, input.tokens, input.ownCapacity + input.tokens], input.mask),
      cos: float32([rows, text.headDim / 2], input.cos),
      sin: float32([rows, text.headDim / 2], input.sin),
      ...(input.writeAt && { write_at: hostTensor('bool', [1, input.batch, input.ownCapacity, 1], input.writeAt) }),
    };
    const newKeys: HostTensor<'float32'>[] = [];
    const newValues: HostTensor<'float32'>[] = [];
    const writtenKeys: DeviceTensor[] = [];
    const writtenValues: DeviceTensor[] = [];
    let scores: readonly TokenScores[] = [];
    let x: HostTensor<'float32'> = float32([rows, text.hiddenSize], input.x);
    for (const segment of this.#segments(input)) {
      const compiled = await this.#compiled(segment, this.#options.packed === true && input.tokens === 1);
      const feeds: Record<string, Tensor> = { ...shared, x, ...(await this.#parameterFeeds(compiled)) };
      for (let i = 0; i < segment.end - segment.first; i++) {
        const layer = segment.first + i;
        for (const [k, prefix] of segment.prefixes === 0 ? [] : input.prefixes.entries()) {
          feeds[`prefix_keys.${i}.${k}`] = prefix.keys[layer] as Tensor;
          feeds[`prefix_values.${i}.${k}`] = prefix.values[layer] as Tensor;
        }
        feeds[`own_keys.${i}`] = input.ownKeys[layer] as Tensor;
        feeds[`own_values.${i}`] = input.ownValues[layer] as Tensor;
      }
      if (segment.head) feeds['logit_rows'] = int64([input.logitRows.length], input.logitRows);
      input.onSegment?.(x.data);
      const outputs = await compiled.program.run(feeds);
      for (let i = 0; i < segment.end - segment.first; i++) {
        if (!segment.writesOwn) {
          newKeys.push(float32Output(outputs, `new_keys.${i}`));
          newValues.push(float32Output(outputs, `new_values.${i}`));
          continue;
        }
        const [keys, values] = [0, 1].map((part) => leadingPart(float32Output(outputs, 'new_keys_and_values'), i * 2 + part, text.kvHeads)) as [HostTensor<'float32'>, HostTensor<'float32'>];
        newKeys.push(keys);
        newValues.push(values);
        writtenKeys.push(deviceOutput(outputs, `written_keys.${i}`));
        writtenValues.push(deviceOutput(outputs, `written_values.${i}`));
      }
      if (segment.head) scores = scoresOf(outputs, input.logitRows.length);
      else x = float32Output(outputs, 'y');
    }
    return { scores, newKeys, newValues, writtenKeys, writtenValues };
  }

  /** The layers cut into runs of equal length; the last run carries the head. */
  #segments({ prefixes: given, writeAt }: ForwardInput): readonly Segment[] {
    const { layersPerRun, parameters } = this.#options;
    const { layers } = this.config.text;
    // Weights that belong to a session are there once: the one session must serve an empty prefix too.
    const prefixes = given.some(({ length }) => length > 0) || parameters.placement.kind === 'initializers' ? given.length : 0;
    return Array.from({ length: Math.ceil(layers / layersPerRun) }, (_, i) => {
      const end = Math.min(layers, (i + 1) * layersPerRun);
      return { first: i * layersPerRun, end, head: end === layers, prefixes, ...(writeAt && { writesOwn: true }) };
    });
  }

  readonly #graphs = new Map<string, Promise<CompiledSegment>>();

  #compiled(segment: Segment, packed: boolean): Promise<CompiledSegment> {
    const key = JSON.stringify([segment, packed]);
    const known = this.#graphs.get(key) ?? this.#compile(segment, packed);
    this.#graphs.set(key, known);
    return known;
  }

  async #compile(segment: Segment, packed: boolean): Promise<CompiledSegment> {
    const { parameters: options, weightsFolder } = this.#options;
    const { placement } = options;
    const own: Placement = placement.kind === 'inputs' ? placement : { kind: 'initializers', slice: (name) => placement.slice(absolute(name, segment)) };
    const { graph, parameters } = decoderSegment(this.config.text, segment, { ...options, placement: own });
    if (packed) {
      const weights = await this.#weightsOf(segment, parameters);
      return { segment, program: await this.#runtime.program(withOwnWeights(graph, weights)), parameters: parameters.filter((name) => !weights.has(name)) };
    }
    const onDevice = graph.outputs.flatMap(({ name }) => (name.startsWith('written_') ? [name] : []));
    const compiled = this.#runtime.program(graph, { ...(weightsFolder && { weightsFolder }), ...(onDevice.length > 0 && { onDevice }) });
    // The model file is written beside the weights that it names.
    const program = await (weightsFolder === undefined ? compiled : compiled.catch(refusedBySystem(weightsFolder, copyFolder)));
    return { segment, program, parameters };
  }

  /** Bytes of a segment's parameters but for an adapter's, which are exchanged. */
  async #weightsOf(segment: Segment, parameters: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const fixed = parameters.filter((name) => !this.#adapter.has(absolute(name, segment)));
    return new Map(await Promise.all(fixed.map(async (name) => [name, bytesOf(await this.#store.get(absolute(name, segment)))] as const)));
  }

  async #parameterFeeds({ segment, parameters }: CompiledSegment): Promise<Record<string, Tensor>> {
    const feeds: Record<string, Tensor> = {};
    for (const name of parameters) {
      const weight = absolute(name, segment);
      feeds[name] = await (this.#adapter.feed(weight, this.cacheRuntime) ?? this.#store.get(weight));
    }
    return feeds;
  }
}

function bytesOf(tensor: Tensor): Uint8Array {
  if (tensor.kind !== 'host') throw new Error('weights on a device cannot be packed');
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function scoresOf(outputs: Readonly<Record<string, Tensor>>, rows: number): readonly TokenScores[] {
  const [logits, masses, topLogit, topProbability] = ['logits', 'masses', 'top_logit', 'top_probability'].map((name) => float32Output(outputs, name).data) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const part = (data: Float32Array, row: number): Float32Array => data.subarray((row * data.length) / rows, ((row + 1) * data.length) / rows);
  return Array.from({ length: rows }, (_, row) => ({
    logits: part(logits, row),
    masses: part(masses, row),
    logNormaliser: (topLogit[row] as number) - Math.log(topProbability[row] as number),
  }));
}

/** Part k of a tensor that is cut along its first axis into parts of `size`; the data is the tensor's own. */
function leadingPart({ shape: [all, ...rest], data }: HostTensor<'float32'>, k: number, size: number): HostTensor<'float32'> {
  const one = (data.length / (all as number)) * size;
  return float32([size, ...rest], data.subarray(k * one, (k + 1) * one));
}

/** A parameter's name in the checkpoint: layers are counted from the segment's first. */
const absolute = (name: string, { first }: Segment): string =>
  name.replace(/^model\.layers\.(\d+)\./, (_, i: string) => `model.layers.${first + Number(i)}.`);
