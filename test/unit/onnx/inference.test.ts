import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { type Dim, type Shape, evaluateDim, multiplyDims } from '../../../main/onnx/dim.ts';
import { gradientRules } from '../../../main/onnx/gradients/table.ts';
import { type OperatorName, operators } from '../../../main/onnx/operators/table.ts';
import type { Value } from '../../../main/onnx/graph.ts';
import { hostTensor } from '../../../main/runtime/tensor.ts';
import { gradientCases } from './gradients/cases.ts';
import type { GradientCase } from './gradients/finite-differences.ts';
import { RandomInputs } from './random-inputs.ts';
import { runtime } from './run-graph.ts';

// Most of onnxruntime's own operators exist in float32 only.
type InferenceCase = GradientCase & { readonly type?: 'float32' };

const comparison = (op: OperatorName) => (random: RandomInputs): InferenceCase => ({ shapes: random.broadcasting(2), build: (g, x) => g.op(op, x) });

/** Operators without a gradient rule, and those that have more forms than their gradient's cases. */
const others: Readonly<Record<Exclude<OperatorName, keyof typeof gradientRules> | 'QuickGelu' | 'RotaryEmbedding', (random: RandomInputs) => InferenceCase>> = {
  Less: comparison('Less'),
  Equal: comparison('Equal'),
  QuickGelu: (random) => ({ type: 'float32', shapes: [random.shape(random.int(1, 3))], build: (g, [x]) => g.op('QuickGelu', [x], { alpha: 1 }) }),
  ReduceMax: (random) => {
    const shape = random.shape(random.int(1, 3));
    const axis = random.int(0, shape.length - 1);
    return { shapes: [shape], build: (g, [x]) => g.op('ReduceMax', [x, g.vector([axis])], { keepdims: random.int(0, 1) }) };
  },
  ArgMax: (random) => {
    const shape = random.shape(random.int(1, 3), 1);
    const axis = random.signedAxis(random.int(0, shape.length - 1), shape.length);
    return { shapes: [shape], build: (g, [x]) => g.op('ArgMax', [x], { axis, keepdims: random.int(0, 1) }) };
  },
  ScatterElements: (random) => {
    const shape = random.shape(random.int(1, 3), 1);
    const axis = random.int(0, shape.length - 1);
    const indices = shape.map((dim, i) => (i === axis ? random.dim() : dim));
    return {
      shapes: [shape, indices],
      feeds: { indices: random.indices(indices, evaluateDim(shape[axis] as Dim, random.bindings)) },
      build: (g, [x, updates]) => g.op('ScatterElements', [x, g.input('indices', 'int64', indices), updates], { axis, reduction: random.pick(['none', 'add']) }),
    };
  },
  Shape: (random) => {
    const shape = random.shape(random.int(1, 4));
    const start = random.int(0, shape.length);
    return { shapes: [shape], build: (g, [x]) => g.op('Shape', [x], { start, end: random.int(start, shape.length) }) };
  },
  SkipSimplifiedLayerNormalization: (random) => {
    const shape = random.shape(random.int(2, 3), 1);
    const vectors: Shape[] = Array.from({ length: random.int(1, 2) }, () => shape.slice(-1));
    return {
      type: 'float32',
      shapes: [shape, shape, ...vectors],
      build: (g, x) => g.node('SkipSimplifiedLayerNormalization', x, { epsilon: 1e-6 }, random.pick([1, 4])).filter((value): value is Value => value !== undefined),
    };
  },
  RotaryEmbedding: (random) => {
    const [batch, tokens, half, heads] = [random.dim(1), random.dim(1), random.int(1, 3), random.int(1, 3)];
    const positions = random.pick([[1], [batch, tokens]]);
    const table = [8, half];
    const sizes = random.sizes(positions);
    return {
      type: 'float32',
      shapes: [[batch, tokens, 2 * half * heads], table, table],
      feeds: { positions: hostTensor('int64', sizes, new BigInt64Array(sizes.reduce((a, b) => a * b, 1))) },
      build: (g, [x, cos, sin]) => g.op('RotaryEmbedding', [x, g.input('positions', 'int64', positions), cos, sin], { interleaved: random.int(0, 1), num_heads: heads }),
    };
  },
  MultiHeadAttention: (random) => {
    const [batch, queries, keys] = random.shape(3, 1) as [Dim, Dim, Dim];
    const [heads, size, valueSize] = [random.int(1, 3), random.int(1, 3), random.int(1, 3)];
    return {
      type: 'float32',
      shapes: [[batch, queries, heads * size], [batch, keys, heads * size], [batch, keys, heads * valueSize]],
      build: (g, x) => g.op('MultiHeadAttention', x, { num_heads: heads }),
    };
  },
  MatMulNBits: (random) => {
    const [bits, block, n, k] = [random.pick([4, 8]), random.pick([16, 32]), random.int(1, 5), 16 * random.int(1, 4)];
    const blocks = Math.ceil(k / block);
    const x = [...random.shape(random.int(1, 2), 1), k];
    const uint8 = (g: GraphBuilder, shape: readonly number[]): Value => g.constant('uint8', shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.int(0, 255)));
    const [zeroPoints, bias] = [random.chance(0.5), random.chance(0.5)];
    return {
      type: 'float32',
      shapes: [x, [n * blocks], ...(bias ? [[n]] : [])],
      build: (g, [x, scales, shift]) => {
        const zero = zeroPoints ? uint8(g, [n * Math.ceil((blocks * bits) / 8)]) : undefined;
        return g.op('MatMulNBits', [x, uint8(g, [n, blocks, (block * bits) / 8]), scales, zero, undefined, shift], { K: k, N: n, bits, block_size: block });
      },
    };
  },
  GatherBlockQuantized: (random) => {
    const [bits, block, n, k] = [random.pick([4, 8]), random.pick([16, 32]), random.int(1, 5), 16 * random.int(1, 4)];
    const blocks = Math.ceil(k / block);
    const uint8 = (g: GraphBuilder, shape: readonly number[]): Value => g.constant('uint8', shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.int(0, 255)));
    const [zeroPoints, indices] = [random.chance(0.5), random.shape(random.int(1, 2))];
    return {
      type: 'float32',
      shapes: [[n, blocks]],
      feeds: { indices: random.indices(indices, n) },
      build: (g, [scales]) => {
        const zero = zeroPoints ? uint8(g, [n, Math.ceil((blocks * bits) / 8)]) : undefined;
        return g.op('GatherBlockQuantized', [uint8(g, [n, (k * bits) / 8]), g.input('indices', 'int64', indices), scales, zero], { bits, block_size: block, gather_axis: 0, quantize_axis: 1 });
      },
    };
  },
};

const isOther = (op: OperatorName): op is keyof typeof others => Object.hasOwn(others, op);

const caseOf = (op: OperatorName, random: RandomInputs): InferenceCase => (isOther(op) ? others[op] : gradientCases[op].random)(random);

/** What inference says of every value that an operator's node makes, and what onnxruntime makes. */
async function said(op: OperatorName, seed: number): Promise<{ inferred: unknown; found: unknown }> {
  const random = new RandomInputs(seed);
  const { shapes, ranges, feeds, build, reference, type: stated } = caseOf(op, random);
  const type = stated ?? (reference ? 'float32' : 'float64');
  const g = new GraphBuilder('inference');
  const x = shapes.map((shape, i) => g.input(`x${i}`, type, shape));
  const built = build(g, x);
  const y = (Array.isArray(built) ? (built as readonly Value[]) : [built as Value]).map((value, i) => [`y${i}`, value] as const);
  expect(g.nodes.some((node) => node.op === op)).toBe(true);
  // Every other time behind another operator: onnxruntime's optimiser leaves a graph's own outputs alone.
  for (const [name, value] of y) g.output(name, seed % 2 && value.type !== 'bool' ? g.op('Neg', [value]) : value);
  const program = await runtime.program(g.build());
  const tensors = shapes.map((shape, i) => (type === 'float32' ? random.float32(shape, ranges?.[i]) : random.float64(shape, ranges?.[i])));
  const outputs = await program.run({ ...feeds, ...Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor])) });
  return {
    inferred: y.map(([, value]) => ({ type: value.type, shape: random.sizes(value.shape) })),
    found: y.map(([name]) => ({ type: outputs[name]?.type, shape: [...(outputs[name]?.shape ?? [])] })),
  };
}

describe('inference says what onnxruntime makes', () => {
  test.each(Object.keys(operators) as OperatorName[])('%s', async (op) => {
    for (let seed = 0; seed < 16; seed++) {
      const { inferred, found } = await said(op, seed);
      expect(found).toEqual(inferred);
    }
  });

  test('of a mixture whose sizes are products of symbols', async () => {
    const random = new RandomInputs(0, { N2: 2, N3: 3, N0: 0 });
    for (const shape of [[2, 3, 4], [0, 3, 4]].map((sizes) => random.symbolic(sizes))) {
      const g = new GraphBuilder('products');
      const x = g.input('x', 'float32', shape);
      const flat = g.op('Reshape', [x, g.vector([multiplyDims(...shape)])], { allowzero: 1 });
      const twice = g.op('Concat', [flat, flat], { axis: 0 });
      g.output('y', twice);
      const program = await runtime.program(g.build());
      const [y] = Object.values(await program.run({ x: random.float32(shape) }));
      expect(y?.shape).toEqual(random.sizes(twice.shape));
    }
  });
});
