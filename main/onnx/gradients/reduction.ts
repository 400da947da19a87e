import { type Shape, elementCount } from '../dim.ts';
import { divide, multiply, reduceSum, reshape, subtract } from '../expressions.ts';
import type { Value } from '../graph.ts';
import { type GradientContext, type GradientTable, incoming, int } from './rule.ts';

/** A reduction's gradient with its axes put back as size 1, ready to broadcast over the input. */
function kept(c: GradientContext, value: Value): Value {
  const x = c.x[0] as Value;
  return reshape(c.g, value, x.shape.map((dim, i) => (reducedAxes(c).has(i) ? 1 : dim)));
}

function reducedAxes(c: GradientContext): ReadonlySet<number> {
  const rank = (c.x[0] as Value).shape.length;
  const axes = c.x.length > 1 ? (c.vector(1) as readonly number[]) : Array.from({ length: rank }, (_, i) => i);
  return new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
}

const expand = (c: GradientContext, value: Value, shape: Shape): Value => c.g.op('Expand', [value, c.g.vector(shape)]);

const reducedShape = (c: GradientContext): Shape => (c.x[0] as Value).shape.filter((_, i) => reducedAxes(c).has(i));

/** Number of elements that a mean is over, as a value of the input's type. */
function divisor(c: GradientContext): Value {
  const { g } = c;
  const x = c.x[0] as Value;
  const count = elementCount(reducedShape(c));
  if (typeof count === 'number') return g.scalar(x.type, count);
  return g.op('Cast', [reshape(g, g.vector([count]), [])], { to: 1 });
}

export const reductionGradients = {
  ReduceSum: (c) => [expand(c, kept(c, incoming(c)), (c.x[0] as Value).shape)],
  ReduceMean: (c) => [expand(c, divide(c.g, kept(c, incoming(c)), divisor(c)), (c.x[0] as Value).shape)],
  /** Each element's share is its softmax weight. */
  ReduceLogSumExp: (c) => {
    const share = c.g.op('Exp', [subtract(c.g, c.x[0] as Value, kept(c, c.y[0] as Value))]);
    return [multiply(c.g, kept(c, incoming(c)), share)];
  },
  /** y·(dy − Σ y·dy) */
  Softmax: (c) => {
    const axis = int(c.attributes, 'axis', -1);
    const y = c.y[0] as Value;
    const weighted = multiply(c.g, incoming(c), y);
    return [subtract(c.g, weighted, multiply(c.g, y, reduceSum(c.g, weighted, [axis])))];
  },
  /** dy − exp(y)·Σ dy */
  LogSoftmax: (c) => {
    const axis = int(c.attributes, 'axis', -1);
    const share = c.g.op('Exp', [c.y[0] as Value]);
    return [subtract(c.g, incoming(c), multiply(c.g, share, reduceSum(c.g, incoming(c), [axis])))];
  },
} as const satisfies GradientTable;

