import { type Dim, addDims, elementCount, equalDims, isSurelyNegative, shapeText, subtractDims } from '../dim.ts';
import { type OperatorTable, axesOf, axisOf, concatenated, intAttribute, required, sameType } from './operator.ts';

/** Operators that move elements without changing them. */
export const layout = {
  /** `allowzero` must be 1: without it ONNX reads a size of 0 in the target as "the size that the input has there". */
  Reshape: {
    domain: '',
    inputs: [2, 2],
    attributes: { allowzero: 'int' },
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const target = c.vector(1);
      if (intAttribute(c, 'allowzero', 0) !== 1) c.fail('attribute allowzero is not 1: empty tensors would be given another shape');
      if (!equalDims(elementCount(shape), elementCount(target))) {
        c.fail(`${shapeText(shape)} cannot become ${shapeText(target)}: ${shapeText([elementCount(shape)])} elements for ${shapeText([elementCount(target)])}`);
      }
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
      if (sizes.some(isSurelyNegative) || !equalDims(addDims(...sizes), shape[axis] as Dim)) c.fail(`sizes ${shapeText(sizes)} of axis ${axis} of ${shapeText(shape)}`);
      if (sizes.length !== c.outputs) c.fail(`${sizes.length} sizes for ${c.outputs} outputs`);
      return sizes.map((size) => ({ type, shape: shape.map((dim, i) => (i === axis ? size : dim)) }));
    },
  },
  /** Half-open ranges with step 1: starts, ends, axes are vectors. ONNX's bounds counted from the end, and past it, are refused. */
  Slice: {
    domain: '',
    inputs: [4, 4],
    attributes: {},
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const [starts, ends] = [c.vector(1), c.vector(2)];
      const axes = axesOf(c, c.vector(3), shape.length);
      if (starts.length !== axes.length || ends.length !== axes.length) c.fail(`${starts.length} starts and ${ends.length} ends for ${axes.length} axes`);
      const sliced = [...shape];
      for (const [i, axis] of axes.entries()) {
        const [start, end, size] = [starts[i] as Dim, ends[i] as Dim, shape[axis] as Dim];
        const outside = [start, subtractDims(end, start), subtractDims(size, end)].some(isSurelyNegative);
        if (outside) c.fail(`elements ${shapeText([start, end])} of axis ${axis} of ${shapeText(shape)}`);
        sliced[axis] = subtractDims(end, start);
      }
      return [{ type, shape: sliced }];
    },
  },
  /** Zeros before and after each axis. */
  Pad: {
    domain: '',
    inputs: [2, 2],
    attributes: {},
    infer: (c) => {
      const { type, shape } = required(c, 0);
      const pads = c.vector(1);
      if (pads.length !== 2 * shape.length || pads.some(isSurelyNegative)) c.fail(`pads ${shapeText(pads)} for ${shapeText(shape)}, expected ${2 * shape.length} counts`);
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
      // onnxruntime 1.30 takes such an Expand for one that changes nothing, and drops it.
      if (shape.length > 0 && target.includes(0)) c.fail(`${shapeText(shape)} to the empty ${shapeText(target)}: expand a scalar instead`);
      return [{ type, shape: target }];
    },
  },
  /** Sizes start ≤ axis < end of the input's shape, as a vector. */
  Shape: {
    domain: '',
    inputs: [1, 1],
    attributes: { start: 'int', end: 'int' },
    infer: (c) => {
      const [start, end] = [intAttribute(c, 'start'), intAttribute(c, 'end')];
      const rank = required(c, 0).shape.length;
      if (start < 0 || end < start || end > rank) c.fail(`axes from ${start} to ${end} of a tensor of rank ${rank}`);
      return [{ type: 'int64', shape: [end - start] }];
    },
  },
} as const satisfies OperatorTable;
