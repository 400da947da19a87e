import { type Dim, multiplyDims } from '../dim.ts';
import { gather, reshape } from '../expressions.ts';
import type { Value } from '../graph.ts';
import { type GradientTable, incoming, int } from './rule.ts';

/** Picking is undone by adding at the picked places; adding is undone by picking. */
export const indexingGradients = {
  /** Along axis 0 only: rows of an embedding, tokens of a batch. */
  Gather: (c) => {
    const [x, indices] = c.x as [Value, Value];
    if (int(c.attributes, 'axis', 0) !== 0) throw new Error(`Gather along axis ${int(c.attributes, 'axis', 0)} has no gradient rule; transpose first`);
    const zeros = c.g.op('Expand', [c.g.scalar(x.type, 0), c.g.vector(x.shape)]);
    const count = multiplyDims(...indices.shape);
    const updates = reshape(c.g, incoming(c), [count, ...x.shape.slice(1)]);
    return [c.g.op('ScatterND', [zeros, reshape(c.g, indices, [count, 1]), updates], { reduction: 'add' }), undefined];
  },
  GatherElements: (c) => {
    const [x, indices] = c.x as [Value, Value];
    const zeros = c.g.op('Expand', [c.g.scalar(x.type, 0), c.g.vector(x.shape)]);
    return [c.g.op('ScatterElements', [zeros, indices, incoming(c)], { axis: int(c.attributes, 'axis', 0), reduction: 'add' }), undefined];
  },
  /** Rows that were replaced give no gradient to the data; rows that were added to do. */
  ScatterND: (c) => {
    const [data, indices, updates] = c.x as [Value, Value, Value];
    if (data.shape.length === 0 || indices.shape.at(-1) !== 1) throw new Error('ScatterND has a gradient rule for whole rows only');
    const dy = incoming(c);
    const rows = reshape(c.g, indices, [multiplyDims(...(indices.shape as readonly Dim[]))]);
    const cleared = (): Value => c.g.op('ScatterND', [dy, indices, c.g.op('Expand', [c.g.scalar(dy.type, 0), c.g.vector(updates.shape)])]);
    return [
      c.needs(0) ? (c.attributes['reduction'] === 'add' ? dy : cleared()) : undefined,
      undefined,
      c.needs(2) ? reshape(c.g, gather(c.g, dy, rows), updates.shape) : undefined,
    ];
  },
} as const satisfies GradientTable;
