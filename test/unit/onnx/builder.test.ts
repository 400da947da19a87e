import { describe, expect, test } from 'vitest';
import { GraphBuilder, byteSize } from '../../../main/onnx/builder.ts';
import { addDims, evaluateDim, multiplyDims, subtractDims, symbol } from '../../../main/onnx/dim.ts';
import { add, negate, reshape } from '../../../main/onnx/expressions.ts';
import type { DataType } from '../../../main/onnx/graph.ts';
import { assertValidGraph } from '../../../main/onnx/validate.ts';
import { type HostTensor, float32 } from '../../../main/runtime/tensor.ts';
import { numbersOf, runGraph } from './run-graph.ts';

const [B, S, R] = [symbol('B'), symbol('S'), symbol('R')];

describe('a vector of sizes', () => {
  test.each([{ B: 2, S: 5, R: 3 }, { B: 1, S: 1, R: 0 }, { B: 3, S: 0, R: 4 }])('has at run time the values of %j', async (bindings) => {
    const dims = [S, 7, multiplyDims(B, S), addDims(multiplyDims(2, S), 1), multiplyDims(S, S), addDims(R, S), subtractDims(S, 1), addDims(multiplyDims(B, S), multiplyDims(-2, R), 3)];
    const shape = (sizes: readonly number[]): HostTensor => float32(sizes, new Float32Array(sizes.reduce((a, b) => a * b, 1)));
    const { vector, constant, none } = await runGraph((g) => {
      g.input('x', 'float32', [B, S]);
      g.input('y', 'float32', [addDims(R, S), 2]);
      g.input('z', 'float32', [R]);
      return { vector: g.vector(dims), constant: g.vector([4, 0]), none: g.vector([]) };
    }, { x: shape([bindings.B, bindings.S]), y: shape([bindings.R + bindings.S, 2]), z: shape([bindings.R]) });
    expect(numbersOf(vector)).toEqual(dims.map((dim) => evaluateDim(dim, bindings)));
    expect(vector?.type).toBe('int64');
    expect(numbersOf(constant)).toEqual([4, 0]);
    expect(none?.shape).toEqual([0]);
  });

  test('is made once, however often it is asked for', () => {
    const g = new GraphBuilder('once');
    const x = g.input('x', 'float32', [B, S, 4]);
    reshape(g, negate(g, x), [multiplyDims(B, S), 4]);
    const { length } = g.nodes;
    reshape(g, x, [multiplyDims(S, B), 4]);
    expect(g.nodes.length).toBe(length + 1);
    expect(g.vector([1, 2])).toBe(g.vector([1, 2]));
    expect(g.vectorOf(g.vector([multiplyDims(B, S)]).name)).toEqual([multiplyDims(B, S)]);
    expect(() => g.vectorOf('x')).toThrow('x is not a vector known while building');
  });

  test('may be an output of the graph, too', () => {
    const g = new GraphBuilder('output');
    const x = g.input('x', 'float32', [S, 2]);
    const target = g.vector([multiplyDims(2, S)]);
    g.output('sizes', target);
    g.output('y', reshape(g, x, [multiplyDims(2, S)]));
    expect(() => assertValidGraph(g.build())).not.toThrow();
  });

  test('of an empty tensor keeps its sizes of 0', async () => {
    const { y, z } = await runGraph((g) => {
      const x = g.input('x', 'float32', [S, R, 4]);
      return { y: reshape(g, x, [multiplyDims(S, R), 2, 2]), z: reshape(g, g.constant('float32', [0, 4], []), [4, 0]) };
    }, { x: float32([3, 0, 4], new Float32Array(0)) });
    expect(y?.shape).toEqual([0, 2, 2]);
    expect(z?.shape).toEqual([4, 0]);
  });
});

describe('outputs', () => {
  test('carry their own names: of inputs, of weights, twice of one value, used again behind them', async () => {
    const outputs = await runGraph((g) => {
      const x = g.input('x', 'float32', [2]);
      const y = negate(g, x);
      g.output('y', y);
      return { 'y again': y, 'x itself': x, weight: g.constant('float32', [2], [5, 6]), z: add(g, y, y) };
    }, { x: float32([2], Float32Array.of(1, -2)) });
    const found = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, numbersOf(tensor)]));
    expect(found).toEqual({ y: [-1, 2], 'y again': [-1, 2], 'x itself': [1, -2], weight: [5, 6], z: [-2, 4] });
  });
});

describe('constants', () => {
  test.each<readonly [DataType, readonly number[]]>([
    ['float32', [1.5, -2]], ['float64', [0.1, -1e300]], ['float16', [0.5, -2]], ['int32', [-7, 2 ** 31 - 1]], ['int64', [-7, 2 ** 53 - 1]], ['uint8', [0, 255]], ['bool', [1, 0]],
  ])('of type %s arrive as they were given', async (type, numbers) => {
    const { y } = await runGraph((g) => ({ y: g.constant(type, [2], numbers) }), {});
    expect(y?.type).toBe(type);
    expect(numbersOf(y)).toEqual(numbers);
  });

  test('have as many bytes as their shape and type say', () => {
    expect(byteSize({ name: 'x', type: 'float16', shape: [S, 3] }, { S: 4 })).toBe(24);
    expect(byteSize({ name: 'x', type: 'int64', shape: [] }, {})).toBe(8);
    const g = new GraphBuilder('short');
    g.output('y', g.constant('float32', [3], [1, 2]));
    expect(() => assertValidGraph(g.build())).toThrow('initializer constant_1: 8 bytes for float32 [3], expected 12');
  });
});
