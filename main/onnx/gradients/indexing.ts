import { type Shape, multiplyDims } from '../dim.ts';
import { expand, gather, reshape } from '../expressions.ts';
import type { Value } from '../graph.ts';
import { type GradientTable, incoming, numberAttribute, positiveAxis, zerosLike } from './rule.ts';

/** Picking is undone by adding at the picked places; replacing is undone by picking. */
export const indexingGradients = {
  /** Along axis 0 only: rows of an embedding, tokens of a batch. Each row's index is repeated over the row, because ScatterND cannot add. */
  Gather: (c) => {
    const { g } = c;
    const [x, indices] = c.x as [Value, Value];
    if (positiveAxis(numberAttribute(c, 'axis', 0), x) !== 0) c.fail('the gradient rule is for axis 0; transpose first');
    const count = multiplyDims(...indices.shape);
    const rows: Shape = [count, ...x.shape.slice(1)];
    const column = reshape(g, indices, [count, ...x.shape.slice(1).map(() => 1)]);
    return [g.op('ScatterElements', [zerosLike(g, x), expand(g, column, rows), reshape(g, incoming(c), rows)], { axis: 0, reduction: 'add' })];
  },
  GatherElements: (c) => {
    const [x, indices] = c.x as [Value, Value];
    return [c.g.op('ScatterElements', [zerosLike(c.g, x), indices, incoming(c)], { axis: numberAttribute(c, 'axis', 0), reduction: 'add' })];
  },
  /** Rows that were replaced give no gradient to the data. */
  ScatterND: (c) => {
    const { g } = c;
    const [, indices, updates] = c.x as [Value, Value, Value];
    if (indices.shape.at(-1) !== 1) c.fail('the gradient rule is for whole rows: indices [n, 1]');
    const dy = incoming(c);
    const picked = (): Value => gather(g, dy, reshape(g, indices, indices.shape.slice(0, -1)));
    return [c.needs(0) ? g.op('ScatterND', [dy, indices, zerosLike(g, updates)]) : undefined, undefined, c.needs(2) ? picked() : undefined];
  },
} as const satisfies GradientTable;
