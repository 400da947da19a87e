import type { Shape } from '../../../../main/onnx/dim.ts';
import type { OperatorName } from '../../../../main/onnx/operators/table.ts';
import type { RuleCases } from './elementwise-cases.ts';

/** Some axes or (no list) all of them, kept as size 1 or not. */
const reduction = (op: OperatorName): RuleCases => ({
  random: (random) => {
    const shape = random.shape(random.int(1, 4), 1);
    const chosen = shape.flatMap((_, axis) => (random.chance(0.5) ? [axis] : []));
    const keepdims = random.int(0, 1);
    return { shapes: [shape], build: (g, [x]) => g.op(op, chosen.length > 0 ? [x, g.vector(chosen)] : [x], { keepdims }) };
  },
  edges: {
    shapes: [[[]], [[1]], [[0]], [[2, 0, 3]], [[3, 1, 2]]],
    of: (shapes) => ({ shapes, build: (g, [x]) => g.op(op, [x], { keepdims: 1 }) }),
  },
});

const alongAxis = (op: OperatorName): RuleCases => ({
  random: (random) => {
    const shape = random.shape(random.int(1, 4));
    const axis = random.signedAxis(random.int(0, shape.length - 1), shape.length);
    return { shapes: [shape], build: (g, [x]) => g.op(op, [x], random.chance(0.2) ? {} : { axis }) };
  },
  edges: {
    shapes: [[[1]], [[0]], [[2, 0]], [[0, 2]], [[3, 1]], [[2, 3]]],
    of: (shapes: readonly Shape[]) => ({ shapes, build: (g, [x]) => g.op(op, [x], { axis: 0 }) }),
  },
});

export const reductionCases = {
  ReduceSum: reduction('ReduceSum'),
  ReduceMean: reduction('ReduceMean'),
  ReduceLogSumExp: reduction('ReduceLogSumExp'),
  Softmax: alongAxis('Softmax'),
  LogSoftmax: alongAxis('LogSoftmax'),
} satisfies Record<string, RuleCases>;
