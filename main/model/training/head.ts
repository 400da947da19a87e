import { float32Output } from '../../runtime/session.ts';
import { type HostTensor, type Tensor, float32, int64 } from '../../runtime/tensor.ts';
import { headWeights, trainHeadBackward, trainHeadForward } from '../graphs/train-head.ts';
import type { LoadedModel } from '../load.ts';
import type { TokenValues } from './batch.ts';
import type { TokenLayout } from './token-layout.ts';

// Logits of a chunk, 16 MiB: never all tokens by the whole vocabulary. But enough tokens to keep the product busy.
const chunkNumbers = 2 ** 22;
const fewestTokens = 128;

/** Part of the trained tokens; the sources counted from the start of the tail. */
type Chunk = { readonly ids: Int32Array; readonly sources: Int32Array; readonly indices: Int32Array };

function* chunks({ trained, tail }: TokenLayout, vocabulary: number): Generator<Chunk> {
  const most = Math.max(fewestTokens, Math.floor(chunkNumbers / vocabulary));
  for (let start = 0; start < trained.ids.length; start += most) {
    const [ids, sources, indices] = [trained.ids, trained.sources, trained.indices].map((all) => all.subarray(start, start + most)) as [Int32Array, Int32Array, Int32Array];
    yield { ids, sources: sources.map((place) => place - tail), indices };
  }
}

async function weightsOf({ store }: LoadedModel): Promise<Record<string, Tensor>> {
  const feeds: Record<string, Tensor> = {};
  for (const name of headWeights) feeds[name] = await store.float32(name);
  return feeds;
}

function tokensOf({ config: { text: { hiddenSize } } }: LoadedModel, x: HostTensor<'float32'>, { ids, sources }: Chunk): Record<string, Tensor> {
  const rows = new Float32Array(ids.length * hiddenSize);
  for (const [i, source] of sources.entries()) rows.set(x.data.subarray(source * hiddenSize, (source + 1) * hiddenSize), i * hiddenSize);
  return { x: float32([ids.length, hiddenSize], rows), targets: int64([ids.length, 1], [...ids]) };
}

/** Logprobs and entropies of the trained tokens from what the last layer made of the tail: x [length − tail, hidden]. */
export async function headForward(model: LoadedModel, layout: TokenLayout, x: HostTensor<'float32'>): Promise<TokenValues> {
  const program = await model.runtime.program(trainHeadForward(model.config.text), { memoryPattern: false });
  const weights = await weightsOf(model);
  const values = { logprobs: new Float32Array(layout.rowTokens), entropies: new Float32Array(layout.rowTokens) };
  for (const chunk of chunks(layout, model.config.text.vocabSize)) {
    const outputs = await program.run({ ...weights, ...tokensOf(model, x, chunk) });
    const [logprobs, entropies] = [float32Output(outputs, 'logprobs').data, float32Output(outputs, 'entropies').data];
    for (const [i, index] of chunk.indices.entries()) {
      values.logprobs[index] = logprobs[i] as number;
      values.entropies[index] = entropies[i] as number;
    }
  }
  return values;
}

/** The gradient of x, and of the head's weights where they are trained; a tied head's is the embedding's. */
export async function headBackward(
  model: LoadedModel,
  layout: TokenLayout,
  x: HostTensor<'float32'>,
  derivatives: TokenValues,
  trained: boolean,
): Promise<{ readonly dx: HostTensor<'float32'>; readonly weights: ReadonlyMap<string, Float32Array> }> {
  const { text } = model.config;
  const entropy = derivatives.entropies.some((value) => value !== 0);
  const program = await model.runtime.program(trainHeadBackward(text, { entropy, weights: trained }), { memoryPattern: false });
  const dx = new Float32Array(x.data.length);
  const gradients = new Map<string, Float32Array>();
  const weights = await weightsOf(model);
  for (const chunk of chunks(layout, text.vocabSize)) {
    const column = (values: Float32Array): Tensor => float32([chunk.indices.length, 1], Float32Array.from(chunk.indices, (index) => values[index] as number));
    const outputs = await program.run({
      ...weights,
      ...tokensOf(model, x, chunk),
      d_logprobs: column(derivatives.logprobs),
      ...(entropy && { d_entropies: column(derivatives.entropies) }),
    });
    addRows(dx, float32Output(outputs, 'dx').data, chunk.sources, text.hiddenSize);
    if (!trained) continue;
    for (const name of headWeights) {
      const canonical = name === 'lm_head.weight' && text.tiedHead ? 'model.embed_tokens.weight' : name;
      const gradient = float32Output(outputs, `d.${name}`).data;
      const sum = gradients.get(canonical);
      if (sum) for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
      else gradients.set(canonical, gradient);
    }
  }
  return { dx: float32(x.shape, dx), weights: gradients };
}

/** Adds row i to row places[i]. */
function addRows(target: Float32Array, rows: Float32Array, places: Int32Array, size: number): void {
  for (const [row, place] of places.entries()) {
    for (let i = 0; i < size; i++) target[place * size + i]! += rows[row * size + i]!;
  }
}
