import type { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, multiplyDims } from '../../onnx/dim.ts';
import { add, concat, matmul, reshape, scale, softmax, split, transpose, transposeMatrix } from '../../onnx/expressions.ts';
import type { Value } from '../../onnx/graph.ts';

/** x [rows, heads·size] turned by the angles of cos, sin [rows, size/2] (rotate-half form). */
export function rotary(g: GraphBuilder, x: Value, cos: Value, sin: Value, heads: number): Value {
  // One position for each row of the tables: M-RoPE gives a token three positions, which the tables already combine.
  const rows = reshape(g, x, [1, ...x.shape]);
  const turned = g.op('RotaryEmbedding', [rows, g.constant('int64', [1], [0]), cos, sin], { interleaved: 0, num_heads: heads });
  return reshape(g, turned, x.shape);
}

export type AttentionSizes = { readonly heads: number; readonly kvHeads: number; readonly headDim: number };

/** Keys and values that a run adds: [kvHeads, B, S, headDim]. */
export type NewKeysAndValues = { readonly keys: Value; readonly values: Value };

/** What the tokens of a run attend to besides themselves. */
export type AttentionPast = {
  /** Shared prefixes, each of as many neighbouring rows: keys, transposed [kvHeads, headDim, P], and values [kvHeads, P, headDim]. */
  readonly prefixes: readonly { readonly keys: Value; readonly values: Value }[];
  /** Rows of each prefix; all of B where there is one. */
  readonly block: Dim;
  /** Keys and values of each row's own tokens: [kvHeads, B, R, headDim]. */
  readonly ownKeys: Value;
  readonly ownValues: Value;
  /** 0 where a token may look, −1e9 where not, over [new | own]: [B, 1, S, S + R]. A prefix is open to all its rows. */
  readonly mask: Value;
};

/**
 * Attention of B rows of S new tokens over a prefix that all rows share (or several, each shared by a block of rows), each
 * row's own past, and the new tokens. A prefix's keys are read once for all its rows: its scores are one product with rows
 * and heads folded together. q [B·S, heads·headDim], k and v [B·S, kvHeads·headDim] → [B·S, heads·headDim].
 */
export function sharedPrefixAttention(
  g: GraphBuilder,
  { q, k, v }: { readonly q: Value; readonly k: Value; readonly v: Value },
  past: AttentionPast,
  { heads, kvHeads, headDim }: AttentionSizes,
): { readonly output: Value; readonly added: NewKeysAndValues } {
  const [batch, , tokens] = past.mask.shape as [Dim, Dim, Dim, Dim];
  const perKv = heads / kvHeads;
  const rows = multiplyDims(batch, perKv, tokens);
  const rowsOfOne = multiplyDims(perKv, tokens);
  const newAndOwn = past.mask.shape[3] as Dim;

  const byHead = (x: Value): Value => transpose(g, reshape(g, x, [batch, tokens, kvHeads, headDim]), [2, 0, 1, 3]);
  const queries = transpose(g, reshape(g, scale(g, q, headDim ** -0.5), [batch, tokens, kvHeads, perKv, headDim]), [2, 0, 3, 1, 4]);
  const added = { keys: byHead(k), values: byHead(v) };
  // The new tokens come first, so that room for more own tokens is always at the end: sums over it then add zeros last,
  // and how much room there is changes no bit of a result.
  const keys = concat(g, [added.keys, past.ownKeys], 2);
  const values = concat(g, [added.values, past.ownValues], 2);

  const ownScores = matmul(g, reshape(g, queries, [kvHeads, batch, rowsOfOne, headDim]), transposeMatrix(g, keys));
  const masked = reshape(g, add(g, reshape(g, ownScores, [kvHeads, batch, perKv, tokens, newAndOwn]), past.mask), [kvHeads, rows, newAndOwn]);
  const overOwn = (weights: Value): Value =>
    reshape(g, matmul(g, reshape(g, weights, [kvHeads, batch, rowsOfOne, newAndOwn]), values), [kvHeads, rows, headDim]);
  const overAll = (): Value => {
    const { prefixes } = past;
    const blockRows = multiplyDims(past.block, rowsOfOne);
    const blocks = (x: Value): readonly Value[] => (prefixes.length === 1 ? [x] : split(g, x, 1, prefixes.map(() => blockRows)));
    const [asked, scores] = [blocks(reshape(g, queries, [kvHeads, rows, headDim])), blocks(masked)];
    const parts = prefixes.map(({ keys: prefixKeys, values: prefixValues }, i) => {
      const weights = softmax(g, concat(g, [matmul(g, asked[i] as Value, prefixKeys), scores[i] as Value], -1));
      const [toPrefix, toOwn] = split(g, weights, -1, [prefixKeys.shape[2] as Dim, newAndOwn]) as [Value, Value];
      return { overPrefix: matmul(g, toPrefix, prefixValues), toOwn };
    });
    const joined = (values: readonly Value[]): Value => (values.length === 1 ? (values[0] as Value) : concat(g, values, 1));
    return add(g, joined(parts.map(({ overPrefix }) => overPrefix)), overOwn(joined(parts.map(({ toOwn }) => toOwn))));
  };
  const mixed = past.prefixes.length > 0 ? overAll() : overOwn(softmax(g, masked));
  const output = transpose(g, reshape(g, mixed, [kvHeads, batch, perKv, tokens, headDim]), [1, 3, 0, 2, 4]);
  return { output: reshape(g, output, [multiplyDims(batch, tokens), heads * headDim]), added };
}
