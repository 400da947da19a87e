import type { Dim } from '../../../../main/onnx/dim.ts';
import type { RuleCases } from './elementwise-cases.ts';

export const normalisationCases = {
  SimplifiedLayerNormalization: {
    random: (random) => {
      const shape = [...random.shape(random.int(0, 3)), random.dim(1)];
      return {
        shapes: [shape, [shape.at(-1) as Dim]],
        build: (g, x) => g.op('SimplifiedLayerNormalization', x, { axis: random.signedAxis(shape.length - 1, shape.length), epsilon: random.pick([1e-6, 0.1]) }),
      };
    },
  },
  LayerNormalization: {
    random: (random) => {
      const shape = [...random.shape(random.int(0, 3)), random.pick<Dim>([2, 3, 4])];
      const width = shape.at(-1) as Dim;
      const epsilon = random.pick([undefined, 1e-3, 0.1]);
      return {
        shapes: [shape, [width], ...(random.chance(0.5) ? [[width]] : [])],
        build: (g, x) => g.op('LayerNormalization', x, { axis: -1, ...(epsilon && { epsilon }) }),
      };
    },
  },
} satisfies Record<string, RuleCases>;
