import { type Dim, addDims, subtractDims } from '../dim.ts';
import { concat, reshape, slice, transpose } from '../expressions.ts';
import type { Value } from '../graph.ts';
import { type GradientTable, incoming, numberAttribute, positiveAxis, sumTo, zerosLike } from './rule.ts';

export const layoutGradients = {
  Reshape: (c) => [reshape(c.g, incoming(c), (c.x[0] as Value).shape)],
  Transpose: (c) => {
    const perm = c.attributes['perm'] as readonly number[];
    return [transpose(c.g, incoming(c), perm.map((_, axis) => perm.indexOf(axis)))];
  },
  Concat: (c) => {
    const axis = positiveAxis(numberAttribute(c, 'axis', 0), c.x[0] as Value);
    let start: Dim = 0;
    return c.x.map((part, i) => {
      const end: Dim = addDims(start, part.shape[axis] as Dim);
      const piece = c.needs(i) ? slice(c.g, incoming(c), axis, start, end) : undefined;
      start = end;
      return piece;
    });
  },
  /** Parts through which nothing flows back count as zero. */
  Split: (c) => {
    const axis = positiveAxis(numberAttribute(c, 'axis', 0), c.x[0] as Value);
    return [concat(c.g, c.y.map((part, i) => c.dy[i] ?? zerosLike(c.g, part)), axis)];
  },
  /** Zeros where nothing was taken. */
  Slice: (c) => {
    const x = c.x[0] as Value;
    const before: Dim[] = x.shape.map(() => 0);
    const after: Dim[] = x.shape.map(() => 0);
    for (const [i, axis] of c.vector(3).entries()) {
      const at = positiveAxis(axis as number, x);
      before[at] = c.vector(1)[i] as Dim;
      after[at] = subtractDims(x.shape[at] as Dim, c.vector(2)[i] as Dim);
    }
    return [c.g.op('Pad', [incoming(c), c.g.vector([...before, ...after])])];
  },
  Pad: (c) => {
    const x = c.x[0] as Value;
    const pads = c.vector(1);
    const cut = x.shape.reduce<Value>((rest, dim, axis) => {
      const start = pads[axis] as Dim;
      const untouched = start === 0 && pads[axis + x.shape.length] === 0;
      return untouched ? rest : slice(c.g, rest, axis, start, addDims(start, dim));
    }, incoming(c));
    return [cut];
  },
  Expand: (c) => [sumTo(c.g, incoming(c), (c.x[0] as Value).shape)],
} as const satisfies GradientTable;
