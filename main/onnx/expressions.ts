import type { GraphBuilder } from './builder.ts';
import { type Dim, type Shape, addDims, equalShapes, multiplyDims } from './dim.ts';
import { type DataType, type Value, dataTypes } from './graph.ts';

// The sentences in which graphs are written. Each adds a node or a few and returns the value.

type G = GraphBuilder;

export const add = (g: G, a: Value, b: Value): Value => g.op('Add', [a, b]);
export const subtract = (g: G, a: Value, b: Value): Value => g.op('Sub', [a, b]);
export const multiply = (g: G, a: Value, b: Value): Value => g.op('Mul', [a, b]);
export const divide = (g: G, a: Value, b: Value): Value => g.op('Div', [a, b]);
export const negate = (g: G, a: Value): Value => g.op('Neg', [a]);
export const exponential = (g: G, a: Value): Value => g.op('Exp', [a]);
export const sigmoid = (g: G, a: Value): Value => g.op('Sigmoid', [a]);
export const matmul = (g: G, a: Value, b: Value): Value => g.op('MatMul', [a, b]);
export const softmax = (g: G, a: Value): Value => g.op('Softmax', [a], { axis: -1 });
export const cast = (g: G, a: Value, to: DataType): Value => (a.type === to ? a : g.op('Cast', [a], { to: dataTypes[to].onnx }));

/** x·factor. */
export const scale = (g: G, x: Value, factor: number): Value => multiply(g, x, g.scalar(x.type, factor));

export const reshape = (g: G, x: Value, shape: Shape): Value => (equalShapes(x.shape, shape) ? x : g.op('Reshape', [x, g.vector(shape)], { allowzero: 1 }));

/** x repeated along its axes of size 1, and new leading ones, to a shape; to an empty one a scalar is (see the operator table). */
export const expand = (g: G, x: Value, shape: Shape): Value => g.op('Expand', [shape.includes(0) ? g.scalar(x.type, 0) : x, g.vector(shape)]);

export const transpose = (g: G, x: Value, perm: readonly number[]): Value => g.op('Transpose', [x], { perm });

/** The last two axes exchanged. */
export function transposeMatrix(g: G, x: Value): Value {
  const n = x.shape.length;
  return transpose(g, x, [...Array.from({ length: n - 2 }, (_, i) => i), n - 1, n - 2]);
}

export const concat = (g: G, values: readonly Value[], axis: number): Value =>
  values.length === 1 ? (values[0] as Value) : g.op('Concat', values, { axis });

/** A WebGPU program binds 8 buffers or more; onnxruntime's Split needs them all at once. */
const mostParts = 7;

/** x cut along an axis; into many parts, by cutting parts of several again. */
export function split(g: G, x: Value, axis: number, sizes: readonly Dim[]): readonly Value[] {
  if (sizes.length <= mostParts) return sizes.length === 1 ? [x] : (g.node('Split', [x, g.vector(sizes)], { axis }, sizes.length) as readonly Value[]);
  const each = Math.ceil(sizes.length / mostParts);
  const groups = Array.from({ length: Math.ceil(sizes.length / each) }, (_, i) => sizes.slice(i * each, (i + 1) * each));
  return split(g, x, axis, groups.map((group) => addDims(...group))).flatMap((part, i) => split(g, part, axis, groups[i] as readonly Dim[]));
}

/** Elements start ≤ i < end of one axis. */
export const slice = (g: G, x: Value, axis: number, start: Dim, end: Dim): Value =>
  g.op('Slice', [x, g.vector([start]), g.vector([end]), g.vector([axis])]);

export const gather = (g: G, x: Value, indices: Value, axis = 0): Value => g.op('Gather', [x, indices], { axis });

/** Axes as a vector, counted from the start. */
const axesVector = (g: G, x: Value, axes: readonly number[]): Value => g.vector(axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis)));

export const reduceSum = (g: G, x: Value, axes: readonly number[], keep = true): Value =>
  g.op('ReduceSum', [x, axesVector(g, x, axes)], { keepdims: keep ? 1 : 0 });

export const reduceMean = (g: G, x: Value, axes: readonly number[]): Value => g.op('ReduceMean', [x, axesVector(g, x, axes)], { keepdims: 1 });

/** All axes but the last folded into one: [..., K] → [rows, K]. */
export const asMatrix = (g: G, x: Value): Value => reshape(g, x, [multiplyDims(...x.shape.slice(0, -1)), x.shape.at(-1) as Dim]);

/** x·Wᵀ + bias with x [..., K], W [N, K] as checkpoints store it. */
export function affine(g: G, x: Value, weight: Value, bias?: Value): Value {
  const y = g.op('Gemm', bias ? [asMatrix(g, x), weight, bias] : [asMatrix(g, x), weight], { transB: 1 });
  return reshape(g, y, [...x.shape.slice(0, -1), weight.shape[0] as Dim]);
}

/** x·σ(x). */
export const silu = (g: G, x: Value): Value => multiply(g, x, sigmoid(g, x));

/** x / rms(x) · weight over the last axis (RMSNorm). */
export const rmsNorm = (g: G, x: Value, weight: Value, epsilon: number): Value =>
  g.op('SimplifiedLayerNormalization', [x, weight], { axis: -1, epsilon });
