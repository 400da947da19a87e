import { type Bindings, type Dim, type Shape, dimText, equalDims, evaluateDim, symbolsOf } from './dim.ts';
import { type Attribute, type DataType, type Graph, GraphError, type Initializer, type InitializerData, type Node, type Value, dataTypes } from './graph.ts';
import { inferNode } from './infer.ts';
import type { OperatorName } from './operators/table.ts';

/** Numbers of a small constant, in row order. */
type Numbers = readonly number[];

/** How a value's gradient passes to others; undefined where one has no influence or is not wanted. */
export type OwnGradient = { readonly inputs: readonly Value[]; readonly rule: (dy: Value) => readonly (Value | undefined)[] };

/** Builds a graph node by node; every node is checked and its outputs' types and shapes inferred as it is added. */
export class GraphBuilder {
  readonly #name: string;
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #nodes: Node[] = [];
  readonly #values = new Map<string, Value>();
  readonly #vectors = new Map<string, readonly Dim[]>();
  /** Constants and vectors that were made before, by content: a graph names each once. */
  readonly #known = new Map<string, Value>();
  /** Values that go by the name of an output in the finished graph. */
  readonly #outputNames = new Map<string, string>();
  readonly #gradients = new Map<string, OwnGradient>();
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** A graph input; the symbols in its shape may then stand in any shape. */
  input(name: string, type: DataType, shape: Shape): Value {
    const value = this.#define({ name, type, shape });
    this.#inputs.push(value);
    return value;
  }

  /** A weight that the model file holds or names. */
  initializer(name: string, type: DataType, shape: readonly number[], data: InitializerData): Value {
    this.#initializers.push({ name, type, shape, data });
    return this.#define({ name, type, shape });
  }

  /** A small constant of the graph. */
  constant(type: DataType, shape: readonly number[], numbers: Numbers): Value {
    const key = `${type} ${shape.join()} ${numbers.join()}`;
    return this.#once(key, () => {
      const value = this.initializer(this.#fresh('constant'), type, shape, { kind: 'inline', bytes: encode(type, numbers) });
      if (type === 'int64' && shape.length === 1) this.#vectors.set(value.name, numbers);
      return value;
    });
  }

  scalar(type: DataType, number: number): Value {
    return this.constant(type, [], [number]);
  }

  /** An int64 vector of dimensions: a constant, or computed when it runs from the shapes of the inputs. */
  vector(dims: readonly Dim[]): Value {
    if (dims.every((dim) => typeof dim === 'number')) return this.constant('int64', [dims.length], dims);
    return this.#once(`vector ${dims.map(dimText).join()}`, () => {
      const parts = dims.map((dim) => this.#element(dim));
      const value = this.op('Concat', parts, { axis: 0 });
      this.#vectors.set(value.name, dims);
      return value;
    });
  }

  /** Adds a node; returns its outputs. An undefined input is one that is left out, an undefined output one that is not computed. */
  node(op: OperatorName, inputs: readonly (Value | undefined)[], attributes: Readonly<Record<string, Attribute>> = {}, outputs = 1): readonly (Value | undefined)[] {
    const name = this.#fresh(op);
    const given = inputs.slice(0, inputs.findLastIndex((input) => input !== undefined) + 1);
    for (const input of given) if (input && this.#values.get(input.name) !== input) throw new GraphError(`node ${name} (${op})`, `${input.name} is a value of another graph`);
    const inferred = inferNode({ op, name, inputs: given, attributes, outputs }, this.#vectors);
    const values = Array.from({ length: outputs }, (_, i) => inferred[i] && this.#define({ name: outputs === 1 ? name : `${name}.${i}`, ...inferred[i] }));
    this.#nodes.push({ op, name, inputs: given.map((v) => v?.name ?? ''), outputs: values.map((v) => v?.name ?? ''), attributes });
    return values;
  }

  /** The one output of a node. */
  op(op: OperatorName, inputs: readonly (Value | undefined)[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.node(op, inputs, attributes)[0] as Value;
  }

  /** Makes a value an output of the graph, under a name of its own; within the graph the value keeps its name. */
  output(name: string, value: Value): void {
    const named = this.#define({ ...value, name });
    this.#outputs.push(named);
    const made = this.#nodes.some(({ outputs }) => outputs.includes(value.name));
    // The node that makes the value writes the output itself, unless it already writes another.
    if (made && !this.#outputNames.has(value.name)) this.#outputNames.set(value.name, name);
    else this.#nodes.push({ op: 'Identity', name: `output ${name}`, inputs: [value.name], outputs: [name], attributes: {} });
  }

  /** Gives a node's only output a gradient of its own: the backward walk goes from it to `inputs` by `rule`, past the nodes in between. */
  differentiate(value: Value, inputs: readonly Value[], rule: OwnGradient['rule']): Value {
    this.#gradients.set(value.name, { inputs, rule });
    return value;
  }

  ownGradient(name: string): OwnGradient | undefined {
    return this.#gradients.get(name);
  }

  /** The nodes so far, for the backward walk. */
  get nodes(): readonly Node[] {
    return [...this.#nodes];
  }

  value(name: string): Value {
    return this.#values.get(name) ?? fail(this.#name, `no value ${name}`);
  }

  /** The elements of an int64 vector that is known while building. */
  vectorOf(name: string): readonly Dim[] {
    return this.#vectors.get(name) ?? fail(this.#name, `${name} is not a vector known while building`);
  }

  build(): Graph {
    return {
      name: this.#name,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      initializers: [...this.#initializers],
      nodes: this.#nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => this.#finalName(name)), outputs: node.outputs.map((name) => this.#finalName(name)) })),
      values: new Map([...this.#values].map(([name, value]) => [this.#finalName(name), { ...value, name: this.#finalName(name) }])),
      vectors: new Map([...this.#vectors].map(([name, dims]) => [this.#finalName(name), dims])),
    };
  }

  #finalName(name: string): string {
    return this.#outputNames.get(name) ?? name;
  }

  #define(value: Value): Value {
    if (this.#values.has(value.name)) fail(this.#name, `two values are named ${value.name}`);
    this.#values.set(value.name, value);
    return value;
  }

  #fresh(stem: string): string {
    this.#count += 1;
    return `${stem}_${this.#count}`;
  }

  #once(key: string, make: () => Value): Value {
    const value = this.#known.get(key) ?? make();
    this.#known.set(key, value);
    return value;
  }

  /** One dimension as an int64 vector of length 1. */
  #element(dim: Dim): Value {
    if (typeof dim === 'number') return this.constant('int64', [1], [dim]);
    return this.#once(`element ${dimText(dim)}`, () => {
      const source = this.#sourceOf(dim);
      if (source) return source;
      const monomials = [...dim.terms].map(([key, coefficient]) => {
        const factors = key.split('*').filter((s) => s !== '').map((s) => this.#element({ terms: new Map([[s, 1]]) }));
        return [this.constant('int64', [1], [coefficient]), ...factors].reduce((a, b) => this.op('Mul', [a, b]));
      });
      return monomials.reduce((a, b) => this.op('Add', [a, b]));
    });
  }

  /** The size of a graph input's axis that equals the dimension. */
  #sourceOf(dim: Dim): Value | undefined {
    for (const input of this.#inputs) {
      const axis = input.shape.findIndex((d) => equalDims(d, dim));
      if (axis >= 0) return this.op('Shape', [input], { start: axis, end: axis + 1 });
    }
    if (typeof dim !== 'number' && symbolsOf(dim).join() === dimText(dim)) fail(this.#name, `no input has an axis ${dimText(dim)}`);
    return undefined;
  }
}

function fail(where: string, problem: string): never {
  throw new GraphError(`graph ${where}`, problem);
}

const arrays: Record<DataType, (numbers: Numbers) => ArrayBufferView> = {
  float32: (n) => Float32Array.from(n),
  float16: (n) => Float16Array.from(n),
  float64: (n) => Float64Array.from(n),
  int32: (n) => Int32Array.from(n),
  int64: (n) => BigInt64Array.from(n, BigInt),
  uint8: (n) => Uint8Array.from(n),
  bool: (n) => Uint8Array.from(n),
};

function encode(type: DataType, numbers: Numbers): Uint8Array {
  const view = arrays[type](numbers);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Bytes of a value once its symbols have values. */
export function byteSize(value: Value, bindings: Bindings): number {
  return value.shape.reduce<number>((n, dim) => n * evaluateDim(dim, bindings), dataTypes[value.type].bytes);
}
