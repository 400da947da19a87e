import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
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

test('a model file beside its weights is not touched where it is whole, because another process may be reading it', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-program-'));
  const g = new GraphBuilder('in a file');
  g.output('y', negate(g, g.input('x', 'float32', [1])));
  const graph = g.build();
  const compile = async (): Promise<{ name: string; written: number; bytes: number }> => {
    const runtime = new Runtime({ provider: 'cpu', threads: 1 });
    await runtime.program(graph, { weightsFolder: folder });
    await runtime.release();
    const [name, ...more] = readdirSync(folder) as [string, ...string[]];
    expect(more).toEqual([]);
    const { mtimeMs, size } = statSync(path.join(folder, name));
    return { name, written: mtimeMs, bytes: size };
  };
  const first = await compile();
  expect(await compile()).toEqual(first);
  truncateSync(path.join(folder, first.name), 10);
  expect((await compile()).bytes).toBe(first.bytes);
  rmSync(folder, { recursive: true });
});
