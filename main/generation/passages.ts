import type { LanguageModel, TokenScores } from '../model/language-model.ts';
import { InputError } from '../records/input-error.ts';
import { type HostTensor, float32 } from '../runtime/tensor.ts';
import type { EmbeddedPassage } from './context.ts';
import { type CacheShape, type PrefixCache, type RowCache, emptyPrefix, emptyRow, extendRow } from './key-value-cache.ts';
import { causalMask } from './masks.ts';

/** Prompt tokens of one run: the scores of more would fill the memory, fewer would leave the processor idle. */
export const promptChunk = 512;

export const cacheShape = ({ config: { text } }: LanguageModel): CacheShape => ({ layers: text.layers, kvHeads: text.kvHeads, headDim: text.headDim });

export const noPrefix = (model: LanguageModel): PrefixCache => emptyPrefix(cacheShape(model));

export const startOfRow = (model: LanguageModel) => ({ cache: emptyRow(cacheShape(model)), nextPosition: 0 });

export type ReadOptions = {
  /** Scores after every token, not only after the last. */
  readonly allScores?: boolean;
  /** Called after each run, with the tokens read so far; what it throws ends the reading. */
  readonly onProgress?: (done: number, total: number) => void;
};

/**
 * Runs new tokens of one row through the model, behind a prefix and what the row already has.
 * @returns the row with the tokens in it, the scores after the last, and after each that was asked for.
 */
export async function readPassage(model: LanguageModel, prefix: PrefixCache, row: RowCache, embedded: EmbeddedPassage, { allScores = false, onProgress = () => {} }: ReadOptions = {}) {
  const shape = cacheShape(model);
  assertFits(model, prefix.length + row.length + embedded.tokens, 'conversation');
  let cache = row;
  const read: TokenScores[] = [];
  for (const part of chunks(model, embedded)) {
    const own = ownTensors(shape, cache);
    const logitRows = allScores ? Array.from({ length: part.tokens }, (_, i) => i) : [part.tokens - 1];
    const output = await model.forward({ ...part, batch: 1, prefixes: [prefix], ...own, mask: causalMask(part.tokens, cache.length, own.ownCapacity), logitRows });
    cache = extendRow(shape, cache, { keys: output.newKeys, values: output.newValues });
    read.push(...output.scores);
    onProgress(cache.length - row.length, embedded.tokens);
  }
  const scores = read.at(-1);
  if (!scores) throw new Error('a passage needs one token or more');
  return { cache, nextPosition: embedded.nextPosition, scores, read };
}

/** A row's own past as inputs; one closed place where it has none, because not every provider takes empty tensors. */
function ownTensors({ kvHeads, headDim }: CacheShape, row: RowCache) {
  const ownCapacity = Math.max(1, row.length);
  const tensor = (data: Float32Array): HostTensor<'float32'> =>
    float32([kvHeads, 1, ownCapacity, headDim], row.length > 0 ? data : new Float32Array(kvHeads * headDim));
  return { ownCapacity, ownKeys: row.keys.map(tensor), ownValues: row.values.map(tensor) };
}

function* chunks({ config: { text } }: LanguageModel, { tokens, x, cos, sin }: EmbeddedPassage) {
  for (let start = 0; start < tokens; start += promptChunk) {
    const end = Math.min(tokens, start + promptChunk);
    const part = (data: Float32Array, size: number): Float32Array => data.subarray(start * size, end * size);
    yield { tokens: end - start, x: part(x, text.hiddenSize), cos: part(cos, text.headDim / 2), sin: part(sin, text.headDim / 2) };
  }
}

/** @param what is to be read, in words. @throws InputError where it is longer than the model's context. */
export function assertFits({ config: { text } }: LanguageModel, tokens: number, what: string): void {
  if (tokens <= text.maxPositions) return;
  throw new InputError({
    thing: what,
    expected: `at most ${text.maxPositions} tokens, the model's context (max_position_embeddings)`,
    found: `${tokens} tokens`,
    remedy: 'Shorten the text, or lower the image resolution with a smaller number of pixels.',
  });
}
