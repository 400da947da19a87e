import { type Dim, elementCount, equalDims, shapeText, subtractDims, addDims } from '../dim.ts';
import { type OperatorTable, axisOf, concatenated, intAttribute, required, sameType } from './operator.ts';

/** Operators that move elements without changing them. */
export const layout = {
  Reshape: {
    domain: '',
    inputs: [2, 2],
    attributes: {},
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const target = c.vector(1);
      if (!equalDims(elementCount(shape), elementCount(target))) c.fail(`${shapeText(shape)} cannot become ${shapeText(target)}: another number of elements`);
      return [{ type, shape: target }];
    },
  },
  Transpose: {
    domain: '',
    inputs: [1, 1],
    attributes: { perm: 'ints' },
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const { perm } = c.attributes;
      if (!Array.isArray(perm) || [...perm].sort((a, b) => a - b).some((axis, i) => axis !== i) || perm.length !== shape.length) {
        return c.fail(`perm ${JSON.stringify(perm)} for ${shapeText(shape)}`);
      }
      return [{ type, shape: perm.map((axis: number) => shape[axis] as Dim) }];
    },
  },
  Concat: {
    domain: '',
    inputs: [1, 1024],
    attributes: { axis: 'int' },
    infer: (c) => {
      const values = c.inputs.map((_, i) => required(c, i));
      const axis = axisOf(c, intAttribute(c, 'axis'), required(c, 0).shape.length);
      return [{ type: sameType(c, ...values.keys()), shape: concatenated(c, values.map((v) => v.shape), axis) }];
    },
  },
  Split: {
    domain: '',
    inputs: [2, 2],
    attributes: { axis: 'int' },
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const axis = axisOf(c, intAttribute(c, 'axis', 0), shape.length);
      const sizes = c.vector(1);
      if (!equalDims(addDims(...sizes), shape[axis] as Dim)) c.fail(`sizes ${shapeText(sizes)} of axis ${axis} of ${shapeText(shape)}`);
      if (sizes.length !== c.outputs) c.fail(`${sizes.length} sizes for ${c.outputs} outputs`);
      return sizes.map((size) => ({ type, shape: shape.map((dim, i) => (i === axis ? size : dim)) }));
    },
  },
  /** Half-open ranges with step 1: starts, ends, axes are vectors; negative bounds are not used here. */
  Slice: {
    domain: '',
    inputs: [4, 4],
    attributes: {},
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const [starts, ends] = [c.vector(1), c.vector(2)];
      const sliced = [...shape];
      for (const [i, axis] of c.vector(3).entries()) sliced[axisOf(c, axis as number, shape.length)] = subtractDims(ends[i] as Dim, starts[i] as Dim);
      return [{ type, shape: sliced }];
    },
  },
  /** Zeros before and after each axis. */
  Pad: {
    domain: '',
    inputs: [2, 3],
    attributes: { mode: 'string' },
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const pads = c.vector(1);
      if (pads.length !== 2 * shape.length) c.fail(`${pads.length} pads for ${shapeText(shape)}`);
      return [{ type, shape: shape.map((dim, i) => addDims(pads[i] as Dim, dim, pads[i + shape.length] as Dim)) }];
    },
  },
  Expand: {
    domain: '',
    inputs: [2, 2],
    attributes: {},
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const target = c.vector(1);
      const fits = shape.length <= target.length && shape.every((dim, i) => dim === 1 || equalDims(dim, target[target.length - shape.length + i] as Dim));
      if (!fits) c.fail(`${shapeText(shape)} does not expand to ${shapeText(target)}`);
      return [{ type, shape: target }];
    },
  },
  /** One element of the shape, as a vector of length 1: `start` and `end` are attributes. */
  Shape: {
    domain: '',
    inputs: [1, 1],
    attributes: { start: 'int', end: 'int' },
    infer: (c) => [{ type: 'int64', shape: [intAttribute(c, 'end') - intAttribute(c, 'start')] }],
  },
} as const satisfies OperatorTable;
