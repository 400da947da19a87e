import { type Dim, equalShapes, shapeText } from '../dim.ts';
import { type OperatorTable, axisOf, intAttribute, required, sameType } from './operator.ts';

/** Operators that pick or place elements by int64 indices. */
export const indexing = {
  Gather: {
    domain: '',
    inputs: [2, 2],
    attributes: { axis: 'int' },
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const axis = axisOf(c, intAttribute(c, 'axis', 0), shape.length);
      return [{ type, shape: [...shape.slice(0, axis), ...required(c, 1).shape, ...shape.slice(axis + 1)] }];
    },
  },
  GatherElements: {
    domain: '',
    inputs: [2, 2],
    attributes: { axis: 'int' },
    infer: (c) => {
      const [data, indices] = [required(c, 0), required(c, 1)];
      axisOf(c, intAttribute(c, 'axis', 0), data.shape.length);
      if (indices.shape.length !== data.shape.length) c.fail(`indices ${shapeText(indices.shape)} for data ${shapeText(data.shape)}`);
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
      if (!equalShapes(indices.shape, updates.shape)) c.fail(`indices ${shapeText(indices.shape)} and updates ${shapeText(updates.shape)} differ`);
      return [{ type: sameType(c, 0, 2), shape: data.shape }];
    },
  },
  /** Rows of data replaced by (or added to) `updates`; indices [n, 1] name rows. */
  ScatterND: {
    domain: '',
    inputs: [3, 3],
    attributes: { reduction: 'string' },
    infer: (c) => {
      const [data, indices, updates] = [required(c, 0), required(c, 1), required(c, 2)];
      const depth = indices.shape.at(-1);
      if (typeof depth !== 'number') return c.fail(`indices ${shapeText(indices.shape)} need a constant last axis`);
      const expected: readonly Dim[] = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
      if (!equalShapes(updates.shape, expected)) c.fail(`updates ${shapeText(updates.shape)}, expected ${shapeText(expected)}`);
      return [{ type: sameType(c, 0, 2), shape: data.shape }];
    },
  },
} as const satisfies OperatorTable;
