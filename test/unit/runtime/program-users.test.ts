import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { negate } from '../../../main/onnx/expressions.ts';
import { Runtime, float32Output } from '../../../main/runtime/session.ts';
import { float32 } from '../../../main/runtime/tensor.ts';

test('a program that two asked for works until both have released it, and is compiled again after that', async () => {
  const runtime = new Runtime({ provider: 'cpu', threads: 1 });
  const g = new GraphBuilder('shared');
  g.output('y', negate(g, g.input('x', 'float32', [1])));
  const graph = g.build();
  const run = async (program: Awaited<ReturnType<Runtime['program']>>) => float32Output(await program.run({ x: float32([1], Float32Array.of(3)) }), 'y').data[0];
  const [one, other] = [await runtime.program(graph), await runtime.program(graph)];
  await one.release();
  expect(await run(other)).toBe(-3);
  await other.release();
  await expect(run(other)).rejects.toThrow();
  expect(await run(await runtime.program(graph))).toBe(-3);
  await runtime.release();
});
