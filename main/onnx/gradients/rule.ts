import type { GraphBuilder } from '../builder.ts';
import { type Shape, equalShapes } from '../dim.ts';
import { expand, reduceSum, reshape } from '../expressions.ts';
import type { Attribute, Value } from '../graph.ts';

/** What a gradient rule sees: the node's inputs x and outputs y, and the gradient of the loss with respect to y. */
export type GradientContext = {
  readonly g: GraphBuilder;
  readonly x: readonly Value[];
  readonly y: readonly Value[];
  /** One for each output; undefined where nothing flows back. */
  readonly dy: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Whether the gradient of input i is wanted. */
  needs(i: number): boolean;
  /** Elements of input i, an int64 vector known while building. */
  vector(i: number): Shape;
  /** Throws an error that names the node. */
  fail(problem: string): never;
};

/** Gradient of the loss with respect to each input; undefined where it is not wanted or does not exist. */
export type GradientRule = (context: GradientContext) => readonly (Value | undefined)[];

export type GradientTable = Readonly<Record<string, GradientRule>>;

/** The gradient of the first output, which every rule but Split's needs. */
export function incoming(c: GradientContext): Value {
  return c.dy[0] ?? c.fail('no gradient of its first output');
}

/** Axis as a non-negative number. */
export const positiveAxis = (axis: number, x: Value): number => (axis < 0 ? axis + x.shape.length : axis);

/** Zeros like a value. */
export const zerosLike = (g: GraphBuilder, { type, shape }: Value): Value => expand(g, g.scalar(type, 0), shape);

/** Undoes broadcasting: sums a gradient over the axes along which an input of this shape was repeated. */
export function sumTo(g: GraphBuilder, gradient: Value, shape: Shape): Value {
  if (equalShapes(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, i) => (i < extra || (shape[i - extra] === 1 && dim !== 1) ? [i] : []));
  const summed = axes.length > 0 ? reduceSum(g, gradient, axes) : gradient;
  return reshape(g, summed, shape);
}

export const numberAttribute = ({ attributes }: GradientContext, name: string, fallback: number): number => {
  const value = attributes[name];
  return typeof value === 'number' ? value : fallback;
};
