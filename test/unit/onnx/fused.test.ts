import { describe, expect, test } from 'vitest';
import type { GraphBuilder } from '../../../main/onnx/builder.ts';
import { type Dim, symbol } from '../../../main/onnx/dim.ts';
import { add, cast, concat, gather, matmul, multiply, negate, reshape, rmsNorm, scale, slice, softmax, transpose, transposeMatrix } from '../../../main/onnx/expressions.ts';
import type { Value } from '../../../main/onnx/graph.ts';
import { type HostTensor, int64 } from '../../../main/runtime/tensor.ts';
import { erf } from './gradients/erf.ts';
import { RandomInputs } from './random-inputs.ts';
import { numbersOf, runGraph } from './run-graph.ts';

const double = (g: GraphBuilder, x: Value): Value => cast(g, x, 'float64');

/** Largest difference, relative to the largest expected number. */
function relativeError(found: HostTensor | undefined, expected: readonly number[]): number {
  const numbers = numbersOf(found);
  expect(numbers.length).toBe(expected.length);
  return Math.max(...numbers.map((x, i) => Math.abs(x - (expected[i] as number)))) / Math.max(...expected.map(Math.abs));
}

/** Runs the operator in float32 and its composition in float64 on the same inputs. */
async function errorOf(build: (g: GraphBuilder) => { fused: Value; composed: Value }, feeds: Readonly<Record<string, HostTensor>>): Promise<number> {
  const { fused, composed } = await runGraph(build, feeds);
  return relativeError(fused, numbersOf(composed));
}

/** x / √(mean of squares + ε) · weight over rows as long as the weight. */
function rmsReference(x: readonly number[], weight: readonly number[], epsilon: number): readonly number[] {
  const width = weight.length;
  return x.map((each, i) => {
    const row = x.slice(i - (i % width), i - (i % width) + width);
    return (each / Math.sqrt(row.reduce((sum, y) => sum + y * y, 0) / width + epsilon)) * (weight[i % width] as number);
  });
}

const exact = 2e-6;

describe('one operator computes what several do', () => {
  test.each([[[5, 8]], [[2, 3, 8]], [[1, 1]], [[2, 1024]]])('SimplifiedLayerNormalization of %j is x / rms(x) · weight', async (shape) => {
    const random = new RandomInputs(1);
    const [x, w] = [random.float32(shape), random.float32(shape.slice(-1))];
    for (const epsilon of [1e-6, 0.5]) {
      const { y } = await runGraph((g) => ({ y: rmsNorm(g, g.input('x', 'float32', shape), g.input('w', 'float32', shape.slice(-1)), epsilon) }), { x, w });
      expect(relativeError(y, rmsReference(numbersOf(x), numbersOf(w), epsilon))).toBeLessThan(exact);
    }
  });

  test.each([[[5, 8], false], [[2, 3, 8], false], [[2, 3, 8], true], [[2, 1024], true]] as const)('SkipSimplifiedLayerNormalization of %j (bias: %s) is the sum, normalised, and the sum', async (shape, biased) => {
    const random = new RandomInputs(2);
    const names = ['x', 'skip', 'w', ...(biased ? ['b'] : [])];
    const feeds = Object.fromEntries(names.map((name) => [name, random.float32(name === 'x' || name === 'skip' ? shape : shape.slice(-1))]));
    const { normal, sum } = await runGraph((g) => {
      const inputs = names.map((name) => g.input(name, 'float32', (feeds[name] as HostTensor).shape));
      const [normal, mean, deviation, sum] = g.node('SkipSimplifiedLayerNormalization', inputs, { epsilon: 1e-6 }, 4);
      expect([mean, deviation]).toEqual([undefined, undefined]);
      return { normal: normal as Value, sum: sum as Value };
    }, feeds);
    const [x, skip, w, b = []] = names.map((name) => numbersOf(feeds[name])) as [readonly number[], readonly number[], readonly number[], (readonly number[])?];
    const total = x.map((each, i) => each + (skip[i] as number) + (b[i % w.length] ?? 0));
    expect(relativeError(sum, total)).toBeLessThan(exact);
    expect(relativeError(normal, rmsReference(total, w, 1e-6))).toBeLessThan(exact);
  });

  test.each([['a row for each token', 1], ['rows from an offset on', 2]])('RotaryEmbedding by %s is x·cos + rotateHalf(x)·sin', async (_, seed) => {
    const random = new RandomInputs(seed);
    const [batch, tokens, heads, half, rows] = [2, 3, 2, 4, 9];
    const offset = seed === 2;
    const positions = offset ? int64([1], [4]) : int64([batch, tokens], [8, 0, 3, 3, 5, 1]);
    const places = offset ? int64([batch, tokens], [4, 5, 6, 4, 5, 6]) : positions;
    const width = 2 * half * heads;
    expect(await errorOf((g) => {
      const x = g.input('x', 'float32', [batch, tokens, width]);
      const [cos, sin] = [g.input('cos', 'float32', [rows, half]), g.input('sin', 'float32', [rows, half])];
      const at = g.input('places', 'int64', [batch, tokens]);
      const angles = (table: Value): Value => reshape(g, gather(g, double(g, table), at), [batch, tokens, 1, half]);
      const byHead = reshape(g, double(g, x), [batch, tokens, heads, 2 * half]);
      const [a, b] = [slice(g, byHead, -1, 0, half), slice(g, byHead, -1, half, 2 * half)];
      const turned = concat(g, [add(g, multiply(g, a, angles(cos)), multiply(g, negate(g, b), angles(sin))), add(g, multiply(g, b, angles(cos)), multiply(g, a, angles(sin)))], -1);
      return {
        fused: g.op('RotaryEmbedding', [x, g.input('positions', 'int64', positions.shape), cos, sin], { interleaved: 0, num_heads: heads }),
        composed: reshape(g, turned, [batch, tokens, width]),
      };
    }, { x: random.float32([batch, tokens, width]), cos: random.float32([rows, half]), sin: random.float32([rows, half]), positions, places })).toBeLessThan(exact);
  });

  // 700 keys are several of the blocks that the operator streams over.
  test.each([[2, 5, 5, 3, 4, 4, undefined], [1, 1, 9, 2, 4, 6, undefined], [2, 70, 700, 2, 16, 16, undefined], [1, 3, 4, 1, 2, 2, 0.25]])(
    'MultiHeadAttention of %i × %i queries on %i keys, %i heads of %i and %i, scale %s, is softmax(q·kᵀ)·v',
    async (batch, queries, keys, heads, size, valueSize, factor) => {
      const random = new RandomInputs(3, { S: queries, L: keys });
      const [S, L] = [symbol('S'), symbol('L')];
      expect(await errorOf((g) => {
        const input = (name: string, tokens: Dim, width: number): Value => g.input(name, 'float32', [batch, tokens, heads * width]);
        const [q, k, v] = [input('q', S, size), input('k', L, size), input('v', L, valueSize)];
        const byHead = (x: Value, width: number): Value => transpose(g, reshape(g, double(g, x), [batch, x.shape[1] as Dim, heads, width]), [0, 2, 1, 3]);
        const scores = scale(g, matmul(g, byHead(q, size), transposeMatrix(g, byHead(k, size))), factor ?? size ** -0.5);
        const mixed = transpose(g, matmul(g, softmax(g, scores), byHead(v, valueSize)), [0, 2, 1, 3]);
        return {
          fused: g.op('MultiHeadAttention', [q, k, v], { num_heads: heads, ...(factor && { scale: factor }) }),
          composed: reshape(g, mixed, [batch, S, heads * valueSize]),
        };
      }, { q: random.float32([batch, queries, heads * size]), k: random.float32([batch, keys, heads * size]), v: random.float32([batch, keys, heads * valueSize]) })).toBeLessThan(exact);
    },
  );

  // onnxruntime itself puts these two in the place of their compositions, so the compositions are computed here.
  test.each([1, 1.702])('QuickGelu with alpha %d is x·σ(alpha·x), SiLU where alpha is 1', async (alpha) => {
    const x = new RandomInputs(4).float32([40, 50]);
    const { y } = await runGraph((g) => ({ y: g.op('QuickGelu', [g.input('x', 'float32', [40, 50])], { alpha }) }), { x });
    expect(relativeError(y, numbersOf(x).map((each) => each / (1 + Math.exp(-alpha * each))))).toBeLessThan(exact);
  });

  test('Gelu is 0.5·x·(1 + erf(x/√2))', async () => {
    const x = new RandomInputs(5).float32([40, 50]);
    const { y } = await runGraph((g) => ({ y: g.op('Gelu', [g.input('x', 'float32', [40, 50])]) }), { x });
    expect(relativeError(y, numbersOf(x).map((each) => 0.5 * each * (1 + erf(each / Math.SQRT2))))).toBeLessThan(exact);
  });
});
