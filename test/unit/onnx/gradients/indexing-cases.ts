import { evaluateDim } from '../../../../main/onnx/dim.ts';
import { hostTensor } from '../../../../main/runtime/tensor.ts';
import type { RuleCases } from './elementwise-cases.ts';

export const indexingCases = {
  Gather: {
    random: (random) => {
      const shape = [random.dim(1), ...random.shape(random.int(0, 2))];
      const indices = random.shape(random.int(0, 3));
      return {
        shapes: [shape],
        feeds: { indices: random.indices(indices, evaluateDim(shape[0]!, random.bindings)) },
        build: (g, [x]) => g.op('Gather', [x, g.input('indices', 'int64', indices)], random.chance(0.5) ? { axis: random.signedAxis(0, shape.length) } : {}),
      };
    },
  },
  GatherElements: {
    random: (random) => {
      const shape = random.shape(random.int(1, 3), 1);
      const at = random.int(0, shape.length - 1);
      const indices = shape.map((dim, i) => (i === at ? random.dim() : dim));
      return {
        shapes: [shape],
        feeds: { indices: random.indices(indices, evaluateDim(shape[at]!, random.bindings)) },
        build: (g, [x]) => g.op('GatherElements', [x, g.input('indices', 'int64', indices)], { axis: random.signedAxis(at, shape.length) }),
      };
    },
  },
  ScatterND: {
    random: (random) => {
      const [rows, rest] = [random.int(1, 4), random.shape(random.int(0, 2))];
      const count = random.int(0, rows);
      // No row twice: which of two updates stays is not defined.
      const chosen = random.permutation(rows).slice(0, count);
      return {
        shapes: [[rows, ...rest], [count, ...rest]],
        feeds: { indices: hostTensor('int64', [count, 1], BigInt64Array.from(chosen, BigInt)) },
        build: (g, [data, updates]) => g.op('ScatterND', [data, g.input('indices', 'int64', [count, 1]), updates]),
      };
    },
  },
} satisfies Record<string, RuleCases>;
