import { cast } from '../../../../main/onnx/expressions.ts';
import type { Shape } from '../../../../main/onnx/dim.ts';
import { int64 } from '../../../../main/runtime/tensor.ts';
import type { RuleCases } from './elementwise-cases.ts';
import type { GradientCase } from './finite-differences.ts';

const quickGelu = (shapes: readonly Shape[], alpha: number): GradientCase => ({ shapes, build: (g, [x]) => g.op('QuickGelu', [x], { alpha }), reference: (x) => x / (1 + Math.exp(-alpha * x)) });

export const fusedCases = {
  QuickGelu: { random: (random) => quickGelu([random.shape(random.int(1, 3))], random.pick([1, 1.702, 0.3])), edges: { shapes: [[[1]], [[0]], [[2, 0, 3]], [[4, 5]]], of: (shapes) => quickGelu(shapes, 1) } },
  /** Linear in x, and in float32 only. */
  RotaryEmbedding: {
    random: (random) => {
      const [batch, tokens, heads, half] = [random.int(1, 2), random.int(1, 3), random.int(1, 2), random.pick([4, 8])];
      return {
        shapes: [[batch, tokens, heads * half * 2]],
        step: 1,
        feeds: { positions: int64([1], [0]), cos: random.float32([tokens, half]), sin: random.float32([tokens, half]) },
        build: (g, [x]) => {
          const table = (name: string) => g.input(name, 'float32', [tokens, half]);
          const inputs = [cast(g, x!, 'float32'), g.input('positions', 'int64', [1]), table('cos'), table('sin')];
          return cast(g, g.op('RotaryEmbedding', inputs, { interleaved: 0, num_heads: heads }), 'float64');
        },
      };
    },
  },
} satisfies Record<string, RuleCases>;
