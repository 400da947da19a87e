import type { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, addDims, multiplyDims, symbol } from '../../onnx/dim.ts';
import { add, concat, expand, matmul, multiply, negate, reduceSum, reshape, scale, softmax, split, transpose, transposeMatrix } from '../../onnx/expressions.ts';
import type { Value } from '../../onnx/graph.ts';
import type { Seed } from '../../onnx/backward.ts';
import type { AttentionSizes } from './attention.ts';

/**
 * A run of tokens that sees the segments before it on its branch, all of their tokens, and itself up to each token.
 * A batched segment stands for B rows of one length with the same past; nothing can follow it. A long row by itself is a
 * chain of segments, `row`.
 */
export type TreeSegment = { readonly parent: number | undefined; readonly batched: boolean; readonly row?: true };

/** Tokens that share what they share: the parts of a prompt, each after the one before, then completions after the last, in buckets or in parts. */
export type TokenTree = readonly TreeSegment[];

const ofRows = ({ batched, row }: TreeSegment): boolean => batched || row === true;

type SegmentDims = { readonly batch: Dim; readonly tokens: Dim; readonly all: Dim };

/** Sizes of each segment: `S.i` tokens, `B.i` rows where it is batched. */
export function treeDims(tree: TokenTree): readonly SegmentDims[] {
  return tree.map(({ batched }, i) => {
    const [batch, tokens] = [batched ? symbol(`B.${i}`) : 1, symbol(`S.${i}`)];
    return { batch, tokens, all: multiplyDims(batch, tokens) };
  });
}

/** Tokens of the whole tree, which lie one segment after the other, the rows of a batched one after the other. */
export const treeTokens = (tree: TokenTree): Dim => addDims(...treeDims(tree).map(({ all }) => all));

/** Segments from the root to this one, without it. */
export function ancestors(tree: TokenTree, segment: number): readonly number[] {
  const { parent } = tree[segment] as TreeSegment;
  return parent === undefined ? [] : [...ancestors(tree, parent), parent];
}

/** Masks of the segments, inputs of the graph: `mask.i` [S, past + S], 0 where a token may look, −1e9 where not; `rows.i` [B], whose size alone counts. */
export function treeMasks(g: GraphBuilder, tree: TokenTree): readonly Value[] {
  const dims = treeDims(tree);
  return tree.map(({ batched }, i) => {
    const { batch, tokens } = dims[i] as SegmentDims;
    if (batched) g.input(`rows.${i}`, 'int64', [batch]);
    const past = ancestors(tree, i).map((ancestor) => (dims[ancestor] as SegmentDims).tokens);
    return g.input(`mask.${i}`, 'float32', [tokens, addDims(...past, tokens)]);
  });
}

/**
 * The end of a tree, which is all that predicts trained tokens: the last token before the rows' segments, and those.
 * First token of it, and the number of its tokens.
 */
export function treeTail(tree: TokenTree): { readonly start: Dim; readonly tokens: Dim } {
  const dims = treeDims(tree);
  const [shared, own] = [false, true].map((rows) => addDims(...dims.filter((_, i) => ofRows(tree[i] as TreeSegment) === rows).map(({ all }) => all))) as [Dim, Dim];
  return { start: addDims(shared, -1), tokens: addDims(1, own) };
}

/** Segments that ask, with their sizes: all of them, or those of the tail, of which the first has one token. */
function asking(tree: TokenTree, tail: boolean): readonly (readonly [segment: number, SegmentDims])[] {
  const all = [...treeDims(tree).entries()];
  if (!tail) return all;
  const last = tree.findLastIndex((segment) => !ofRows(segment));
  return all.flatMap(([i, dims]) => (i < last ? [] : [[i, i === last ? { batch: 1, tokens: 1, all: 1 } : dims] as const]));
}

/** Tokens of each segment that asks. */
export const askingSizes = (tree: TokenTree, tail: boolean): readonly Dim[] => asking(tree, tail).map(([, { all }]) => all);

/** What attention leaves for the way back. */
export type TreeAttention = {
  /** [tokens, heads·headDim] */
  readonly output: Value;
  /** For each segment the mixed values: where the gradient stops on its way down from `output`. */
  readonly mixed: readonly Value[];
  /** Where it goes on, from the gradients of `mixed`: queries, keys and values of each segment. */
  backward(gradients: readonly Value[]): readonly Seed[];
};

/** Attention over a tree of tokens. q [tokens, heads·headDim], of the tree's tail alone where so said, k and v [tokens, kvHeads·headDim]. */
export function treeAttention(
  g: GraphBuilder,
  { tree, tail }: { readonly tree: TokenTree; readonly tail: boolean },
  masks: readonly Value[],
  { q, k, v }: { readonly q: Value; readonly k: Value; readonly v: Value },
  { heads, kvHeads, headDim }: AttentionSizes,
): TreeAttention {
  const dims = treeDims(tree);
  const perKv = heads / kvHeads;
  const cut = (x: Value, sizes: readonly SegmentDims[]): readonly Value[] => split(g, x, 0, sizes.map(({ all }) => all));
  const byHead = (x: Value, { batch, tokens }: SegmentDims): Value => transpose(g, reshape(g, x, [batch, tokens, kvHeads, headDim]), [2, 0, 1, 3]);
  const own = (x: Value): readonly Value[] => cut(x, dims).map((part, i) => byHead(part, dims[i] as SegmentDims));
  const [keys, values] = [own(k), own(v)];

  /** A segment's own rows behind those of its past, which are repeated for each row: [kvHeads, B, past + S, headDim]. */
  const withPast = (parts: readonly Value[], i: number): Value => {
    const past = ancestors(tree, i).map((ancestor) => parts[ancestor] as Value);
    if (past.length === 0) return parts[i] as Value;
    const joined = concat(g, past, 2);
    const repeated = tree[i]?.batched ? expand(g, joined, [kvHeads, (dims[i] as SegmentDims).batch, joined.shape[2] as Dim, headDim]) : joined;
    return concat(g, [repeated, parts[i] as Value], 2);
  };

  const segments = asking(tree, tail);
  const queries = cut(scale(g, q, headDim ** -0.5), segments.map(([, size]) => size));
  const cores = segments.map(([i, { batch, tokens }], at) => {
    const folded = transpose(g, reshape(g, queries[at] as Value, [batch, tokens, kvHeads, perKv, headDim]), [2, 0, 3, 1, 4]);
    const rows = reshape(g, folded, [kvHeads, batch, multiplyDims(perKv, tokens), headDim]);
    // The last token of a segment sees all of it.
    const mask = tail && !ofRows(tree[i] as TreeSegment) ? undefined : masks[i];
    return attentionCore(g, { q: rows, k: withPast(keys, i), v: withPast(values, i) }, mask, perKv);
  });
  const outputs = cores.map(({ mixed }, at) => {
    const { batch, tokens, all } = (segments[at] as (typeof segments)[number])[1];
    const unfolded = transpose(g, reshape(g, mixed, [kvHeads, batch, perKv, tokens, headDim]), [1, 3, 0, 2, 4]);
    return reshape(g, unfolded, [all, heads * headDim]);
  });
  return {
    output: concat(g, outputs, 0),
    mixed: cores.map(({ mixed }) => mixed),
    backward: (gradients) => cores.flatMap((core, at) => core.backward(gradients[at] as Value)),
  };
}

/**
 * softmax(q·kᵀ + mask)·v with q [kvHeads, B, perKv·S, headDim], k and v [kvHeads, B, L, headDim], mask [S, L].
 * Its gradient is written by hand: Σ p·dp over a row of scores is Σ y·dy over the row of the result (FlashAttention,
 * arXiv 2205.14135, appendix B), which is far shorter.
 */
function attentionCore(g: GraphBuilder, { q, k, v }: { readonly q: Value; readonly k: Value; readonly v: Value }, mask: Value | undefined, perKv: number): { readonly mixed: Value; backward(dy: Value): readonly Seed[] } {
  const scores = matmul(g, q, transposeMatrix(g, k));
  const [kvHeads, batch] = scores.shape as [Dim, Dim];
  const masked = mask ? reshape(g, add(g, reshape(g, scores, [kvHeads, batch, perKv, ...mask.shape]), mask), scores.shape) : scores;
  const p = softmax(g, masked);
  const mixed = matmul(g, p, v);
  return {
    mixed,
    backward: (dy) => {
      const along = reduceSum(g, multiply(g, dy, mixed), [-1]);
      // dy·vᵀ − along as one product, with a further column of ones beside v: a pass over the scores less.
      const ones = expand(g, g.scalar('float32', 1), [...v.shape.slice(0, -1), 1]);
      const dp = matmul(g, concat(g, [dy, negate(g, along)], -1), transposeMatrix(g, concat(g, [v, ones], -1)));
      const ds = multiply(g, p, dp);
      // Of the two transposed factors the short ones: onnxruntime packs a transposed factor slowly.
      const gradients = [matmul(g, ds, k), transposeMatrix(g, matmul(g, transposeMatrix(g, q), ds)), transposeMatrix(g, matmul(g, transposeMatrix(g, dy), p))];
      // onnxruntime goes depth first: without one value that needs all three, it would make the scores of every segment,
      // for the queries' gradients, before it needs those of the first again (main/onnx/arena.ts).
      const all = split(g, concat(g, gradients, 2), 2, gradients.map(({ shape }) => shape[2] as Dim));
      return [q, k, v].map((value, i) => ({ value, gradient: all[i] as Value }));
    },
  };
}
