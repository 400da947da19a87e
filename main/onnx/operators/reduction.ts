import { type InferenceContext, type Operator, type OperatorTable, axisOf, intAttribute, required } from './operator.ts';
import type { Dim } from '../dim.ts';

/** Which axes a reduction takes: its second input, all of them where that is left out. */
function reducedAxes(c: InferenceContext): ReadonlySet<number> {
  const rank = required(c, 0).shape.length;
  const axes = c.inputs[1] ? c.vector(1) : required(c, 0).shape.map((_, i) => i);
  return new Set(axes.map((axis) => (typeof axis === 'number' ? axisOf(c, axis, rank) : c.fail('an axis is symbolic'))));
}

function reducedShape(c: InferenceContext, axes: ReadonlySet<number>): readonly Dim[] {
  const { shape } = required(c, 0);
  return intAttribute(c, 'keepdims', 1) ? shape.map((dim, i) => (axes.has(i) ? 1 : dim)) : shape.filter((_, i) => !axes.has(i));
}

const reduction: Operator = {
  domain: '',
  inputs: [1, 2],
  attributes: { keepdims: 'int' },
  infer: (c) => [{ type: required(c, 0).type, shape: reducedShape(c, reducedAxes(c)) }],
};

const alongAxis: Operator = {
  domain: '',
  inputs: [1, 1],
  attributes: { axis: 'int' },
  infer: (c) => {
    const { type, shape } = required(c, 0);
    axisOf(c, intAttribute(c, 'axis', -1), shape.length);
    return [{ type, shape }];
  },
};

export const reductions = {
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ReduceLogSumExp: reduction,
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  ArgMax: {
    domain: '',
    inputs: [1, 1],
    attributes: { axis: 'int', keepdims: 'int' },
    infer: (c) => {
      const axis = axisOf(c, intAttribute(c, 'axis', 0), required(c, 0).shape.length);
      return [{ type: 'int64', shape: reducedShape(c, new Set([axis])) }];
    },
  },
} as const satisfies OperatorTable;
