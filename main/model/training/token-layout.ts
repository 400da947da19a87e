import type { ModelConfig, TextConfig } from '../folder/config.ts';
import type { TokenTree, TreeSegment } from '../graphs/train-attention.ts';
import { mropePositions, rotaryTables } from '../positions.ts';
import type { PatchedImage } from '../vision-model.ts';
import type { TrainingBatch, TrainingPassage } from './batch.ts';
import { bucketsOf } from './buckets.ts';

/** Added to the score of a place that a token may not look at. */
const closed = -1e9;

// A part of the prompt looks only at itself and those before it: almost half of the scores are then never computed.
// Their number is a power of two, so that few shapes of trees occur: each is compiled for itself.
const partTokens = 256;
const mostParts = 32;

function partsOf(tokens: number): readonly number[] {
  const parts = Math.min(mostParts, 2 ** Math.ceil(Math.log2(Math.max(1, tokens / partTokens))));
  const size = Math.ceil(tokens / parts);
  return Array.from({ length: parts }, (_, i) => Math.min(size, tokens - i * size));
}

// Scores of one bucket, 16 MiB: more would leave the processor's caches between one operation and the next.
const bucketScores = 2 ** 22;

// Scores of one row, 64 MiB: a row with more is cut into parts as the prompt is, so that those of one part are there at a time.
const rowScores = 2 ** 24;

// Another bucket is some sixty more operations in a layer, which take as long as this many products with a weight (measured).
const bucketWeights = 12e6;

const layerWeights = ({ hiddenSize, heads, kvHeads, headDim, intermediateSize }: TextConfig): number => hiddenSize * (2 * (heads + kvHeads) * headDim + 3 * intermediateSize);

/**
 * A group's tokens in the order in which they go through the model: the prompt once, in parts, then the rows in buckets of
 * similar length. A row goes as far as its last trained token's predecessor.
 */
export type TokenLayout = {
  readonly tree: TokenTree;
  /** Rows and tokens of each segment of the tree. */
  readonly sizes: readonly { readonly batch: number; readonly tokens: number }[];
  /** Tokens of all segments, padding included. */
  readonly length: number;
  /** At each place a token id, −1 for padding: [length] */
  readonly ids: Int32Array;
  /** Where each image's features go. */
  readonly images: readonly { readonly image: PatchedImage; readonly place: number }[];
  /** [length, headDim / 2] */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** For each segment [tokens, past + tokens]. */
  readonly masks: readonly Float32Array[];
  /** First place of the tree's tail (treeTail). */
  readonly tail: number;
  /** The trained tokens: their ids, the place that predicts each, and their index among all tokens of the rows. */
  readonly trained: { readonly ids: Int32Array; readonly sources: Int32Array; readonly indices: Int32Array };
  /** Tokens of all rows. */
  readonly rowTokens: number;
};

/** @throws RangeError when a mask is not as long as its row, the prompt is empty, or images and image tokens do not agree. */
export function layOut(batch: TrainingBatch, config: ModelConfig): TokenLayout {
  const { prompt, rows } = batch;
  if (prompt.ids.length === 0) throw new RangeError('a prompt needs one token or more');
  for (const [row, { ids, mask }] of rows.entries()) if (mask.length !== ids.length) throw new RangeError(`row ${row}: a mask of ${mask.length} for ${ids.length} tokens`);

  const lastTrained = rows.map(({ mask }) => Array.from(mask).lastIndexOf(1));
  const scores = (length: number): number => config.text.heads * length * (prompt.ids.length + length);
  const buckets = bucketsOf(lastTrained.map((last) => Math.max(0, last)), {
    most: (length) => Math.floor(bucketScores / scores(length)),
    cost: Math.max(1, bucketWeights / layerWeights(config.text)),
  });
  const parts = partsOf(prompt.ids.length);
  const bucketTokens = buckets.map((bucket) => Math.max(...bucket.map((row) => lastTrained[row] as number)));
  const segments: Segment[] = chain(parts, undefined, 0, false);
  for (const [i, bucket] of buckets.entries()) {
    const tokens = bucketTokens[i] as number;
    const past = { parent: parts.length - 1, past: prompt.ids.length };
    if (scores(tokens) > rowScores) segments.push(...chain(partsOf(tokens), past, segments.length, true));
    else segments.push({ ...past, tokens, batch: bucket.length, batched: true });
  }
  const tree: TokenTree = segments.map(({ parent, batched, row }) => ({ parent, batched, ...(row && { row }) }));
  const sizes = segments.map(({ batch, tokens }) => ({ batch, tokens }));
  const length = sizes.reduce((n, { batch: many, tokens }) => n + many * tokens, 0);

  const places = new Writer(length, config);
  const next = places.write(prompt, 0, 0, prompt.ids.length);
  const starts = new Map<number, number>();
  let place = prompt.ids.length;
  for (const [i, bucket] of buckets.entries()) {
    for (const row of bucket) {
      starts.set(row, place);
      places.write(rows[row] as TrainingPassage, next, place, lastTrained[row] as number);
      place += bucketTokens[i] as number;
    }
  }
  return {
    tree, sizes, length, ids: places.ids, images: places.images, ...rotaryTables(places.positions, config.text),
    masks: segments.map(({ tokens, past }) => causal(tokens, past)),
    tail: prompt.ids.length - 1,
    trained: trainedTokens(batch, (row, token) => (token === 0 ? prompt.ids.length - 1 : (starts.get(row) as number) + token - 1)),
    rowTokens: rows.reduce((n, { ids }) => n + ids.length, 0),
  };
}

type Segment = TreeSegment & { readonly batch: number; readonly tokens: number; /** Tokens before it on its branch. */ readonly past: number };

/** One stretch of tokens in parts, each after the one before; `first` is the index of the first among all segments. */
function chain(parts: readonly number[], after: { readonly parent: number; readonly past: number } | undefined, first: number, row: boolean): Segment[] {
  let past = after?.past ?? 0;
  return parts.map((tokens, i) => {
    const segment = { parent: i === 0 ? after?.parent : first + i - 1, batch: 1, tokens, past, batched: false, ...(row && { row }) };
    past += tokens;
    return segment;
  });
}

/** Puts passages at their places. */
class Writer {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  readonly images: { readonly image: PatchedImage; readonly place: number }[] = [];
  readonly #length: number;
  readonly #config: ModelConfig;

  constructor(length: number, config: ModelConfig) {
    this.ids = new Int32Array(length).fill(-1);
    this.positions = new Int32Array(3 * length);
    this.#length = length;
    this.#config = config;
  }

  /** The first `count` tokens of a passage whose first position is `start`; returns the position after the whole passage. */
  write({ ids, images }: TrainingPassage, start: number, place: number, count: number): number {
    const { tokens: { image: imageToken }, vision: { mergeSize } } = this.#config;
    const { positions, next } = mropePositions(ids, images.map(({ grid }) => grid), { imageToken, mergeSize }, start);
    this.ids.set(ids.slice(0, count), place);
    for (let axis = 0; axis < 3; axis++) this.positions.set(positions.subarray(axis * ids.length, axis * ids.length + count), axis * this.#length + place);
    let token = 0;
    for (const image of images) {
      token = ids.indexOf(imageToken, token);
      if (token >= count) break;
      this.images.push({ image, place: place + token });
      token += (image.grid[1] * image.grid[2]) / mergeSize ** 2;
    }
    return next;
  }
}

/** Each token sees the past and itself with what is before it. */
function causal(tokens: number, past: number): Float32Array {
  const width = past + tokens;
  const mask = new Float32Array(tokens * width);
  for (let i = 0; i < tokens; i++) mask.fill(closed, i * width + past + i + 1, (i + 1) * width);
  return mask;
}

function trainedTokens({ rows }: TrainingBatch, sourceOf: (row: number, token: number) => number): TokenLayout['trained'] {
  const found: { id: number; source: number; index: number }[] = [];
  let first = 0;
  for (const [row, { ids, mask }] of rows.entries()) {
    for (const [token, id] of ids.entries()) if (mask[token] === 1) found.push({ id, source: sourceOf(row, token), index: first + token });
    first += ids.length;
  }
  const column = (pick: (each: (typeof found)[number]) => number): Int32Array => Int32Array.from(found, pick);
  return { ids: column(({ id }) => id), sources: column(({ source }) => source), indices: column(({ index }) => index) };
}
