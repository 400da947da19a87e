import type { Value } from '../graph.ts';
import { matmul, scale, transposeMatrix } from '../expressions.ts';
import { type GradientContext, type GradientTable, incoming, numberAttribute, sumTo } from './rule.ts';

const gemm = ({ g }: GradientContext, a: Value, b: Value, transA: boolean, transB: boolean): Value =>
  g.op('Gemm', [a, b], { transA: transA ? 1 : 0, transB: transB ? 1 : 0 });

/** Factor alpha or beta, left out where it is 1. */
const scaled = ({ g }: GradientContext, x: Value, factor: number): Value => (factor === 1 ? x : scale(g, x, factor));

export const linearGradients = {
  MatMul: (c) => {
    const [a, b] = c.x as [Value, Value];
    const dy = incoming(c);
    return [
      c.needs(0) ? sumTo(c.g, matmul(c.g, dy, transposeMatrix(c.g, b)), a.shape) : undefined,
      c.needs(1) ? sumTo(c.g, matmul(c.g, transposeMatrix(c.g, a), dy), b.shape) : undefined,
    ];
  },
  /** For y = op(a)·op(b) + bias, each factor's gradient is a product in which its own transposition is undone. */
  Gemm: (c) => {
    const [a, b, bias] = c.x as [Value, Value, Value | undefined];
    const dy = incoming(c);
    const turnedA = numberAttribute(c, 'transA', 0) === 1;
    const turnedB = numberAttribute(c, 'transB', 0) === 1;
    const alpha = numberAttribute(c, 'alpha', 1);
    const da = () => (turnedA ? gemm(c, b, dy, turnedB, true) : gemm(c, dy, b, false, !turnedB));
    const db = () => (turnedB ? gemm(c, dy, a, true, turnedA) : gemm(c, a, dy, !turnedA, false));
    return [
      c.needs(0) ? scaled(c, da(), alpha) : undefined,
      c.needs(1) ? scaled(c, db(), alpha) : undefined,
      bias && c.needs(2) ? scaled(c, sumTo(c.g, dy, bias.shape), numberAttribute(c, 'beta', 1)) : undefined,
    ];
  },
} as const satisfies GradientTable;
