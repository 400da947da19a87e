import { describe, expect, it } from 'vitest';
import { type ArenaRun, arenaBytes } from '../../../main/onnx/arena.ts';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { add, reduceSum, softmax } from '../../../main/onnx/expressions.ts';

/** Two softmaxes of a [rows, 1024] that are needed at once: 8 KiB a row. */
function twice(rows: number): ArenaRun {
  const g = new GraphBuilder('twice');
  const x = g.input('x', 'float32', [rows, 1024]);
  const [a, b] = [softmax(g, x), softmax(g, add(g, x, x))];
  g.output('y', reduceSum(g, add(g, a, b), [0, 1]));
  return { graph: g.build(), bindings: {} };
}

const mebibyte = 1024 ** 2;

describe('what an arena holds', () => {
  it('is what a program needs at once', () => {
    const bytes = arenaBytes([twice(1024)]);
    expect(bytes).toBeGreaterThanOrEqual(8 * mebibyte);
    expect(bytes).toBeLessThan(9 * mebibyte);
  });
  it('serves the next program too', () => {
    const one = arenaBytes([twice(1024)]);
    expect(arenaBytes([twice(1024), twice(1024), twice(512)])).toBe(one);
    const other = arenaBytes([twice(512), twice(1024)]);
    expect(other).toBeGreaterThanOrEqual(one);
    expect(other).toBeLessThan(one + arenaBytes([twice(512)]) + 1);
  });
});
