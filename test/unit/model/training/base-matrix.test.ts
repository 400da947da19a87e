import { describe, expect, test } from 'vitest';
import { type BaseForm, baseMatrix, product, productGradient } from '../../../../main/model/graphs/base-matrix.ts';
import { dequantizeRows, quantizeRows } from '../../../../main/model/quantize/blocks.ts';
import { type QuantizationScheme, schemes } from '../../../../main/model/quantize/scheme.ts';
import { randomUniform } from '../../../../main/model/training/random-uniform.ts';
import { backward } from '../../../../main/onnx/backward.ts';
import { GraphBuilder } from '../../../../main/onnx/builder.ts';
import { cast } from '../../../../main/onnx/expressions.ts';
import type { Value } from '../../../../main/onnx/graph.ts';
import type { Feeds } from '../../../../main/runtime/compiled.ts';
import { float32, hostTensor } from '../../../../main/runtime/tensor.ts';
import { numbersOf, runGraph } from '../../onnx/run-graph.ts';

const rows = 11;
const matrixOf = (columns: number): Float32Array => randomUniform(3, columns, rows * columns, 2);

/** The inputs of a quantised matrix. */
function quantizedFeeds(columns: number, scheme: QuantizationScheme): { feeds: Feeds; expected: Float32Array } {
  const packed = quantizeRows(matrixOf(columns), rows, columns, scheme);
  const { weights, scales, zeroPoints } = packed;
  const blocks = scales.length / rows;
  return {
    feeds: {
      w: hostTensor('uint8', [rows, blocks, weights.length / rows / blocks], weights),
      'w.scales': float32([scales.length], scales),
      ...(!scheme.symmetric && { 'w.zeroPoints': hostTensor('uint8', [zeroPoints.length], zeroPoints) }),
    },
    expected: dequantizeRows(packed, rows, columns, scheme),
  };
}

/** Builds with the pieces of the matrix; float16 inputs, which cannot be given from JavaScript, are made of float32 ones. */
const pieces = (g: GraphBuilder, columns: number, form: BaseForm, most?: number): readonly Value[] =>
  baseMatrix(g, (name, type, shape) => (type === 'float16' ? cast(g, g.input(name, 'float32', shape), type) : g.input(name, type, shape)), 'w', [rows, columns], form).pieces(most);

const inOnePiece = async (columns: number, form: BaseForm, feeds: Feeds) => numbersOf((await runGraph((g) => ({ y: pieces(g, columns, form)[0] as Value }), feeds))['y']);

describe.each(Object.entries(schemes))('%s', (_, scheme) => {
  // Whole blocks, an odd number of them, a last one that is not full.
  test.each([256, 384, 80])('%i columns become what dequantizeRows makes of them', async (columns) => {
    const { feeds, expected } = quantizedFeeds(columns, scheme);
    const found = await inOnePiece(columns, { kind: 'quantized', scheme }, feeds);
    expect(found.length).toBe(rows * columns);
    const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))), 0);
    expect(worst).toBeLessThan(1e-5);
  });
});

test('float16 becomes the nearest halves', async () => {
  const matrix = matrixOf(48);
  const found = await inOnePiece(48, { kind: 'float', type: 'float16' }, { w: float32([rows, 48], matrix) });
  expect(found).toEqual(numbersOf(float32([rows, 48], new Float32Array(Float16Array.from(matrix)))));
});

describe('in pieces of a few rows', () => {
  const columns = 64;
  const { feeds, expected } = quantizedFeeds(columns, schemes['int4-asymmetric']!);
  const cases: readonly (readonly [string, BaseForm, Feeds, Float32Array])[] = [
    ['int4', { kind: 'quantized', scheme: schemes['int4-asymmetric']! }, feeds, expected],
    ['float16', { kind: 'float', type: 'float16' }, { w: float32([rows, columns], matrixOf(columns)) }, new Float32Array(Float16Array.from(matrixOf(columns)))],
  ];
  test.each(cases)('%s: the product and its gradient are those of the whole', async (_, form, weights, whole) => {
    const [x, bias, dy] = [float32([5, columns], randomUniform(4, 0, 5 * columns, 1)), float32([rows], randomUniform(4, 1, rows, 1)), float32([5, rows], randomUniform(4, 2, 5 * rows, 1))];
    const build = (g: GraphBuilder, parts: readonly Value[]) => {
      const input = g.input('x', 'float32', [5, columns]);
      const y = product(g, input, parts, g.input('bias', 'float32', [rows]));
      const gradient = g.input('dy', 'float32', [5, rows]);
      return { y, dx: backward(g, [{ value: y, gradient }], [input])[0] as Value, written: productGradient(g, gradient, parts) };
    };
    let count = 0;
    const found = await runGraph((g) => {
      const parts = pieces(g, columns, form, 3 * columns);
      count = parts.length;
      return build(g, parts);
    }, { x, bias, dy, ...weights });
    expect(count).toBe(4);
    const plain = await runGraph((g) => build(g, [g.input('w', 'float32', [rows, columns])]), { x, bias, dy, w: float32([rows, columns], whole) });
    for (const name of ['y', 'dx', 'written']) {
      const [a, b] = [numbersOf(found[name]), numbersOf(plain[name === 'y' ? 'y' : 'dx'])];
      expect(a.length).toBe(b.length);
      expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))))).toBeLessThan(1e-4);
    }
  });
});
