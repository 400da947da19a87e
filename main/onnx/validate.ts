import { equalShapes, shapeText } from './dim.ts';
import { type Graph, GraphError, type Initializer, type Value, dataTypes } from './graph.ts';
import { inferNode } from './infer.ts';

/**
 * Checks a whole graph before onnxruntime sees it: names, order, operators, attributes, types, shapes, weights' bytes.
 * Throws a GraphError that names the first node that cannot be right.
 */
export function assertValidGraph(graph: Graph): void {
  const made = new Set<string>();
  for (const input of graph.inputs) define(graph, made, `input ${input.name}`, input);
  for (const initializer of graph.initializers) {
    const where = `initializer ${initializer.name}`;
    requireBytes(where, initializer);
    define(graph, made, where, initializer);
  }
  for (const name of graph.vectors.keys()) requireVector(graph, name);
  const nodeNames = new Set<string>();
  for (const node of graph.nodes) {
    const where = `node ${node.name} (${node.op})`;
    if (nodeNames.has(node.name)) throw new GraphError(where, 'two nodes have this name');
    nodeNames.add(node.name);
    const inputs = node.inputs.map((name) => {
      if (name !== '' && !made.has(name)) throw new GraphError(where, `input ${name} is not made by a node before it`);
      return graph.values.get(name);
    });
    const inferred = inferNode({ op: node.op, name: node.name, inputs, attributes: node.attributes, outputs: node.outputs.length }, graph.vectors);
    for (const [i, name] of node.outputs.entries()) {
      const output = inferred[i];
      if (output && name !== '') define(graph, made, where, { name, ...output });
      else if (output || name !== '') throw new GraphError(where, output ? `output ${i} has no name` : `output ${name} is one that the operator does not compute`);
    }
  }
  const outputs = new Set<string>();
  for (const { name, type, shape } of graph.outputs) {
    const where = `graph ${graph.name}`;
    if (!made.has(name)) throw new GraphError(where, `output ${name} is made by no node`);
    if (outputs.has(name)) throw new GraphError(where, `two outputs are named ${name}`);
    outputs.add(name);
    requireRecorded(graph, where, { name, type, shape });
  }
}

/** A value comes into being: once, as the graph has it recorded. */
function define(graph: Graph, made: Set<string>, where: string, value: Value): void {
  if (made.has(value.name)) throw new GraphError(where, `${value.name} is made twice`);
  requireRecorded(graph, where, value);
  made.add(value.name);
}

function requireRecorded({ values }: Graph, where: string, { name, type, shape }: Value): void {
  const recorded = values.get(name);
  if (recorded?.type === type && equalShapes(recorded.shape, shape)) return;
  throw new GraphError(where, `${name} is ${type} ${shapeText(shape)}, recorded as ${recorded ? `${recorded.type} ${shapeText(recorded.shape)}` : 'nothing'}`);
}

function requireBytes(where: string, { type, shape, data }: Initializer): void {
  const expected = shape.reduce((n, dim) => n * dim, dataTypes[type].bytes);
  const found = data.kind === 'inline' ? data.bytes.byteLength : data.length;
  if (found !== expected) throw new GraphError(where, `${found} bytes for ${type} ${shapeText(shape)}, expected ${expected}`);
}

/** The elements that inference counts on must be those that the graph holds. */
function requireVector(graph: Graph, name: string): void {
  const elements = graph.vectors.get(name) ?? [];
  requireRecorded(graph, `vector ${name}`, { name, type: 'int64', shape: [elements.length] });
  const held = graph.initializers.find((initializer) => initializer.name === name)?.data;
  if (held?.kind !== 'inline') return;
  const { buffer, byteOffset } = held.bytes.slice();
  const numbers = [...new BigInt64Array(buffer, byteOffset, elements.length)].map(Number);
  if (!equalShapes(numbers, elements)) throw new GraphError(`vector ${name}`, `the graph holds ${shapeText(numbers)}, recorded as ${shapeText(elements)}`);
}
