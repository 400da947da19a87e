import { add, cast, divide, multiply, negate, scale, subtract } from '../expressions.ts';
import type { Value } from '../graph.ts';
import { type GradientContext, type GradientTable, incoming, sumTo } from './rule.ts';

/** dy·slope(x, y) for an operator with one input. */
const bySlope =
  (slope: (context: GradientContext, x: Value, y: Value) => Value) =>
  (c: GradientContext): readonly Value[] => [multiply(c.g, incoming(c), slope(c, c.x[0] as Value, c.y[0] as Value))];

/** The gradients of both inputs of a broadcasting operator, each built only where it is wanted. */
const pair =
  (left: (c: GradientContext, dy: Value, a: Value, b: Value) => Value, right: (c: GradientContext, dy: Value, a: Value, b: Value) => Value) =>
  (c: GradientContext): readonly (Value | undefined)[] => {
    const [a, b] = c.x as [Value, Value];
    return [
      c.needs(0) ? sumTo(c.g, left(c, incoming(c), a, b), a.shape) : undefined,
      c.needs(1) ? sumTo(c.g, right(c, incoming(c), a, b), b.shape) : undefined,
    ];
  };

const one = ({ g }: GradientContext, like: Value): Value => g.scalar(like.type, 1);

export const elementwiseGradients = {
  Add: pair((_, dy) => dy, (_, dy) => dy),
  Sub: pair((_, dy) => dy, ({ g }, dy) => negate(g, dy)),
  Mul: pair(({ g }, dy, _, b) => multiply(g, dy, b), ({ g }, dy, a) => multiply(g, dy, a)),
  Div: pair(
    ({ g }, dy, _, b) => divide(g, dy, b),
    ({ g, y }, dy, _, b) => negate(g, divide(g, multiply(g, dy, y[0] as Value), b)),
  ),
  Neg: (c) => [negate(c.g, incoming(c))],
  Exp: bySlope((_, __, y) => y),
  Log: bySlope(({ g }, x) => g.op('Reciprocal', [x])),
  Sqrt: bySlope((c, _, y) => divide(c.g, c.g.scalar(y.type, 0.5), y)),
  Reciprocal: bySlope(({ g }, _, y) => negate(g, multiply(g, y, y))),
  Sigmoid: bySlope((c, _, y) => multiply(c.g, y, subtract(c.g, one(c, y), y))),
  Tanh: bySlope((c, _, y) => subtract(c.g, one(c, y), multiply(c.g, y, y))),
  /** 2/√π · exp(−x²) */
  Erf: bySlope(({ g }, x) => scale(g, g.op('Exp', [negate(g, multiply(g, x, x))]), 2 / Math.sqrt(Math.PI))),
  /** Φ(x) + x·φ(x), the exact (erf) form. */
  Gelu: bySlope((c, x) => {
    const { g } = c;
    const cumulative = scale(g, add(g, one(c, x), g.op('Erf', [scale(g, x, Math.SQRT1_2)])), 0.5);
    const density = scale(g, g.op('Exp', [scale(g, multiply(g, x, x), -0.5)]), 1 / Math.sqrt(2 * Math.PI));
    return add(g, cumulative, multiply(g, x, density));
  }),
  Identity: (c) => [incoming(c)],
  /** The gradient goes where the condition took the value from. */
  Where: (c) => {
    const [condition, a, b] = c.x as [Value, Value, Value];
    const zero = c.g.scalar(a.type, 0);
    return [
      undefined,
      c.needs(1) ? sumTo(c.g, c.g.op('Where', [condition, incoming(c), zero]), a.shape) : undefined,
      c.needs(2) ? sumTo(c.g, c.g.op('Where', [condition, zero, incoming(c)]), b.shape) : undefined,
    ];
  },
  Cast: (c) => [cast(c.g, incoming(c), (c.x[0] as Value).type)],
} as const satisfies GradientTable;
