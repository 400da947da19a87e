import { type Dim, equalDims, shapeText } from '../dim.ts';
import { type InferenceContext, type OperatorTable, required, sameType } from './operator.ts';

function scaleOfLastAxis(c: InferenceContext, x: number, scale: number): void {
  if (!equalDims(required(c, x).shape.at(-1) as Dim, required(c, scale).shape.at(-1) as Dim)) {
    c.fail(`scale ${shapeText(required(c, scale).shape)} for ${shapeText(required(c, x).shape)}`);
  }
}

/** Normalisations, and onnxruntime's own operators that do the work of several. */
export const fused = {
  LayerNormalization: {
    domain: '',
    inputs: [2, 3],
    attributes: { axis: 'int', epsilon: 'float' },
    infer: (c) => {
      scaleOfLastAxis(c, 0, 1);
      return [{ type: required(c, 0).type, shape: required(c, 0).shape }];
    },
  },
  /** RMS normalisation (onnxruntime registers it in ONNX's own domain). */
  SimplifiedLayerNormalization: {
    domain: '',
    inputs: [2, 2],
    attributes: { axis: 'int', epsilon: 'float' },
    infer: (c) => {
      scaleOfLastAxis(c, 0, 1);
      return [{ type: sameType(c, 0, 1), shape: required(c, 0).shape }];
    },
  },
  /** Adds two tensors and normalises the sum; outputs 0 and 3 are the normalised sum and the sum. */
  SkipSimplifiedLayerNormalization: {
    domain: 'com.microsoft',
    inputs: [3, 4],
    attributes: { epsilon: 'float' },
    infer: (c) => {
      scaleOfLastAxis(c, 0, 2);
      const { shape } = required(c, 0);
      const type = sameType(c, 0, 1, 2);
      const statistics = { type: 'float32', shape: [...shape.slice(0, -1), 1] } as const;
      return [{ type, shape }, statistics, statistics, { type, shape }].slice(0, c.outputs) as { type: typeof type; shape: typeof shape }[];
    },
  },
  /** x [B, S, heads·size] turned by rows `positions` [B, S] of the tables cos, sin [rows, size/2]. */
  RotaryEmbedding: {
    domain: 'com.microsoft',
    inputs: [4, 4],
    attributes: { interleaved: 'int', num_heads: 'int' },
    infer: (c) => [{ type: required(c, 0).type, shape: required(c, 0).shape }],
  },
  /** Softmax(q·kᵀ·scale)·v on q, k, v [B, S, heads·size], without a mask: streams over blocks on the CPU. */
  MultiHeadAttention: {
    domain: 'com.microsoft',
    inputs: [3, 3],
    attributes: { num_heads: 'int', scale: 'float' },
    infer: (c) => {
      const [q, v] = [required(c, 0), required(c, 2)];
      return [{ type: sameType(c, 0, 1, 2), shape: [...q.shape.slice(0, -1), v.shape.at(-1) as Dim] }];
    },
  },
} as const satisfies OperatorTable;

