import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { symbol } from '../../../main/onnx/dim.ts';
import { add, cast, matmul, multiply, reduceSum, softmax } from '../../../main/onnx/expressions.ts';
import { type DataType, GraphError, dataTypes } from '../../../main/onnx/graph.ts';
import { serializeModel } from '../../../main/onnx/serialize.ts';
import { type CInterface, cInterface } from '../../../main/runtime/c-interface.ts';
import { openCSession } from '../../../main/runtime/c-session.ts';
import type { Feeds, ProgramOptions, Session, Source } from '../../../main/runtime/compiled.ts';
import { openNodeSession } from '../../../main/runtime/node-session.ts';
import { type HostTensor, type Tensor, float32, hostTensor, release, unwritten } from '../../../main/runtime/tensor.ts';

const settings = { provider: 'cpu', threads: 1 } as const;
const opened = await cInterface();
if (opened instanceof Error) throw opened;
const c: CInterface = opened;

function sourceOf(write: (g: GraphBuilder) => void): Source {
  const g = new GraphBuilder('a test');
  write(g);
  const graph = g.build();
  return { graph, model: serializeModel(graph) };
}

const through = (source: Source, options: ProgramOptions = {}): Promise<Session> => openCSession(c, source, settings, options);
const row = (...values: readonly number[]): HostTensor<'float32'> => float32([1, values.length], Float32Array.from(values));
const valuesOf = (tensor: Tensor | undefined): readonly number[] => Array.from((tensor as HostTensor).data as Float32Array);

/** x [N, 3] → its square. */
const square = sourceOf((g) => {
  const x = g.input('x', 'float32', [symbol('N'), 3]);
  g.output('y', multiply(g, x, x));
});

/** Runs, each with other sizes: onnxruntime-node gives the same bits. */
test('a session gives what one of onnxruntime-node gives, bit for bit, in whatever sizes', async () => {
  const source = sourceOf((g) => {
    const [a, b] = [g.input('a', 'float32', [symbol('M'), symbol('K')]), g.input('b', 'float32', [symbol('K'), 17])];
    const product = matmul(g, a, b);
    g.output('product', product);
    g.output('weights', softmax(g, product));
    g.output('sum', reduceSum(g, product, [0, 1], false));
    g.output('whole', cast(g, product, 'int64'));
  });
  const [ours, theirs] = [await through(source), await openNodeSession(source, settings, {})];
  for (const [m, k] of [[3, 5], [1, 1], [200, 64], [0, 4], [3, 5]] as const) {
    const random = (rows: number, columns: number): HostTensor => float32([rows, columns], Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * 12.9898 + rows) * 43));
    const feeds: Feeds = { a: random(m, k), b: random(k, 17) };
    const [found, expected] = [await ours.run(feeds), await theirs.run(feeds)];
    expect(Object.keys(found)).toEqual(source.graph.outputs.map(({ name }) => name));
    for (const name of Object.keys(expected)) expect(found[name], name).toEqual(expected[name]);
  }
  await ours.release();
  await theirs.release();
});

test.each(Object.keys(dataTypes) as DataType[])('elements of type %s go in and come out', async (type) => {
  const source = sourceOf((g) => g.output('y', g.op('Identity', [g.input('x', type, [symbol('N')])])));
  const { data } = unwritten(type, [4]);
  for (const i of data.keys()) data[i] = (type === 'int64' ? BigInt(i % 2) : i % 2) as never;
  const session = await through(source);
  expect((await session.run({ x: hostTensor(type, [4], data) }))['y']).toEqual({ kind: 'host', type, shape: [4], data });
  await session.release();
});

test('weights that change in their place are seen by the next run', async () => {
  const session = await through(square);
  const x = row(1, 2, 3);
  for (let run = 0; run < 4; run++) {
    expect(valuesOf((await session.run({ x }))['y'])).toEqual([1, 4, 9].map((value) => value * 4 ** run));
    for (const i of x.data.keys()) (x.data[i] as number) *= 2;
  }
  expect(valuesOf((await session.run({ x: row(5, 6, 7) }))['y'])).toEqual([25, 36, 49]);
  await session.release();
});

test('what stays goes on to another program, and is gone when it is released', async () => {
  const [first, second] = [await through(square, { onDevice: ['y'] }), await through(square)];
  const { y } = await first.run({ x: row(1, 2, 3) });
  expect(y).toMatchObject({ kind: 'device', type: 'float32', shape: [1, 3] });
  for (let run = 0; run < 3; run++) expect(valuesOf((await second.run({ x: y as Tensor }))['y'])).toEqual([1, 16, 81]);
  // It has its memory whatever becomes of the program that made it, and of later runs.
  await first.run({ x: row(9, 9, 9) });
  await first.release();
  expect(valuesOf((await second.run({ x: y as Tensor }))['y'])).toEqual([1, 16, 81]);
  release([y as Tensor, y as Tensor]);
  await expect(second.run({ x: y as Tensor })).rejects.toThrow('x: a device tensor was given to a run after its release');
  expect(valuesOf((await second.run({ x: row(1, 1, 2) }))['y'])).toEqual([1, 1, 4]);
  await second.release();
});

test('outputs that stay and others come from one run', async () => {
  const source = sourceOf((g) => {
    const x = g.input('x', 'float32', [symbol('N'), 3]);
    g.output('here', add(g, x, x));
    g.output('there', multiply(g, x, x));
    g.output('sum', reduceSum(g, x, [0, 1], false));
  });
  const [session, reader] = [await through(source, { onDevice: ['there'] }), await through(square)];
  const { here, there, sum } = await session.run({ x: row(1, 2, 3) });
  expect([valuesOf(here), valuesOf(sum)]).toEqual([[2, 4, 6], [6]]);
  expect(valuesOf((await reader.run({ x: there as Tensor }))['y'])).toEqual([1, 16, 81]);
  await session.release();
  await reader.release();
});

test('a fault is said in words, and the next run is right', async () => {
  const session = await through(square);
  await expect(session.run({})).rejects.toThrow('the input x was not given');
  await expect(session.run({ x: row(1, 2, 3), z: row(1) })).rejects.toThrow('there is no input z');
  await expect(session.run({ x: row(1, 2) })).rejects.toThrow(/invalid dimensions/i);
  await expect(session.run({ x: hostTensor('int32', [1, 3], Int32Array.of(1, 2, 3)) })).rejects.toThrow(/Unexpected input data type/);
  const gone = row(1, 2, 3);
  await session.run({ x: gone });
  await session.run({ x: gone });
  release([gone]);
  await expect(session.run({ x: gone })).rejects.toThrow(/CreateTensorWithDataAsOrtValue/);
  expect(valuesOf((await session.run({ x: row(1, 2, 3) }))['y'])).toEqual([1, 4, 9]);
  await session.release();
  await session.release();
  await expect(session.run({ x: row(1, 2, 3) })).rejects.toThrow('a test: a program was run after its release');
});

test('after a run that failed before all was bound, the next one has all that it is given', async () => {
  const source = sourceOf((g) => g.output('y', add(g, g.input('a', 'float32', [1]), g.input('b', 'float32', [1]))));
  const session = await through(source);
  const [a, b] = [3, 4].map((value) => float32([1], Float32Array.of(value))) as [HostTensor, HostTensor];
  const wrong = hostTensor('int32', [1], Int32Array.of(1));
  const gone = float32([1], Float32Array.of(1));
  release([gone]);
  for (const faulty of [gone, wrong, gone]) {
    expect(valuesOf((await session.run({ a, b }))['y'])).toEqual([7]);
    await expect(session.run({ a: faulty, b })).rejects.toThrow();
    expect(valuesOf((await session.run({ a, b }))['y'])).toEqual([7]);
  }
  await session.release();
});

test('a broken model is refused with what onnxruntime says', async () => {
  await expect(through({ ...square, model: square.model.slice(0, 20) as Uint8Array })).rejects.toThrow(/CreateSessionFromArray/);
  await expect(through({ ...square, model: '/nowhere/model.onnx' })).rejects.toThrow(/model\.onnx/);
});

test('an output whose size no input tells is a mistake of the graph', async () => {
  const outputs = square.graph.outputs.map((output) => ({ ...output, shape: [symbol('M'), 3] }));
  await expect(through({ ...square, graph: { ...square.graph, outputs } })).rejects.toThrow(GraphError);
});
