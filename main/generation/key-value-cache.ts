import { type HostTensor, float32 } from '../runtime/tensor.ts';

/** Sizes of the keys and values that one token leaves behind. */
export type CacheShape = { readonly layers: number; readonly kvHeads: number; readonly headDim: number };

/** Keys and values that a run added, for each layer [kvHeads, B, S, headDim]. */
export type Added = { readonly keys: readonly HostTensor<'float32'>[]; readonly values: readonly HostTensor<'float32'>[] };

/** The prompt's keys (transposed) and values, stored once for all its continuations. */
export type PrefixCache = {
  readonly length: number;
  /** For each layer [kvHeads, headDim, length]. */
  readonly keys: readonly HostTensor<'float32'>[];
  /** For each layer [kvHeads, length, headDim]. */
  readonly values: readonly HostTensor<'float32'>[];
};

/** What one continuation added to the prompt: for each layer [kvHeads, length, headDim]. */
export type RowCache = { readonly length: number; readonly keys: readonly Float32Array[]; readonly values: readonly Float32Array[] };

const eachLayer = <T>({ layers }: CacheShape, make: (layer: number) => T): readonly T[] => Array.from({ length: layers }, (_, i) => make(i));

export function emptyPrefix(shape: CacheShape): PrefixCache {
  const { kvHeads, headDim } = shape;
  return {
    length: 0,
    keys: eachLayer(shape, () => float32([kvHeads, headDim, 0], new Float32Array(0))),
    values: eachLayer(shape, () => float32([kvHeads, 0, headDim], new Float32Array(0))),
  };
}

export const emptyRow = (shape: CacheShape): RowCache => ({
  length: 0,
  keys: eachLayer(shape, () => new Float32Array(0)),
  values: eachLayer(shape, () => new Float32Array(0)),
});

/** A row as a prefix that others share; its values stay where they are. */
export function prefixOf(shape: CacheShape, { length, keys, values }: RowCache): PrefixCache {
  const { kvHeads, headDim } = shape;
  return {
    length,
    keys: keys.map((layer) => {
      const out = new Float32Array(layer.length);
      for (let row = 0; row < kvHeads * headDim; row++) {
        let from = Math.floor(row / headDim) * length * headDim + (row % headDim);
        for (let at = row * length; at < (row + 1) * length; at++, from += headDim) out[at] = layer[from] as number;
      }
      return float32([kvHeads, headDim, length], out);
    }),
    values: values.map((layer) => float32([kvHeads, length, headDim], layer)),
  };
}

/** Two stretches of one row, one after the other. */
export function joinRows({ kvHeads, headDim }: CacheShape, first: RowCache, second: RowCache): RowCache {
  const join = (a: readonly Float32Array[], b: readonly Float32Array[]): readonly Float32Array[] =>
    a.map((layer, i) => joinTokens(kvHeads, headDim, layer, first.length, b[i] as Float32Array, second.length));
  return { length: first.length + second.length, keys: join(first.keys, second.keys), values: join(first.values, second.values) };
}

/** A row's cache with the tokens of a run of this row alone behind it. */
export function extendRow(shape: CacheShape, row: RowCache, added: Added): RowCache {
  const { kvHeads, headDim } = shape;
  const tokens = added.keys[0]?.shape[2] ?? 0;
  const join = (before: Float32Array | undefined, more: HostTensor<'float32'> | undefined): Float32Array =>
    joinTokens(kvHeads, headDim, before as Float32Array, row.length, (more as HostTensor<'float32'>).data, tokens);
  return {
    length: row.length + tokens,
    keys: eachLayer(shape, (i) => join(row.keys[i], added.keys[i])),
    values: eachLayer(shape, (i) => join(row.values[i], added.values[i])),
  };
}

/** [heads, a, size] and [heads, b, size] joined along the tokens. */
function joinTokens(heads: number, size: number, first: Float32Array, a: number, second: Float32Array, b: number): Float32Array {
  const out = new Float32Array(heads * (a + b) * size);
  for (let head = 0; head < heads; head++) {
    out.set(first.subarray(head * a * size, (head + 1) * a * size), head * (a + b) * size);
    out.set(second.subarray(head * b * size, (head + 1) * b * size), (head * (a + b) + a) * size);
  }
  return out;
}
