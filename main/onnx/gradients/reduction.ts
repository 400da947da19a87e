import { elementCount } from '../dim.ts';
import { cast, divide, expand, multiply, reduceSum, reshape, subtract } from '../expressions.ts';
import type { Value } from '../graph.ts';
import { type GradientContext, type GradientTable, incoming, numberAttribute } from './rule.ts';

/** A reduction's gradient with its axes put back as size 1, ready to broadcast over the input. */
function kept(c: GradientContext, value: Value): Value {
  const x = c.x[0] as Value;
  return reshape(c.g, value, x.shape.map((dim, i) => (reducedAxes(c).has(i) ? 1 : dim)));
}

function reducedAxes(c: GradientContext): ReadonlySet<number> {
  return new Set(c.x.length > 1 ? (c.vector(1) as readonly number[]) : (c.x[0] as Value).shape.keys());
}

/** The gradient of every element that was summed is that of its sum. */
const spread = (c: GradientContext, value: Value): Value => expand(c.g, kept(c, value), (c.x[0] as Value).shape);

/** Number of elements that a mean is over, as a value of the input's type. */
function divisor(c: GradientContext): Value {
  const { g } = c;
  const { type, shape } = c.x[0] as Value;
  const count = elementCount(shape.filter((_, i) => reducedAxes(c).has(i)));
  return typeof count === 'number' ? g.scalar(type, count) : cast(g, reshape(g, g.vector([count]), []), type);
}

export const reductionGradients = {
  ReduceSum: (c) => [spread(c, incoming(c))],
  ReduceMean: (c) => [spread(c, divide(c.g, incoming(c), divisor(c)))],
  /** Each element's share is its softmax weight. */
  ReduceLogSumExp: (c) => {
    const share = c.g.op('Exp', [subtract(c.g, c.x[0] as Value, kept(c, c.y[0] as Value))]);
    return [multiply(c.g, kept(c, incoming(c)), share)];
  },
  /** y·(dy − Σ y·dy) */
  Softmax: (c) => {
    const axis = numberAttribute(c, 'axis', -1);
    const y = c.y[0] as Value;
    const weighted = multiply(c.g, incoming(c), y);
    return [subtract(c.g, weighted, multiply(c.g, y, reduceSum(c.g, weighted, [axis])))];
  },
  /** dy − exp(y)·Σ dy */
  LogSoftmax: (c) => {
    const axis = numberAttribute(c, 'axis', -1);
    const share = c.g.op('Exp', [c.y[0] as Value]);
    return [subtract(c.g, incoming(c), multiply(c.g, share, reduceSum(c.g, incoming(c), [axis])))];
  },
} as const satisfies GradientTable;

