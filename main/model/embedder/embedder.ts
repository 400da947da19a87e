import path from 'node:path';
import { InputError } from '../../records/input-error.ts';
import { firstNonFinite } from '../../runtime/float-formats.ts';
import { type Runtime, float32Output } from '../../runtime/session.ts';
import { type Tensor, float32, int64 } from '../../runtime/tensor.ts';
import { openSafetensors } from '../folder/safetensors.ts';
import { openTokenizer } from '../text/tokenizer.ts';
import { readBertConfig } from './bert-config.ts';
import { bertGraph } from './bert-graph.ts';

/** Turns texts into vectors of length 1, so that near meanings have a cosine near 1. */
export type Embedder = {
  readonly dimensions: number;
  /** Token ids of a text as the encoder takes them, cut at its limit. @throws InputError for an id without an embedding. */
  tokenize(text: string): readonly number[];
  /** One vector for each text. */
  embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
};

// Tokens that sentence-transformers keeps of a text for all-MiniLM-L6-v2 (sentence_bert_config.json).
const maxTokens = 256;
// Texts of one run, of similar length.
const batchSize = 32;
const closed = -1e9;

/**
 * Opens a BERT sentence embedder (all-MiniLM-L6-v2) from its Hugging Face folder: mean of the last hidden states over the
 * tokens, scaled to length 1.
 * @throws InputError for another architecture, and for weights that are missing, of another size or not finite.
 */
export async function openEmbedder(folder: string, runtime: Runtime): Promise<Embedder> {
  const config = readBertConfig(folder);
  const tokenizer = openTokenizer(folder, 'WordPiece');
  const { graph, weights } = bertGraph(config);
  const tensors = readWeights(path.join(folder, 'model.safetensors'), weights);
  const program = await runtime.program(graph);
  const limit = Math.min(maxTokens, config.maxPositions);
  const tokenize = (text: string): readonly number[] => {
    const ids = tokenizer.encode(text);
    const outside = ids.find((id) => id >= config.vocabSize);
    if (outside !== undefined) {
      throw new InputError({ thing: path.join(folder, 'tokenizer.json'), expected: `token ids below ${config.vocabSize}, the vocab_size of config.json`, found: `${outside} for ${JSON.stringify(tokenizer.spelling(outside))}`, remedy: 'Take tokenizer.json from the same model as config.json.' });
    }
    return ids.length <= limit ? ids : [...ids.slice(0, limit - 1), ids.at(-1) as number]; // the closing token stays
  };
  const run = async (batch: readonly (readonly number[])[]): Promise<Float32Array> => {
    const longest = Math.max(...batch.map((ids) => ids.length));
    const shape = [batch.length, longest];
    const padded = <T>(value: (ids: readonly number[], i: number) => T): T[] => batch.flatMap((ids) => Array.from({ length: longest }, (_, i) => value(ids, i)));
    const feeds: Record<string, Tensor> = {
      ...tensors,
      ids: int64(shape, padded((ids, i) => ids[i] ?? 0)),
      positions: int64(shape, padded((_, i) => i)),
      mask: float32([batch.length, 1, 1, longest], Float32Array.from(padded((ids, i) => (i < ids.length ? 0 : closed)))),
      share: float32([batch.length, 1, longest], Float32Array.from(padded((ids, i) => (i < ids.length ? 1 / ids.length : 0)))),
    };
    return float32Output(await program.run(feeds), 'pooled').data;
  };
  return {
    dimensions: config.hiddenSize,
    tokenize,
    async embed(texts) {
      const tokens = texts.map((text, i) => ({ i, ids: tokenize(text) })).sort((a, b) => a.ids.length - b.ids.length);
      const out = new Array<Float32Array>(texts.length);
      for (let start = 0; start < tokens.length; start += batchSize) {
        const batch = tokens.slice(start, start + batchSize);
        const pooled = await run(batch.map(({ ids }) => ids));
        for (const [row, { i }] of batch.entries()) out[i] = unitLength(pooled.subarray(row * config.hiddenSize, (row + 1) * config.hiddenSize));
      }
      return out;
    },
  };
}

function readWeights(file: string, shapes: ReadonlyMap<string, readonly number[]>): Record<string, Tensor> {
  const weights = openSafetensors(file);
  try {
    return Object.fromEntries(
      [...shapes].map(([name, shape]) => {
        // Checkpoints of a model with a head put the encoder's tensors under `bert.`
        const stored = weights.tensors.has(name) ? name : `bert.${name}`;
        const entry = weights.tensors.get(stored);
        if (entry?.shape.join() !== shape.join()) {
          throw new InputError({ thing: `${file}: tensor ${name}`, expected: `shape [${shape.join(', ')}], as config.json says`, found: entry ? `[${entry.shape.join(', ')}]` : 'no such tensor', remedy: 'Use the config.json that belongs to these weights.' });
        }
        const values = weights.readFloat32(stored);
        const at = firstNonFinite(values);
        if (at >= 0) throw new InputError({ thing: `${file}: tensor ${name}`, expected: 'finite numbers', found: `${values[at]} at index ${at}`, remedy: 'Copy or download the file again.' });
        return [name, float32(shape, values)];
      }),
    );
  } finally {
    weights.close();
  }
}

/** The least length that is divided by is that of torch.nn.functional.normalize, which the reference uses. */
function unitLength(vector: Float32Array): Float32Array {
  const length = Math.max(1e-12, Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)));
  return vector.map((x) => x / length);
}

/** Cosine of two vectors of length 1. @throws RangeError where they are of different models' sizes. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`vectors of ${a.length} and ${b.length} numbers have no cosine`);
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
}
