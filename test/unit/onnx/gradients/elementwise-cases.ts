import { cast } from '../../../../main/onnx/expressions.ts';
import type { Shape } from '../../../../main/onnx/dim.ts';
import type { OperatorName } from '../../../../main/onnx/operators/table.ts';
import type { RandomInputs, Range } from '../random-inputs.ts';
import { erf } from './erf.ts';
import type { GradientCase } from './finite-differences.ts';

/** How a gradient rule is tried. */
export type RuleCases = {
  readonly random: (random: RandomInputs) => GradientCase;
  /** Shapes that chance may miss, tried as they are and with symbols for their sizes. */
  readonly edges?: { readonly shapes: readonly (readonly Shape[])[]; readonly of: (shapes: readonly Shape[]) => GradientCase };
};

const unary = (op: OperatorName, range: Range = 'any', reference?: (x: number) => number): RuleCases => {
  const of = (shapes: readonly Shape[]): GradientCase => ({ shapes, ranges: [range], build: (g, [x]) => g.op(op, [x]), ...(reference && { reference }) });
  return { random: (random) => of([random.shape(random.int(0, 4))]), edges: { shapes: [[[]], [[1]], [[0]], [[2, 0, 3]], [[2, 3]]], of } };
};

/** Both directions, different ranks, sizes of 1 on one side or on both, empty ones. */
const pairs: readonly (readonly [Shape, Shape])[] = [
  [[2, 3], [2, 3]], [[2, 3], [3]], [[3], [2, 3]], [[2, 3], []], [[], [2, 3]], [[2, 1], [1, 3]], [[1, 3], [2, 1]], [[1, 1], [1]],
  [[2, 1, 3], [4, 1]], [[4, 1], [2, 1, 3]], [[1], [2, 0]], [[0, 3], [1, 3]], [[1, 3], [0, 1]], [[0], [0]],
];

const binary = (op: OperatorName, ranges: readonly Range[] = []): RuleCases => {
  const of = (shapes: readonly Shape[]): GradientCase => ({ shapes, ranges, build: (g, x) => g.op(op, x) });
  return { random: (random) => of(random.broadcasting(2)), edges: { shapes: pairs, of } };
};

export const elementwiseCases = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: binary('Div', ['any', 'nonzero']),
  Neg: unary('Neg'),
  Exp: unary('Exp'),
  Log: unary('Log', 'positive'),
  Sqrt: unary('Sqrt', 'positive'),
  Reciprocal: unary('Reciprocal', 'nonzero'),
  Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'),
  Erf: unary('Erf', 'any', erf),
  Gelu: unary('Gelu', 'any', (x) => 0.5 * x * (1 + erf(x / Math.SQRT2))),
  Identity: unary('Identity'),
  Where: {
    random: (random) => {
      const [condition = [], ...shapes] = random.broadcasting(3);
      return {
        shapes,
        feeds: { condition: random.bool(condition) },
        build: (g, x) => g.op('Where', [g.input('condition', 'bool', condition), ...x]),
      };
    },
  },
  Cast: {
    random: (random) => ({ shapes: [random.shape(random.int(0, 4))], step: 1, build: (g, [x]) => cast(g, cast(g, x!, 'float32'), 'float64') }),
  },
} satisfies Record<string, RuleCases>;
