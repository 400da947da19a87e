import { type Dim, type Shape, equalShapes, isSurelyNegative, shapeText, subtractDims } from '../dim.ts';
import { type InferenceContext, type OperatorTable, axisOf, floatingType, intAttribute, required, requireIndices, requireShape, sameType } from './operator.ts';

/** Indices along one axis must stay inside the data on the others. */
function requireInside(c: InferenceContext, data: Shape, indices: Shape): void {
  const axis = axisOf(c, intAttribute(c, 'axis', 0), data.length);
  const inside = indices.length === data.length && indices.every((dim, i) => i === axis || !isSurelyNegative(subtractDims(data[i] as Dim, dim)));
  if (!inside) c.fail(`indices ${shapeText(indices)} for data ${shapeText(data)}`);
}

/** Operators that pick or place elements by indices. */
export const indexing = {
  Gather: {
    domain: '',
    inputs: [2, 2],
    attributes: { axis: 'int' },
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const axis = axisOf(c, intAttribute(c, 'axis', 0), shape.length);
      requireIndices(c);
      return [{ type, shape: [...shape.slice(0, axis), ...required(c, 1).shape, ...shape.slice(axis + 1)] }];
    },
  },
  /**
   * Rows of a matrix [N, K] held in 4 or 8 bits, as floats: packed [N, K·bits/8], a scale (and zero point) for each block
   * of K, [N, blocks] and [N, ⌈blocks·bits/8⌉].
   */
  GatherBlockQuantized: {
    domain: 'com.microsoft',
    inputs: [3, 4],
    attributes: { bits: 'int', block_size: 'int', gather_axis: 'int', quantize_axis: 'int' },
    infer: (c) => {
      const [data, indices] = [required(c, 0), required(c, 1)];
      const [bits, block] = [intAttribute(c, 'bits', 4), intAttribute(c, 'block_size', 128)];
      const [rows, bytes] = data.shape;
      if (bits !== 4 && bits !== 8) c.fail(`${bits} bits, expected 4 or 8`);
      if (intAttribute(c, 'gather_axis', 0) !== 0 || intAttribute(c, 'quantize_axis', 1) !== 1) c.fail('only rows are gathered, blocks lie along them');
      if (data.type !== 'uint8' || data.shape.length !== 2 || typeof rows !== 'number' || typeof bytes !== 'number') return c.fail(`data ${data.type} ${shapeText(data.shape)}, expected a uint8 matrix of known size`);
      requireIndices(c);
      const columns = (bytes * 8) / bits;
      const blocks = Math.ceil(columns / block);
      requireShape(c, 'scales', 2, [rows, blocks]);
      if (c.inputs[3]) {
        requireShape(c, 'zero points', 3, [rows, Math.ceil((blocks * bits) / 8)]);
        if (required(c, 3).type !== 'uint8') c.fail(`${required(c, 3).name} is ${required(c, 3).type}, expected uint8`);
      }
      return [{ type: floatingType(c, 2), shape: [...indices.shape, columns] }];
    },
  },
  GatherElements: {
    domain: '',
    inputs: [2, 2],
    attributes: { axis: 'int' },
    infer: (c) => {
      const [data, indices] = [required(c, 0), required(c, 1)];
      requireIndices(c);
      requireInside(c, data.shape, indices.shape);
      return [{ type: data.type, shape: indices.shape }];
    },
  },
  /** data with `updates` put (or added) at `indices` along an axis. */
  ScatterElements: {
    domain: '',
    inputs: [3, 3],
    attributes: { axis: 'int', reduction: 'string' },
    infer: (c) => {
      const [data, indices, updates] = [required(c, 0), required(c, 1), required(c, 2)];
      requireIndices(c);
      requireInside(c, data.shape, indices.shape);
      if (!equalShapes(indices.shape, updates.shape)) c.fail(`indices ${shapeText(indices.shape)} and updates ${shapeText(updates.shape)} differ`);
      return [{ type: sameType(c, 0, 2), shape: data.shape }];
    },
  },
  /**
   * Rows of data replaced by `updates`; indices [n, 1] name rows, none twice. It cannot add: the CPU provider of
   * onnxruntime 1.30 adds to a row from several threads at once and loses updates. ScatterElements adds one by one.
   */
  ScatterND: {
    domain: '',
    inputs: [3, 3],
    attributes: {},
    infer: (c) => {
      const [data, indices, updates] = [required(c, 0), required(c, 1), required(c, 2)];
      const depth = indices.shape.at(-1);
      if (indices.type !== 'int64') c.fail(`indices ${indices.name} are ${indices.type}, expected int64`);
      if (typeof depth !== 'number' || depth > data.shape.length) return c.fail(`indices ${shapeText(indices.shape)} for data ${shapeText(data.shape)}: the last axis says how many axes they name`);
      const expected: Shape = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
      if (!equalShapes(updates.shape, expected)) c.fail(`updates ${shapeText(updates.shape)}, expected ${shapeText(expected)}`);
      return [{ type: sameType(c, 0, 2), shape: data.shape }];
    },
  },
} as const satisfies OperatorTable;
