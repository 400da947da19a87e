import { describe, expect, test } from 'vitest';
import { backward } from '../../../../main/onnx/backward.ts';
import { GraphBuilder } from '../../../../main/onnx/builder.ts';
import { symbol } from '../../../../main/onnx/dim.ts';
import { add, cast, exponential, gather, multiply, negate, reduceSum, scale } from '../../../../main/onnx/expressions.ts';
import type { Value } from '../../../../main/onnx/graph.ts';
import { Runtime } from '../../../../main/runtime/session.ts';
import { type HostTensor, float32, hostTensor, int64 } from '../../../../main/runtime/tensor.ts';
import { numbersOf, runGraph } from '../run-graph.ts';

const x3 = float32([3], Float32Array.of(1, 2, -3));

/** The gradient of the sum of y's elements with respect to x, both [3]. */
async function slope(y: (g: GraphBuilder, x: Value) => Value): Promise<readonly number[]> {
  const { dx } = await runGraph((g) => {
    const x = g.input('x', 'float32', [3]);
    const [dx] = backward(g, [{ value: y(g, x), gradient: g.constant('float32', [3], [1, 1, 1]) }], [x]);
    return { dx: dx as Value };
  }, { x: x3 });
  return numbersOf(dx);
}

describe('the backward walk', () => {
  test('adds up the gradients of a value that is used more than once', async () => {
    expect(await slope((g, x) => add(g, multiply(g, x, x), x))).toEqual([3, 5, -5]);
    expect(await slope((g, x) => add(g, add(g, x, x), scale(g, x, 3)))).toEqual([5, 5, 5]);
  });

  test('adds up seeds of one value, and of a value and one made from it', async () => {
    const { dx } = await runGraph((g) => {
      const x = g.input('x', 'float32', [3]);
      const y = scale(g, x, 10);
      const seed = (value: Value, number: number) => ({ value, gradient: g.constant('float32', [3], [number, number, number]) });
      return { dx: backward(g, [seed(y, 1), seed(y, 2), seed(negate(g, y), 5)], [x])[0] as Value };
    }, { x: x3 });
    expect(numbersOf(dx)).toEqual([-20, -20, -20]);
  });

  test('gives the gradient of a value in the middle, and of the seed itself', async () => {
    const { dm, dy } = await runGraph((g) => {
      const middle = multiply(g, g.input('x', 'float32', [3]), g.input('z', 'float32', [3]));
      const y = multiply(g, middle, middle);
      const [dm, dy] = backward(g, [{ value: y, gradient: g.constant('float32', [3], [1, 10, 100]) }], [middle, y]);
      return { dm: dm as Value, dy: dy as Value };
    }, { x: x3, z: float32([3], Float32Array.of(1, 1, 2)) });
    expect(numbersOf(dm)).toEqual([2, 40, -1200]);
    expect(numbersOf(dy)).toEqual([1, 10, 100]);
  });

  test('goes by a value’s own gradient past the nodes in between', async () => {
    // As if y = x·(x + z) were 7·x, and z nothing to it.
    const { dx, dz } = await runGraph((g) => {
      const [x, z] = [g.input('x', 'float32', [3]), g.input('z', 'float32', [3])];
      const y = multiply(g, x, add(g, x, z));
      g.differentiate(y, [x, z], (dy) => [scale(g, dy, 7), undefined]);
      const [dx, dz] = backward(g, [{ value: add(g, scale(g, y, 2), add(g, x, z)), gradient: g.constant('float32', [3], [1, 1, 10]) }], [x, z]);
      return { dx: dx as Value, dz: dz as Value };
    }, { x: x3, z: float32([3], Float32Array.of(1, 1, 2)) });
    expect(numbersOf(dx)).toEqual([15, 15, 150]);
    expect(numbersOf(dz)).toEqual([1, 1, 10]);
  });

  test('walks through values that are outputs of the graph', async () => {
    const { dx } = await runGraph((g) => {
      const x = g.input('x', 'float32', [3]);
      const y = multiply(g, x, x);
      g.output('y', y);
      g.output('again', y);
      return { dx: backward(g, [{ value: y, gradient: g.constant('float32', [3], [1, 1, 1]) }], [x])[0] as Value };
    }, { x: x3 });
    expect(numbersOf(dx)).toEqual([2, 4, -6]);
  });

  test('a value without influence has no gradient, and nothing is built for it', () => {
    const g = new GraphBuilder('test');
    const [x, unused, behind] = [g.input('x', 'float32', [3]), g.input('unused', 'float32', [3]), g.input('behind', 'float32', [3])];
    const y = exponential(g, x);
    negate(g, behind);
    const before = g.nodes.length;
    expect(backward(g, [{ value: y, gradient: x }], [unused, behind])).toEqual([undefined, undefined]);
    expect(g.nodes.length).toBe(before);
  });

  test('indices, conditions and truth values carry no gradient, and need no rule', async () => {
    // Where x > 0 it counts twice; the truth value as a number, and the place of the largest, count as constants.
    const y = (g: GraphBuilder, x: Value): Value => {
      const positive = g.op('Less', [g.scalar('float32', 0), x]);
      const largest = gather(g, g.constant('float32', [3], [7, 8, 9]), g.op('ArgMax', [x], { axis: 0, keepdims: 1 }));
      const doubled = g.op('Where', [positive, scale(g, x, 2), x]);
      return multiply(g, multiply(g, doubled, add(g, cast(g, positive, 'float32'), g.scalar('float32', 1))), largest);
    };
    // 8 is at the place of the largest element.
    expect(await slope(y)).toEqual([2 * 2 * 8, 2 * 2 * 8, 8]);
  });

  test('a cast gives back the type of its input', async () => {
    const { dx } = await runGraph((g) => {
      const x = g.input('x', 'float32', [3]);
      const y = cast(g, x, 'float64');
      return { dx: backward(g, [{ value: y, gradient: g.constant('float64', [3], [0.5, 1, 2]) }], [x])[0] as Value };
    }, { x: x3 });
    expect(dx?.type).toBe('float32');
    expect(numbersOf(dx)).toEqual([0.5, 1, 2]);
  });

  test('a mean over a symbolic number of elements divides in the type of its input', async () => {
    for (const type of ['float32', 'float64'] as const) {
      const N = symbol('N');
      const data = type === 'float32' ? Float32Array.of(1, 2, 3, 4) : Float64Array.of(1, 2, 3, 4);
      const { dx } = await runGraph((g) => {
        const x = g.input('x', type, [N]);
        const y = g.op('ReduceMean', [x], { keepdims: 0 });
        return { dx: backward(g, [{ value: y, gradient: g.scalar(type, 2) }], [x])[0] as Value };
      }, { x: hostTensor(type, [4], data) as HostTensor });
      expect(numbersOf(dx)).toEqual([0.5, 0.5, 0.5, 0.5]);
    }
  });

  test('loses no row that is picked many times, with any number of threads', async () => {
    const [count, width, times] = [3, 16, 90_000];
    const g = new GraphBuilder('test');
    const table = g.input('table', 'float32', [count, width]);
    const rows = gather(g, table, g.input('indices', 'int64', [times]));
    const [gradient] = backward(g, [{ value: rows, gradient: g.op('Expand', [g.scalar('float32', 1), g.vector(rows.shape)]) }], [table]);
    g.output('gradient', gradient as Value);
    const runtime = new Runtime({ provider: 'cpu', threads: 4 });
    const program = await runtime.program(g.build());
    const feeds = { table: float32([count, width], new Float32Array(count * width)), indices: int64([times], Array.from({ length: times }, (_, i) => i % count)) };
    expect(new Set(numbersOf((await program.run(feeds))['gradient'] as HostTensor))).toEqual(new Set([times / count]));
    await runtime.release();
  });
});

describe('the backward walk refuses', () => {
  const attempt = (y: (g: GraphBuilder, x: Value) => Value, gradient: (g: GraphBuilder, y: Value) => Value = (_, value) => value) => () => {
    const g = new GraphBuilder('test');
    const x = g.input('x', 'float32', [2, 3]);
    const value = y(g, x);
    return backward(g, [{ value, gradient: gradient(g, value) }], [x]);
  };

  test('a seed of another shape or type', () => {
    expect(attempt((g, x) => negate(g, x), (g) => g.constant('float32', [3], [1, 1, 1]))).toThrow('Neg_1: its gradient is float32 [3], expected float32 [2, 3]');
    expect(attempt((g, x) => reduceSum(g, x, [0, 1], false), (g) => g.scalar('float64', 1))).toThrow(/ReduceSum_\d+: its gradient is float64 \[\], expected float32 \[\]/);
  });

  test('an operator without a rule, but only between seed and wanted value', () => {
    expect(attempt((g, x) => negate(g, g.op('ReduceMax', [x])))).toThrow(/^node ReduceMax_1 \(ReduceMax\): the gradient table has no rule/);
    expect(attempt((g, x) => multiply(g, x, g.op('ReduceMax', [g.constant('float32', [1, 1], [2])])))).not.toThrow();
  });

  test('what a rule does not cover', () => {
    expect(attempt((g, x) => gather(g, x, g.constant('int64', [1], [0]), 1))).toThrow(/^node Gather_\d+ \(Gather\): the gradient rule is for axis 0/);
    expect(attempt((g, x) => g.op('ScatterND', [x, g.constant('int64', [1, 2], [0, 0]), g.constant('float32', [1], [1])]))).toThrow(/^node ScatterND_\d+ \(ScatterND\): the gradient rule is for whole rows/);
  });
});
