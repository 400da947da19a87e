import { describe, expect, test } from 'vitest';
import { backward } from '../../../main/onnx/backward.ts';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { type Dim, addDims, symbol } from '../../../main/onnx/dim.ts';
import { concat, multiply, split } from '../../../main/onnx/expressions.ts';
import type { Value } from '../../../main/onnx/graph.ts';
import { float32 } from '../../../main/runtime/tensor.ts';
import { numbersOf, runGraph } from './run-graph.ts';

// WebGPU's Split fails with more parts than a program may bind buffers: 8 with the input, on the smallest devices.
const mostOutputs = 7;

describe.each([1, 2, 7, 8, 20, 60])('%i parts', (count) => {
  const sizes = Array.from({ length: count }, (_, i) => 1 + (i % 3));
  const total = sizes.reduce((a, b) => a + b, 0);
  const x = float32([2, total], Float32Array.from({ length: 2 * total }, (_, i) => i));

  test.each([['known', sizes], ['symbolic', sizes.map((size) => (size === 2 ? symbol('two') : size))]] as const)('of %s sizes follow each other, and so do their gradients', async (_, dims: readonly Dim[]) => {
    const found = await runGraph((g) => {
      const input = g.input('x', 'float32', [2, addDims(...dims)]);
      const known = g.input('two', 'float32', [symbol('two')]);
      const parts = split(g, input, 1, dims);
      expect(parts.map(({ shape }) => shape[1])).toEqual(dims);
      // Part i times i + 1.
      const y = concat(g, parts.map((part, i) => multiply(g, part, g.scalar('float32', i + 1))), 1);
      return { y, dx: backward(g, [{ value: y, gradient: g.input('dy', 'float32', y.shape) }], [input])[0] as Value, known };
    }, { x, dy: x, two: float32([2], new Float32Array(2)) });
    const factors = sizes.flatMap((size, i) => new Array<number>(size).fill(i + 1));
    const expected = Array.from(x.data, (value, i) => value * (factors[i % total] as number));
    expect(numbersOf(found['y'])).toEqual(expected);
    expect(numbersOf(found['dx'])).toEqual(expected);
  });

  test('need no wide Split', () => {
    const g = new GraphBuilder('split');
    expect(split(g, g.input('x', 'float32', [total]), 0, sizes)).toHaveLength(count);
    for (const { outputs } of g.nodes) expect(outputs.length).toBeLessThanOrEqual(mostOutputs);
  });
});
