import { type Dim, type Shape, addDims, equalDims, equalShapes, shapeText } from '../dim.ts';
import { type Attribute, type DataType, type Value, dataTypes } from '../graph.ts';

export type Inferred = { readonly type: DataType; readonly shape: Shape };

/** What an inference rule sees of a node. */
export type InferenceContext = {
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
  /** The elements of input i, an int64 vector known while building. */
  vector(i: number): readonly Dim[];
  /** Throws an error that names the node. */
  fail(problem: string): never;
};

export type AttributeKind = 'int' | 'float' | 'ints' | 'string';

/** One row of the operator table. */
export type Operator = {
  /** Empty for ONNX's own operators, `com.microsoft` for onnxruntime's. */
  readonly domain: '' | 'com.microsoft';
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  readonly attributes: Readonly<Record<string, AttributeKind>>;
  /** Type and shape of each output; undefined for one that onnxruntime declares but does not compute. */
  readonly infer: (context: InferenceContext) => readonly (Inferred | undefined)[];
};

export type OperatorTable = Readonly<Record<string, Operator>>;

/** Input i, which the arity check has promised. */
export function required(context: InferenceContext, i: number): Value {
  return context.inputs[i] ?? context.fail(`input ${i} is missing`);
}

export function intAttribute(context: InferenceContext, name: string, fallback?: number): number {
  const value = context.attributes[name] ?? fallback;
  return typeof value === 'number' ? value : context.fail(`attribute ${name} is missing`);
}

/** Axis as a non-negative number. */
export function axisOf(context: InferenceContext, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  return positive >= 0 && positive < rank ? positive : context.fail(`axis ${axis} of a tensor of rank ${rank}`);
}

/** Axes as non-negative numbers, each named once. */
export function axesOf(context: InferenceContext, axes: readonly Dim[], rank: number): readonly number[] {
  const positive = axes.map((axis) => (typeof axis === 'number' ? axisOf(context, axis, rank) : context.fail('an axis is symbolic')));
  return new Set(positive).size === positive.length ? positive : context.fail(`axes ${shapeText(axes)} name one twice`);
}

/** ONNX's (numpy's) broadcasting of two shapes. */
export function broadcast(context: InferenceContext, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x === 1) return y;
    if (y === 1 || equalDims(x, y)) return x;
    return context.fail(`shapes ${shapeText(a)} and ${shapeText(b)} do not broadcast`);
  });
}

export function sameType(context: InferenceContext, ...indices: readonly number[]): DataType {
  const [first, ...others] = indices.map((i) => required(context, i));
  if (!first) return context.fail('no inputs');
  for (const other of others) {
    if (other.type !== first.type) context.fail(`${first.name} is ${first.type}, ${other.name} is ${other.type}`);
  }
  return first.type;
}

/** The one type of these inputs, which must be able to hold fractions. */
export function floatingType(context: InferenceContext, ...indices: readonly number[]): DataType {
  const type = sameType(context, ...indices);
  return dataTypes[type].floating ? type : context.fail(`${required(context, indices[0] as number).name} is ${type}, expected a floating type`);
}

/** The one type of these inputs, which must be numbers. */
export function numericType(context: InferenceContext, ...indices: readonly number[]): DataType {
  const type = sameType(context, ...indices);
  return type === 'bool' ? context.fail(`${required(context, indices[0] as number).name} is bool, expected numbers`) : type;
}

/** Input 1, where operators that look things up have their places, must be whole numbers. */
export function requireIndices(context: InferenceContext): void {
  const { name, type } = required(context, 1);
  if (type !== 'int64' && type !== 'int32') context.fail(`indices ${name} are ${type}, expected int64 or int32`);
}

/** Input i must have one of these shapes. */
export function requireShape(context: InferenceContext, what: string, i: number, ...allowed: readonly Shape[]): void {
  const { shape } = required(context, i);
  if (!allowed.some((one) => equalShapes(shape, one))) context.fail(`${what} ${shapeText(shape)}, expected ${allowed.map(shapeText).join(' or ')}`);
}

/** Sum of the sizes along one axis; all other axes must agree. */
export function concatenated(context: InferenceContext, shapes: readonly Shape[], axis: number): Shape {
  const [first] = shapes;
  if (!first) return context.fail('nothing to concatenate');
  for (const shape of shapes) {
    const agrees = shape.length === first.length && shape.every((dim, i) => i === axis || equalDims(dim, first[i] as Dim));
    if (!agrees) context.fail(`shapes ${shapeText(first)} and ${shapeText(shape)} differ outside axis ${axis}`);
  }
  return first.map((dim, i) => (i === axis ? addDims(...shapes.map((s) => s[i] as Dim)) : dim));
}
