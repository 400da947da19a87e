import type { Graph } from '../../onnx/graph.ts';
import { providerTraits } from '../../runtime/provider.ts';
import { type Program, float32Output } from '../../runtime/session.ts';
import { type HostTensor, type Tensor, float32, int64 } from '../../runtime/tensor.ts';
import { type HeadOptions, headWeights, trainHeadBackward, trainHeadForward } from '../graphs/train-head.ts';
import type { LoadedModel } from '../load.ts';
import type { TokenValues } from './batch.ts';
import { addAll } from './gradients.ts';
import type { WeightSource } from './reference-weights.ts';
import type { TokenLayout } from './token-layout.ts';

// Logits of a chunk, 16 MiB: never all tokens by the whole vocabulary. But enough tokens to keep the product busy.
const chunkNumbers = 2 ** 22;
const fewestTokens = 128;

/** Tokens that the head takes at a time. */
export const headChunk = (vocabulary: number): number => Math.max(fewestTokens, Math.floor(chunkNumbers / vocabulary));

/** Part of the trained tokens; the sources counted from the start of the tail. */
type Chunk = { readonly ids: Int32Array; readonly sources: Int32Array; readonly indices: Int32Array };

/** The gradient of each trained token's logprob by its row of x, chunk by chunk: [C, hidden]. */
export type Slopes = readonly Float32Array[];

/** The final norm and the LM head of a model, over the trained tokens alone, chunk by chunk. */
export class Head {
  readonly #model: LoadedModel;
  readonly #trained: boolean;
  readonly #temperature: number;
  readonly #programs = new Map<string, Promise<Program>>();

  /** `trained`: whether gradients of the head's own weights are wanted. */
  constructor(model: LoadedModel, { trained, temperature }: { readonly trained: boolean; readonly temperature: number }) {
    this.#model = model;
    this.#trained = trained;
    this.#temperature = temperature;
  }

  /**
   * Logprobs and entropies of the trained tokens from what the last layer made of the tail: x [length − tail, hidden].
   * `keep`: with slopes, where the way back can use them.
   */
  async forward(layout: TokenLayout, x: Tensor, source: WeightSource, keep = false): Promise<TokenValues & { readonly slopes?: Slopes }> {
    const slopes = keep && !this.#trained;
    const program = await this.#program(`forward ${slopes}`, () => trainHeadForward(this.#model.config.text, { ...this.#options, slopes }));
    const weights = await this.#weights(program, source);
    const values = { logprobs: new Float32Array(layout.rowTokens), entropies: new Float32Array(layout.rowTokens), ...(slopes && { slopes: [] as Float32Array[] }) };
    try {
      for (const chunk of this.#chunks(layout)) {
        const outputs = await program.run({ ...weights, ...tokens(x, chunk) });
        values.slopes?.push(float32Output(outputs, 'slopes').data);
        const [logprobs, entropies] = [float32Output(outputs, 'logprobs').data, float32Output(outputs, 'entropies').data];
        for (const [i, index] of chunk.indices.entries()) {
          values.logprobs[index] = logprobs[i] as number;
          values.entropies[index] = entropies[i] as number;
        }
      }
    } finally {
      source.done(Object.values(weights));
    }
    return values;
  }

  /** The gradient of x, and of the head's weights where they are trained; a tied head's is the embedding's. */
  async backward(layout: TokenLayout, x: Tensor, derivatives: TokenValues, slopes?: Slopes): Promise<{ readonly dx: HostTensor<'float32'>; readonly weights: ReadonlyMap<string, Float32Array> }> {
    const { store, config: { text } } = this.#model;
    const entropy = derivatives.entropies.some((value) => value !== 0);
    if (slopes && !entropy) return { dx: this.#alongSlopes(layout, x.shape, derivatives.logprobs, slopes), weights: new Map() };
    const program = await this.#program(`backward ${entropy}`, () => trainHeadBackward(text, { ...this.#options, entropy, weights: this.#trained }));
    const weights = await this.#weights(program, store);
    const dx = new Float32Array(x.shape.reduce((n, dim) => n * dim, 1));
    const gradients = new Map<string, Float32Array>();
    try {
      for (const chunk of this.#chunks(layout)) {
        const column = (values: Float32Array): Tensor => float32([chunk.indices.length, 1], Float32Array.from(chunk.indices, (index) => values[index] as number));
        const outputs = await program.run({
          ...weights,
          ...tokens(x, chunk),
          d_logprobs: column(derivatives.logprobs),
          ...(entropy && { d_entropies: column(derivatives.entropies) }),
        });
        addRows(dx, float32Output(outputs, 'dx').data, chunk.sources, text.hiddenSize);
        for (const name of this.#trained ? headWeights : []) {
          const canonical = name === 'lm_head.weight' && text.tiedHead ? 'model.embed_tokens.weight' : name;
          addAll(gradients, new Map([[canonical, float32Output(outputs, `d.${name}`).data]]));
        }
      }
    } finally {
      store.done(Object.values(weights));
    }
    return { dx: float32(x.shape, dx), weights: gradients };
  }

  #alongSlopes(layout: TokenLayout, shape: readonly number[], dLogprobs: Float32Array, slopes: Slopes): HostTensor<'float32'> {
    const { hiddenSize } = this.#model.config.text;
    const dx = new Float32Array(shape.reduce((n, dim) => n * dim, 1));
    for (const [i, { sources, indices }] of [...this.#chunks(layout)].entries()) {
      addRows(dx, slopes[i] as Float32Array, sources, hiddenSize, (row) => dLogprobs[indices[row] as number] as number);
    }
    return float32(shape, dx);
  }

  get #options(): HeadOptions {
    const { runtime, store } = this.#model;
    return { form: store.baseForm, temperature: this.#temperature, logSoftmax: providerTraits[runtime.settings.provider].logSoftmax };
  }

  *#chunks({ trained, tail }: TokenLayout): Generator<Chunk> {
    const most = headChunk(this.#model.config.text.vocabSize);
    for (let start = 0; start < trained.ids.length; start += most) {
      const [ids, sources, indices] = [trained.ids, trained.sources, trained.indices].map((all) => all.subarray(start, start + most)) as [Int32Array, Int32Array, Int32Array];
      yield { ids, sources: sources.map((place) => place - tail), indices };
    }
  }

  async #weights({ graph }: Program, source: WeightSource): Promise<Record<string, Tensor>> {
    const feeds: Record<string, Tensor> = {};
    for (const { name } of graph.inputs) if (headWeights.some((weight) => name.startsWith(weight))) feeds[name] = await source.operand(name);
    return feeds;
  }

  #program(key: string, write: () => Graph): Promise<Program> {
    const known = this.#programs.get(key) ?? this.#model.runtime.program(write(), { memoryPattern: false });
    this.#programs.set(key, known);
    return known;
  }
}

const tokens = (x: Tensor, { ids, sources }: Chunk): Record<string, Tensor> => ({ x, sources: int64([sources.length], [...sources]), targets: int64([ids.length, 1], [...ids]) });

/** Adds row i, times its factor, to row places[i]. */
function addRows(target: Float32Array, rows: Float32Array, places: Int32Array, size: number, factorOf: (row: number) => number = () => 1): void {
  for (const [row, place] of places.entries()) {
    const factor = factorOf(row);
    for (let i = 0; i < size; i++) target[place * size + i]! += factor * rows[row * size + i]!;
  }
}
