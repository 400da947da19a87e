import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { add, exponential, negate, scale, split } from '../../../main/onnx/expressions.ts';
import { fed, pruned } from '../../../main/onnx/prune.ts';
import { serializeModel } from '../../../main/onnx/serialize.ts';
import { float32 } from '../../../main/runtime/tensor.ts';
import { numbersOf, runtime } from './run-graph.ts';

test('only what an output needs is left, in order, and computes the same', async () => {
  const g = new GraphBuilder('prune');
  const x = g.input('x', 'float32', [4]);
  const unused = g.input('unused', 'float32', [1]);
  const [left] = split(g, x, 0, [2, 2]);
  const kept = add(g, left!, left!);
  scale(g, exponential(g, kept), 7);
  negate(g, unused);
  g.output('y', kept);
  const before = g.build();
  const after = pruned(before);
  expect(before.nodes.map(({ op }) => op)).toEqual(['Split', 'Add', 'Exp', 'Mul', 'Neg']);
  expect(after.nodes.map(({ op }) => op)).toEqual(['Split', 'Add']);
  expect(after.inputs).toEqual(before.inputs);
  expect(serializeModel(after).length).toBeLessThan(serializeModel(before).length);
  const feeds = { x: float32([4], Float32Array.of(1, 2, 3, 4)), unused: float32([1], Float32Array.of(0)) };
  const run = async (graph: typeof before) => numbersOf((await (await runtime.program(graph)).run(feeds))['y'] as never);
  expect(await run(after)).toEqual([2, 4]);
  expect(await run(before)).toEqual([2, 4]);
});

test('values given from outside are inputs, and what only they needed is gone', async () => {
  const g = new GraphBuilder('fed');
  const x = g.input('x', 'float32', [2]);
  const dear = exponential(g, negate(g, x));
  g.output('y', add(g, scale(g, dear, 2), x));
  const graph = fed(g.build(), [dear.name]);
  expect(graph.nodes.map(({ op }) => op)).toEqual(['Mul', 'Add']);
  const feeds = { x: float32([2], Float32Array.of(1, 2)), [dear.name]: float32([2], Float32Array.of(10, 20)) };
  expect(numbersOf((await (await runtime.program(graph)).run(feeds))['y'] as never)).toEqual([21, 42]);
});

test('half of a node cannot be given', () => {
  const g = new GraphBuilder('half');
  const [left, right] = split(g, g.input('x', 'float32', [4]), 0, [2, 2]);
  g.output('y', add(g, left!, right!));
  expect(() => fed(g.build(), [left!.name])).toThrow('only some of its outputs are given');
  expect(() => fed(g.build(), ['nothing'])).toThrow('no value nothing');
});
