import { expect, test } from 'vitest';
import type { GraphBuilder } from '../../../../main/onnx/builder.ts';
import { type Dim, multiplyDims, symbol } from '../../../../main/onnx/dim.ts';
import { add, affine, cast, concat, matmul, multiply, negate, reshape, rmsNorm, scale, silu, slice, softmax, transpose, transposeMatrix } from '../../../../main/onnx/expressions.ts';
import type { Value } from '../../../../main/onnx/graph.ts';
import { hostTensor, int64 } from '../../../../main/runtime/tensor.ts';
import { RandomInputs } from '../random-inputs.ts';
import { compareGradient } from './finite-differences.ts';

const [heads, size, hidden, wide, vocabulary] = [2, 4, 8, 6, 5];
const [batch, tokens] = [2, 3];
const [B, S] = [symbol('B'), symbol('S')] as const;

/** Rotate-half: the second half of each head turned into the first. */
function turned(g: GraphBuilder, x: Value, cos: Value, sin: Value): Value {
  const rotated = concat(g, [negate(g, slice(g, x, -1, size / 2, size)), slice(g, x, -1, 0, size / 2)], -1);
  return add(g, multiply(g, x, cos), multiply(g, rotated, sin));
}

/** [B, S, hidden] → [B, heads, S, size]. */
const byHead = (g: GraphBuilder, x: Value): Value => transpose(g, reshape(g, x, [B, S, heads, size]), [0, 2, 1, 3]);

function decoderBlock(g: GraphBuilder, x: readonly Value[]): Value {
  const [stream, norm1, wq, bq, wk, wv, wo, norm2, gate, up, down, norm3, head] = x as [Value, Value, Value, Value, Value, Value, Value, Value, Value, Value, Value, Value, Value];
  const input = (name: string, shape: readonly Dim[]): Value => cast(g, g.input(name, 'float32', shape), 'float64');
  const [cos, sin, mask] = [input('cos', [S, size]), input('sin', [S, size]), input('mask', [S, S])];
  const h = rmsNorm(g, stream, norm1, 1e-6);
  const q = turned(g, byHead(g, affine(g, h, wq, bq)), cos, sin);
  const k = turned(g, byHead(g, affine(g, h, wk)), cos, sin);
  const weights = softmax(g, add(g, scale(g, matmul(g, q, transposeMatrix(g, k)), size ** -0.5), mask));
  const mixed = reshape(g, transpose(g, matmul(g, weights, byHead(g, affine(g, h, wv))), [0, 2, 1, 3]), [B, S, hidden]);
  const attended = add(g, stream, affine(g, mixed, wo));
  const m = rmsNorm(g, attended, norm2, 1e-6);
  const out = add(g, attended, affine(g, multiply(g, silu(g, affine(g, m, gate)), affine(g, m, up)), down));
  const logits = affine(g, rmsNorm(g, out, norm3, 1e-6), head);
  const logprobs = g.op('LogSoftmax', [reshape(g, logits, [multiplyDims(B, S), vocabulary])], { axis: -1 });
  return g.op('GatherElements', [logprobs, g.input('tokens', 'int64', [multiplyDims(B, S), 1])], { axis: 1 });
}

test('the gradient of a decoder block’s logprobs is their finite difference, for its input and every weight', async () => {
  const random = new RandomInputs(1, { B: batch, S: tokens });
  const rows = batch * tokens;
  const angles = Float32Array.from({ length: tokens * size }, (_, i) => Math.floor(i / size) * 10 ** -(i % (size / 2)));
  const shapes = [[B, S, hidden], [hidden], [hidden, hidden], [hidden], [hidden, hidden], [hidden, hidden], [hidden, hidden], [hidden], [wide, hidden], [wide, hidden], [hidden, wide], [hidden], [vocabulary, hidden]];
  const comparison = await compareGradient({
    shapes,
    feeds: {
      cos: hostTensor('float32', [tokens, size], angles.map(Math.cos)),
      sin: hostTensor('float32', [tokens, size], angles.map(Math.sin)),
      mask: hostTensor('float32', [tokens, tokens], Float32Array.from({ length: tokens ** 2 }, (_, i) => (i % tokens > Math.floor(i / tokens) ? -1e9 : 0))),
      tokens: int64([rows, 1], Array.from({ length: rows }, () => random.int(0, vocabulary - 1))),
    },
    build: decoderBlock,
  }, random);
  expect(comparison.worst).toBeLessThan(1e-7);
  expect(comparison.largest).toBeGreaterThan(0.1);
});
