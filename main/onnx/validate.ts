import { equalShapes, shapeText } from './dim.ts';
import { type Graph, GraphError, dataTypes } from './graph.ts';
import { inferNode } from './infer.ts';

/**
 * Checks a whole graph before onnxruntime sees it: names, order, operators, attributes, types, shapes, weights' bytes.
 * Throws a GraphError that names the first node that cannot be right.
 */
export function assertValidGraph(graph: Graph): void {
  const produced = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  for (const { name, type, shape, data } of graph.initializers) {
    const expected = shape.reduce((n, dim) => n * dim, dataTypes[type].bytes);
    const found = data.kind === 'inline' ? data.bytes.byteLength : data.length;
    if (found !== expected) throw new GraphError(`initializer ${name}`, `${found} bytes for ${type} ${shapeText(shape)}, expected ${expected}`);
  }
  for (const node of graph.nodes) {
    const where = `node ${node.name} (${node.op})`;
    const inputs = node.inputs.map((name) => {
      if (name === '') return undefined;
      if (!produced.has(name)) throw new GraphError(where, `input ${name} is not made by a node before it`);
      return graph.values.get(name);
    });
    const inferred = inferNode({ op: node.op, name: node.name, inputs, attributes: node.attributes, outputs: node.outputs.length }, graph.vectors);
    for (const [i, name] of node.outputs.entries()) {
      const value = graph.values.get(name);
      const { type, shape } = inferred[i] as { type: string; shape: readonly never[] };
      if (produced.has(name)) throw new GraphError(where, `output ${name} is made twice`);
      if (!value || value.type !== type || !equalShapes(value.shape, shape)) {
        throw new GraphError(where, `output ${name} is ${type} ${shapeText(shape)}, recorded as ${value ? `${value.type} ${shapeText(value.shape)}` : 'nothing'}`);
      }
      produced.add(name);
    }
  }
  for (const { name } of graph.outputs) {
    if (!produced.has(name)) throw new GraphError(`graph ${graph.name}`, `output ${name} is made by no node`);
  }
}
