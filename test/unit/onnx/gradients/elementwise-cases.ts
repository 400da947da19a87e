import { type Shape, symbol } from '../../../../main/onnx/dim.ts';
import { dataTypes } from '../../../../main/onnx/graph.ts';
import { type OperatorName } from '../../../../main/onnx/operators/table.ts';
import type { RandomInputs, Range } from '../random-inputs.ts';
import { erf } from './erf.ts';
import type { GradientCase } from './finite-differences.ts';

export type RuleCases = {
  /** One of the random cases. */
  readonly random: (random: RandomInputs) => GradientCase;
  /** Cases that chance may miss. */
  readonly edges?: readonly GradientCase[];
};

const unary = (op: OperatorName, range: Range = 'any', reference?: (x: number) => number): RuleCases => {
  const of = (shape: Shape): GradientCase => ({ shapes: [shape], ranges: [range], build: (g, [x]) => g.op(op, [x]), ...(reference && { reference }) });
  return { random: (random) => of(random.shape(random.int(0, 4))), edges: [[], [1], [0], [2, 0, 3], [2, 3]].map(of) };
};

/** Both directions, different ranks, sizes of 1 on one side or on both, empty ones. */
const pairs: readonly (readonly [Shape, Shape])[] = [
  [[2, 3], [2, 3]], [[2, 3], [3]], [[3], [2, 3]], [[2, 3], []], [[], [2, 3]], [[2, 1], [1, 3]], [[1, 3], [2, 1]], [[1, 1], [1]],
  [[2, 1, 3], [4, 1]], [[4, 1], [2, 1, 3]], [[1], [2, 0]], [[0, 3], [1, 3]], [[1, 3], [0, 1]], [[0], [0]],
];

const binary = (op: OperatorName, ranges: readonly Range[] = []): RuleCases => {
  const of = (shapes: readonly Shape[]): GradientCase => ({ shapes, ranges, build: (g, x) => g.op(op, x) });
  return { random: (random) => of(random.broadcastPair()), edges: pairs.map(of) };
};

const where = (random: RandomInputs, condition: Shape, shapes: readonly Shape[]): GradientCase => ({
  shapes,
  feeds: { condition: random.bool(condition) },
  build: (g, x) => g.op('Where', [g.input('condition', 'bool', condition), ...x]),
});

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
      const [a, b] = random.broadcastPair();
      const condition = (random.chance(0.5) ? a : b).map((dim) => (random.chance(0.3) ? 1 : dim));
      return where(random, condition, [a, b]);
    },
  },
  Cast: {
    // To float32 and back: the differences of the rounded values would be noise, so the numbers are few and the slope 1.
    random: (random) => ({ shapes: [random.shape(random.int(0, 3))], build: (g, [x]) => g.op('Cast', [x], { to: dataTypes.float64.onnx }) }),
  },
} satisfies Record<string, RuleCases>;

/** A symbol that no random shape uses. */
export const N = symbol('N');
