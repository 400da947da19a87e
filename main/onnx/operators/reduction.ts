import { type Dim, isSurelyNegative, shapeText } from '../dim.ts';
import { type InferenceContext, type Operator, type OperatorTable, axesOf, axisOf, floatingType, intAttribute, numericType, required } from './operator.ts';

/** Which axes a reduction takes: its second input, all of them where that is left out. */
function reducedAxes(c: InferenceContext): ReadonlySet<number> {
  const { shape } = required(c, 0);
  if (!c.inputs[1]) return new Set(shape.keys());
  const axes = c.vector(1);
  // ONNX reads an empty list as all axes, which no caller who computes the list would mean.
  if (axes.length === 0) c.fail('no axes: leave the list out to reduce them all');
  // The CPU provider of onnxruntime 1.30 does not reduce an empty tensor then.
  if (axes.some(isSurelyNegative)) c.fail(`axes ${shapeText(axes)} counted from the end`);
  return new Set(axesOf(c, axes, shape.length));
}

function reducedShape(c: InferenceContext, axes: ReadonlySet<number>): readonly Dim[] {
  const { shape } = required(c, 0);
  return intAttribute(c, 'keepdims', 1) ? shape.map((dim, i) => (axes.has(i) ? 1 : dim)) : shape.filter((_, i) => !axes.has(i));
}

const reduction: Operator = {
  domain: '',
  inputs: [1, 2],
  attributes: { keepdims: 'int' },
  infer: (c) => [{ type: numericType(c, 0), shape: reducedShape(c, reducedAxes(c)) }],
};

const alongAxis: Operator = {
  domain: '',
  inputs: [1, 1],
  attributes: { axis: 'int' },
  infer: (c) => {
    const { shape } = required(c, 0);
    axisOf(c, intAttribute(c, 'axis', -1), shape.length);
    return [{ type: floatingType(c, 0), shape }];
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
