import { type Dim, type Shape, equalShapes, isSurelyNegative, shapeText, subtractDims } from '../dim.ts';
import { type InferenceContext, type OperatorTable, axisOf, intAttribute, required, requireIndices, sameType } from './operator.ts';

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
      requireIndices(c, 1);
      return [{ type, shape: [...shape.slice(0, axis), ...required(c, 1).shape, ...shape.slice(axis + 1)] }];
    },
  },
  GatherElements: {
    domain: '',
    inputs: [2, 2],
    attributes: { axis: 'int' },
    infer: (c) => {
      const [data, indices] = [required(c, 0), required(c, 1)];
      requireIndices(c, 1);
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
      requireIndices(c, 1);
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
