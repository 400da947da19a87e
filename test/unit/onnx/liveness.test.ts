import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { symbol } from '../../../main/onnx/dim.ts';
import { add, exponential, negate, reduceSum, reshape, split } from '../../../main/onnx/expressions.ts';
import { peakActivationBytes } from '../../../main/onnx/liveness.ts';

const S = symbol('S');

test('a chain holds two values at a time, inputs not counted', () => {
  const g = new GraphBuilder('chain');
  // [S, 4] float32 is 16·S bytes.
  g.output('y', negate(g, negate(g, negate(g, g.input('x', 'float32', [S, 4])))));
  expect(peakActivationBytes(g.build(), { S: 10 })).toBe(2 * 160);
});

test('a value lives until its last use', () => {
  const g = new GraphBuilder('reuse');
  const a = exponential(g, g.input('x', 'float32', [S, 4]));
  const sum = add(g, negate(g, a), a);
  g.output('y', reduceSum(g, sum, [1]));
  // a, −a and their sum at once; afterwards only the sum and y.
  expect(peakActivationBytes(g.build(), { S: 10 })).toBe(3 * 160);
});

test('outputs live to the end, an unused value not beyond its node', () => {
  const g = new GraphBuilder('outputs');
  const x = g.input('x', 'float32', [S, 4]);
  const kept = exponential(g, x);
  g.output('kept', kept);
  const [left] = split(g, kept, 1, [1, 3]);
  const small = negate(g, left!);
  g.output('y', add(g, negate(g, small), small));
  // kept 160; split adds 40 + 120 (the unused 120 goes at once): 320 is the peak. Later kept and at most 3 of 40.
  expect(peakActivationBytes(g.build(), { S: 10 })).toBe(160 + 40 + 120);
});

test('sizes that are computed at run time count, 8 bytes each', () => {
  const g = new GraphBuilder('vectors');
  const x = g.input('x', 'float32', [S, 4]);
  const flat = reshape(g, exponential(g, x), [4, S]);
  g.output('y', flat);
  // exp 16·S, the size S (8), the vector [4, S] (16), the reshaped 16·S: without the size when it is made.
  expect(peakActivationBytes(g.build(), { S: 10 })).toBe(160 + 16 + 160);
  expect(() => peakActivationBytes(g.build(), {})).toThrow('no value for S');
});
