import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { add, exponential, negate, scale, split } from '../../../main/onnx/expressions.ts';
import { pruned } from '../../../main/onnx/prune.ts';
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
