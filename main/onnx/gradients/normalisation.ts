import { add, multiply, reduceMean, subtract } from '../expressions.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Value } from '../graph.ts';
import { type GradientContext, type GradientTable, incoming, numberAttribute, sumTo } from './rule.ts';

/** 1 / √(mean of squares + ε) over the last axis. */
function inverseRms(g: GraphBuilder, x: Value, epsilon: number): Value {
  const meanSquare = reduceMean(g, multiply(g, x, x), [-1]);
  return g.op('Reciprocal', [g.op('Sqrt', [add(g, meanSquare, g.scalar(x.type, epsilon))])]);
}

const epsilonOf = (c: GradientContext): number => numberAttribute(c, 'epsilon', 1e-5);

export const normalisationGradients = {
  /** With n = x/rms: dx = (dy·w − n·mean(dy·w·n)) / rms, dw = Σ dy·n. */
  SimplifiedLayerNormalization: (c) => {
    const { g } = c;
    const [x, weight] = c.x as [Value, Value];
    const dy = incoming(c);
    const inverse = inverseRms(g, x, epsilonOf(c));
    const normal = multiply(g, x, inverse);
    const dx = (): Value => {
      const weighted = multiply(g, dy, weight);
      const along = reduceMean(g, multiply(g, weighted, normal), [-1]);
      return multiply(g, inverse, subtract(g, weighted, multiply(g, normal, along)));
    };
    return [c.needs(0) ? dx() : undefined, c.needs(1) ? sumTo(g, multiply(g, dy, normal), weight.shape) : undefined];
  },
  /** As above around the mean: dx also loses mean(dy·w). */
  LayerNormalization: (c) => {
    const { g } = c;
    const [x, weight, bias] = c.x as [Value, Value, Value | undefined];
    const dy = incoming(c);
    const centred = subtract(g, x, reduceMean(g, x, [-1]));
    const inverse = inverseRms(g, centred, epsilonOf(c));
    const normal = multiply(g, centred, inverse);
    const dx = (): Value => {
      const weighted = multiply(g, dy, weight);
      const along = reduceMean(g, multiply(g, weighted, normal), [-1]);
      const rest = subtract(g, subtract(g, weighted, reduceMean(g, weighted, [-1])), multiply(g, normal, along));
      return multiply(g, inverse, rest);
    };
    return [
      c.needs(0) ? dx() : undefined,
      c.needs(1) ? sumTo(g, multiply(g, dy, normal), weight.shape) : undefined,
      bias && c.needs(2) ? sumTo(g, dy, bias.shape) : undefined,
    ];
  },
} as const satisfies GradientTable;
