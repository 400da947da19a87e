import { type Dim, equalDims, equalShapes, multiplyDims, shapeText } from '../dim.ts';
import { type InferenceContext, type OperatorTable, axisOf, floatingType, intAttribute, required, requireShape } from './operator.ts';

/** Normalisations work over the last axis here, and scale (and shift) it by vectors. */
function requireLastAxis(c: InferenceContext): void {
  const { shape } = required(c, 0);
  if (axisOf(c, intAttribute(c, 'axis', -1), shape.length) !== shape.length - 1) c.fail(`axis ${intAttribute(c, 'axis')} of ${shapeText(shape)} is not the last one`);
}

const lastAxis = (c: InferenceContext): readonly Dim[] => required(c, 0).shape.slice(-1);

function requireRank3(c: InferenceContext, ...indices: readonly number[]): void {
  for (const i of indices) if (required(c, i).shape.length !== 3) c.fail(`input ${i} needs three axes, found ${shapeText(required(c, i).shape)}`);
}

/** Normalisations, and onnxruntime's own operators that do the work of several. */
export const fused = {
  LayerNormalization: {
    domain: '',
    inputs: [2, 3],
    attributes: { axis: 'int', epsilon: 'float' },
    infer: (c) => {
      requireLastAxis(c);
      requireShape(c, 'scale', 1, lastAxis(c));
      if (c.inputs[2]) requireShape(c, 'bias', 2, lastAxis(c));
      return [{ type: floatingType(c, ...c.inputs.keys()), shape: required(c, 0).shape }];
    },
  },
  /** RMS normalisation (onnxruntime registers it in ONNX's own domain). */
  SimplifiedLayerNormalization: {
    domain: '',
    inputs: [2, 2],
    attributes: { axis: 'int', epsilon: 'float' },
    infer: (c) => {
      requireLastAxis(c);
      requireShape(c, 'scale', 1, lastAxis(c));
      return [{ type: floatingType(c, 0, 1), shape: required(c, 0).shape }];
    },
  },
  /** Adds two tensors and normalises the sum; outputs 0 and 3 are the normalised sum and the sum, 1 and 2 are never computed. */
  SkipSimplifiedLayerNormalization: {
    domain: 'com.microsoft',
    inputs: [3, 4],
    attributes: { epsilon: 'float' },
    infer: (c) => {
      const { shape } = required(c, 0);
      if (!equalShapes(required(c, 1).shape, shape)) c.fail(`${shapeText(shape)} plus ${shapeText(required(c, 1).shape)}`);
      requireShape(c, 'scale', 2, lastAxis(c));
      if (c.inputs[3]) requireShape(c, 'bias', 3, lastAxis(c));
      const type = floatingType(c, ...c.inputs.keys());
      return [{ type, shape }, undefined, undefined, { type, shape }];
    },
  },
  /** x [B, S, heads·size] turned by rows `positions` [B, S] (or rows from `positions` [1] on) of the tables cos, sin [rows, size/2]. */
  RotaryEmbedding: {
    domain: 'com.microsoft',
    inputs: [4, 4],
    attributes: { interleaved: 'int', num_heads: 'int' },
    infer: (c) => {
      requireRank3(c, 0);
      const { shape } = required(c, 0);
      const cos = required(c, 2).shape;
      const width = multiplyDims(2, intAttribute(c, 'num_heads'), cos.at(-1) as Dim);
      if (required(c, 1).type !== 'int64') c.fail(`positions are ${required(c, 1).type}, expected int64`);
      requireShape(c, 'positions', 1, [1], shape.slice(0, 2));
      if (cos.length !== 2 || !equalDims(width, shape[2] as Dim)) c.fail(`cos ${shapeText(cos)} for ${intAttribute(c, 'num_heads')} heads of ${shapeText(shape)}`);
      requireShape(c, 'sin', 3, cos);
      return [{ type: floatingType(c, 0, 2, 3), shape }];
    },
  },
  /** Softmax(q·kᵀ·scale)·v on q [B, S, heads·size], k, v [B, L, heads·size], without a mask: streams over blocks on the CPU. */
  MultiHeadAttention: {
    domain: 'com.microsoft',
    inputs: [3, 3],
    attributes: { num_heads: 'int', scale: 'float' },
    infer: (c) => {
      requireRank3(c, 0, 1, 2);
      const [q, k, v] = [required(c, 0).shape, required(c, 1).shape, required(c, 2).shape] as [readonly Dim[], readonly Dim[], readonly Dim[]];
      const heads = intAttribute(c, 'num_heads');
      const agree = equalShapes([q[0] as Dim, q[2] as Dim], [k[0] as Dim, k[2] as Dim]) && equalShapes(k.slice(0, 2), v.slice(0, 2));
      if (!agree) c.fail(`q ${shapeText(q)}, k ${shapeText(k)}, v ${shapeText(v)} do not belong together`);
      for (const width of [q[2], v[2]]) if (typeof width !== 'number' || width % heads !== 0) c.fail(`${heads} heads of q ${shapeText(q)}, v ${shapeText(v)}`);
      return [{ type: floatingType(c, 0, 1, 2), shape: [...q.slice(0, -1), v[2] as Dim] }];
    },
  },
} as const satisfies OperatorTable;
