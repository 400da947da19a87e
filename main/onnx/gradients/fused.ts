import { add, multiply, negate, scale, subtract } from '../expressions.ts';
import type { Value } from '../graph.ts';
import { type GradientTable, incoming, numberAttribute } from './rule.ts';

/** onnxruntime's own operators that a decoder layer is trained through. */
export const fusedGradients = {
  /** For y = x·σ(αx): σ + αy·(1 − σ), written σ·(1 − αy) + αy. */
  QuickGelu: (c) => {
    const { g } = c;
    const [x, y] = [c.x[0] as Value, c.y[0] as Value];
    const alpha = numberAttribute(c, 'alpha', 1.702);
    const times = (value: Value): Value => (alpha === 1 ? value : scale(g, value, alpha));
    const gate = g.op('Sigmoid', [times(x)]);
    const slope = add(g, multiply(g, gate, subtract(g, g.scalar(y.type, 1), times(y))), times(y));
    return [multiply(g, incoming(c), slope)];
  },
  /** A rotation is undone by the opposite angle. */
  RotaryEmbedding: (c) => {
    const [, positions, cos, sin] = c.x as [Value, Value, Value, Value];
    if (c.needs(2) || c.needs(3)) c.fail('the gradient rule is for x only: the angles are constants');
    return [c.g.op('RotaryEmbedding', [incoming(c), positions, cos, negate(c.g, sin)], c.attributes)];
  },
} as const satisfies GradientTable;
