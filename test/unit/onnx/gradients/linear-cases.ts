import type { GraphBuilder } from '../../../../main/onnx/builder.ts';
import type { Dim, Shape } from '../../../../main/onnx/dim.ts';
import type { Value } from '../../../../main/onnx/graph.ts';
import type { RuleCases } from './elementwise-cases.ts';

const matmul = { build: (g: GraphBuilder, x: readonly Value[]) => g.op('MatMul', x) };

export const linearCases = {
  MatMul: {
    random: (random) => {
      // Batches only where nothing is empty (see the operator table).
      const batched = random.chance(0.7);
      const [rows, inner, columns] = random.shape(3, batched ? 1 : 0) as [Dim, Dim, Dim];
      const [a = [], b = []] = batched ? random.broadcasting(2, 1).map((batch) => batch.slice(-2)) : [];
      return { shapes: [[...a, rows, inner], [...b, inner, columns]], ...matmul };
    },
    edges: {
      shapes: [
        [[2, 3], [3, 4]], [[5, 2, 3], [3, 4]], [[2, 3], [5, 3, 4]], [[5, 1, 2, 3], [4, 3, 2]], [[1, 2, 3], [5, 3, 2]],
        [[1, 3], [3, 1]], [[0, 3], [3, 2]], [[2, 0], [0, 3]], [[2, 3], [3, 0]], [[0, 2, 3], [3, 2]],
      ],
      of: (shapes) => ({ shapes, ...matmul }),
    },
  },
  Gemm: {
    random: (random) => {
      // onnxruntime adds the bias unscaled where there is nothing to multiply, so beta comes with inner sizes from 1 on.
      const [rows, inner, columns] = [random.dim(), random.dim(1), random.dim()];
      const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
      const bias = random.pick<Shape | undefined>([undefined, [], [1], [columns], [1, columns], [rows, 1], [rows, columns], [1, 1]]);
      const scales = random.chance(0.5) ? {} : { alpha: 0.5, beta: -2 };
      return {
        shapes: [transA ? [inner, rows] : [rows, inner], transB ? [columns, inner] : [inner, columns], ...(bias ? [bias] : [])],
        build: (g, x) => g.op('Gemm', x, { transA, transB, ...scales }),
      };
    },
    edges: {
      shapes: [[[2, 0], [0, 3], [3]], [[0, 2], [2, 3], [3]], [[2, 2], [2, 0], [1]], [[1, 1], [1, 1], []], [[2, 3], [3, 2], [2, 1]]],
      of: (shapes) => ({ shapes, build: (g, x) => g.op('Gemm', x) }),
    },
  },
} satisfies Record<string, RuleCases>;
