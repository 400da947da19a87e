import { type HostTensor, type Tensor, float32, int64 } from '../runtime/tensor.ts';
import { type Program, type Runtime, float32Output } from '../runtime/session.ts';
import type { Adapter } from './folder/adapter.ts';
import type { ModelConfig, TextConfig } from './folder/config.ts';
import type { Weights } from './folder/weights.ts';
import { type Segment, decoderSegment } from './graphs/decoder.ts';
import type { ParameterOptions } from './graphs/parameters.ts';
import type { TensorStore } from './tensor-store.ts';

/** One run of the decoder over B rows of S new tokens each; see decoderSegment for the shapes. */
export type ForwardInput = {
  readonly batch: number;
  readonly tokens: number;
  /** Embeddings [B·S, hidden]. */
  readonly x: Float32Array;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** [B, 1, S, R + S] */
  readonly mask: Float32Array;
  readonly prefixKeys: readonly Tensor[];
  readonly prefixValues: readonly Tensor[];
  readonly ownKeys: readonly Tensor[];
  readonly ownValues: readonly Tensor[];
  /** Tokens of own past that the own tensors have room for. */
  readonly ownCapacity: number;
  /** Rows of x that get logits. */
  readonly logitRows: readonly number[];
  /** Called with the hidden states [B·S, hidden] that enter each run of layers. */
  readonly onSegment?: (x: Float32Array) => void;
};

export type ForwardOutput = {
  /** [logitRows, vocab] */
  readonly logits: Float32Array;
  readonly newKeys: readonly HostTensor<'float32'>[];
  readonly newValues: readonly HostTensor<'float32'>[];
};

export type LanguageModelOptions = {
  readonly parameters: ParameterOptions;
  /** Layers that one run goes through; all of them where nothing has to be streamed. */
  readonly layersPerRun: number;
  /** Folder of quantised weights that belong to the sessions. */
  readonly weightsFolder?: string;
};

type CompiledSegment = { readonly segment: Segment; readonly program: Program; readonly parameters: readonly string[] };

/** The decoder of a Qwen2.5-VL: token ids and image features in, logits and new keys and values out. */
export class LanguageModel {
  readonly config: ModelConfig;
  readonly #weights: Weights;
  readonly #store: TensorStore;
  readonly #segments: readonly CompiledSegment[];
  readonly #lora: boolean;
  #adapterFeeds: ReadonlyMap<string, Tensor> = new Map();

  private constructor(config: ModelConfig, weights: Weights, store: TensorStore, segments: readonly CompiledSegment[], lora: boolean) {
    this.config = config;
    this.#weights = weights;
    this.#store = store;
    this.#segments = segments;
    this.#lora = lora;
  }

  static async load(config: ModelConfig, weights: Weights, runtime: Runtime, store: TensorStore, options: LanguageModelOptions): Promise<LanguageModel> {
    const segments = await Promise.all(
      segmentsOf(config.text, options.layersPerRun).map(async (segment): Promise<CompiledSegment> => {
        const { graph, parameters } = decoderSegment(config.text, segment, options.parameters);
        const program = await runtime.program(graph, options.weightsFolder ? { weightsFolder: options.weightsFolder } : {});
        return { segment, program, parameters };
      }),
    );
    const model = new LanguageModel(config, weights, store, segments, options.parameters.lora);
    if (options.parameters.lora) model.setAdapter(undefined);
    return model;
  }

  /** Embedding rows of token ids: [ids, hidden]. */
  embed(ids: readonly number[]): Float32Array {
    const { hiddenSize } = this.config.text;
    const x = new Float32Array(ids.length * hiddenSize);
    for (const [i, id] of ids.entries()) x.set(this.#weights.readRows('model.embed_tokens.weight', id, 1), i * hiddenSize);
    return x;
  }

  /**
   * Puts an adapter in place of the one before, without compiling anything; undefined or a scale of 0 is the base model.
   * @throws Error when the model was loaded without room for adapters.
   */
  setAdapter(adapter: Adapter | undefined, scale = 1): void {
    if (!this.#lora) throw new Error('the model was loaded without adapters; load it with adapters on');
    this.#adapterFeeds = new Map(
      this.#segments.flatMap(({ segment, parameters }) => loraNames(parameters).map((name) => [absolute(name, segment), adapterMatrix(this.config.text, adapter, absolute(name, segment), scale)] as const)),
    );
  }

  async forward(input: ForwardInput): Promise<ForwardOutput> {
    const { text } = this.config;
    const rows = input.batch * input.tokens;
    const shared = {
      mask: float32([input.batch, 1, input.tokens, input.ownCapacity + input.tokens], input.mask),
      cos: float32([rows, text.headDim / 2], input.cos),
      sin: float32([rows, text.headDim / 2], input.sin),
    };
    const newKeys: HostTensor<'float32'>[] = [];
    const newValues: HostTensor<'float32'>[] = [];
    let x: HostTensor<'float32'> = float32([rows, text.hiddenSize], input.x);
    for (const compiled of this.#segments) {
      const { segment, program } = compiled;
      const feeds: Record<string, Tensor> = { ...shared, x, ...(await this.#parameterFeeds(compiled)) };
      for (let i = 0; i < segment.end - segment.first; i++) {
        const layer = segment.first + i;
        feeds[`prefix_keys.${i}`] = input.prefixKeys[layer] as Tensor;
        feeds[`prefix_values.${i}`] = input.prefixValues[layer] as Tensor;
        feeds[`own_keys.${i}`] = input.ownKeys[layer] as Tensor;
        feeds[`own_values.${i}`] = input.ownValues[layer] as Tensor;
      }
      if (segment.head) feeds['logit_rows'] = int64([input.logitRows.length], input.logitRows);
      input.onSegment?.(x.data);
      const outputs = await program.run(feeds);
      for (let i = 0; i < segment.end - segment.first; i++) {
        newKeys.push(float32Output(outputs, `new_keys.${i}`));
        newValues.push(float32Output(outputs, `new_values.${i}`));
      }
      x = float32Output(outputs, segment.head ? 'logits' : 'y');
    }
    return { logits: x.data, newKeys, newValues };
  }

  async #parameterFeeds({ segment, parameters }: CompiledSegment): Promise<Record<string, Tensor>> {
    const feeds: Record<string, Tensor> = {};
    for (const name of parameters) {
      const weight = absolute(name, segment);
      const own = this.config.text.tiedHead && weight.startsWith('lm_head.weight') ? weight.replace('lm_head.weight', 'model.embed_tokens.weight') : weight;
      feeds[name] = this.#adapterFeeds.get(weight) ?? (await this.#store.get(own));
    }
    return feeds;
  }
}

/** The layers cut into runs of equal length; the last run carries the head. */
function segmentsOf({ layers }: TextConfig, layersPerRun: number): readonly Segment[] {
  return Array.from({ length: Math.ceil(layers / layersPerRun) }, (_, i) => {
    const end = Math.min(layers, (i + 1) * layersPerRun);
    return { first: i * layersPerRun, end, head: end === layers };
  });
}

/** A parameter's name in the checkpoint: layers are counted from the segment's first. */
const absolute = (name: string, { first }: Segment): string =>
  name.replace(/^model\.layers\.(\d+)\./, (_, i: string) => `model.layers.${first + Number(i)}.`);

const loraNames = (names: readonly string[]): readonly string[] => names.filter((name) => /\.lora_[AB]$/.test(name));

/** A or α/r·B of one module; a rank of one zero where the adapter leaves the module alone. */
function adapterMatrix(text: TextConfig, adapter: Adapter | undefined, name: string, scale: number): Tensor {
  const module = name.replace(/^model\./, '').replace(/\.lora_[AB]$/, '');
  const isA = name.endsWith('.lora_A');
  const found = adapter?.matrices.get(module);
  if (found && isA) return float32([found.rank, found.a.length / found.rank], found.a);
  if (found) return float32([found.b.length / found.rank, found.rank], found.b.map((value) => value * found.scale * scale));
  const size = projectionSize(text, module)[isA ? 'inputs' : 'outputs'];
  return float32(isA ? [1, size] : [size, 1], new Float32Array(size));
}

function projectionSize({ hiddenSize, heads, kvHeads, headDim, intermediateSize }: TextConfig, module: string): { readonly inputs: number; readonly outputs: number } {
  const sizes: Readonly<Record<string, readonly [number, number]>> = {
    q_proj: [hiddenSize, heads * headDim],
    k_proj: [hiddenSize, kvHeads * headDim],
    v_proj: [hiddenSize, kvHeads * headDim],
    o_proj: [heads * headDim, hiddenSize],
    gate_proj: [hiddenSize, intermediateSize],
    up_proj: [hiddenSize, intermediateSize],
    down_proj: [intermediateSize, hiddenSize],
  };
  const [inputs, outputs] = sizes[module.slice(module.lastIndexOf('.') + 1)] ?? [0, 0];
  return { inputs, outputs };
}
