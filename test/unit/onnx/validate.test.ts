import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { type Graph, GraphError, type Node, type Value } from '../../../main/onnx/graph.ts';
import { serializeModel } from '../../../main/onnx/serialize.ts';
import { assertValidGraph } from '../../../main/onnx/validate.ts';

/** x [2, 3] times w [3, 4], reshaped to [8]; the product is named MatMul_1. */
function sound(): Graph {
  const g = new GraphBuilder('sound');
  const w = g.initializer('w', 'float32', [3, 4], { kind: 'inline', bytes: new Uint8Array(48) });
  const product = g.op('MatMul', [g.input('x', 'float32', [2, 3]), w]);
  g.output('y', g.op('Reshape', [product, g.vector([8])], { allowzero: 1 }));
  return g.build();
}

const vectorName = [...sound().vectors.keys()][0] as string;

/** The sound graph with one node changed. */
const withNode = (name: string, change: Partial<Node>): Graph => {
  const graph = sound();
  return { ...graph, nodes: graph.nodes.map((node) => (node.name === name ? { ...node, ...change } : node)) };
};

const withValue = (value: Value): Graph => ({ ...sound(), values: new Map(sound().values).set(value.name, value) });

const renamed = (from: string, to: string): Graph => {
  const graph = sound();
  const names = (all: readonly string[]): string[] => all.map((name) => (name === from ? to : name));
  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, inputs: names(node.inputs) })) };
};

test('a sound graph is accepted', () => {
  expect(() => assertValidGraph(sound())).not.toThrow();
});

test('an input that is left out at the end is refused: onnxruntime reads past the list then', () => {
  const g = new GraphBuilder('trailing');
  g.output('y', g.op('Gemm', [g.input('a', 'float32', [2, 3]), g.input('b', 'float32', [3, 4]), undefined]));
  const graph = g.build();
  expect(graph.nodes[0]?.inputs).toEqual(['a', 'b']);
  const trailing = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, inputs: [...node.inputs, ''] })) };
  expect(() => assertValidGraph(trailing)).toThrow('node Gemm_1 (Gemm): input 2, the last one, is left out; end the list before it');
});

describe('a broken graph is refused by name, with what was expected and found', () => {
  const x: Value = { name: 'x', type: 'float32', shape: [2, 3] };
  const broken: Readonly<Record<string, readonly [Graph, string]>> = {
    'unknown operator': [withNode('MatMul_1', { op: 'MatMull' }), 'node MatMul_1 (MatMull): the operator table has no such operator'],
    'too few inputs': [withNode('MatMul_1', { inputs: ['x'] }), 'node MatMul_1 (MatMul): 1 inputs, expected 2'],
    'too many inputs': [withNode('MatMul_1', { inputs: ['x', 'w', 'w'] }), 'node MatMul_1 (MatMul): 3 inputs, expected 2'],
    'a required input left out': [withNode('MatMul_1', { inputs: ['', 'w'] }), 'node MatMul_1 (MatMul): input 0 is left out, but the first 2 are required'],
    'too many outputs': [withNode('MatMul_1', { outputs: ['MatMul_1', 'more'] }), 'node MatMul_1 (MatMul): 2 outputs, expected at most 1'],
    'an output without a name': [withNode('MatMul_1', { outputs: [''] }), 'node MatMul_1 (MatMul): output 0 has no name'],
    'unknown attribute': [withNode('MatMul_1', { attributes: { transB: 1 } }), 'node MatMul_1 (MatMul): no attribute transB'],
    'attribute of another kind': [withNode('Reshape_3', { attributes: { allowzero: 'yes' } }), 'node Reshape_3 (Reshape): attribute allowzero is "yes", expected int'],
    'a node name used twice': [withNode('Reshape_3', { name: 'MatMul_1' }), 'node MatMul_1 (Reshape): two nodes have this name'],
    'use before definition': [{ ...sound(), nodes: sound().nodes.toReversed() }, 'node Reshape_3 (Reshape): input MatMul_1 is not made by a node before it'],
    'use of what nobody makes': [renamed('w', 'v'), 'node MatMul_1 (MatMul): input v is not made by a node before it'],
    'a value made twice': [withNode('Reshape_3', { outputs: ['MatMul_1'] }), 'node Reshape_3 (Reshape): MatMul_1 is made twice'],
    'two inputs of one name': [{ ...sound(), inputs: [x, x] }, 'input x: x is made twice'],
    'an input and a weight of one name': [{ ...sound(), inputs: [x, { name: 'w', type: 'float32', shape: [3, 4] }] }, 'initializer w: w is made twice'],
    'a recorded shape that is not the inferred one': [withValue({ name: 'MatMul_1', type: 'float32', shape: [2, 5] }), 'node MatMul_1 (MatMul): MatMul_1 is float32 [2, 4], recorded as float32 [2, 5]'],
    'a recorded type that is not the inferred one': [withValue({ name: 'MatMul_1', type: 'int64', shape: [2, 4] }), 'node MatMul_1 (MatMul): MatMul_1 is float32 [2, 4], recorded as int64 [2, 4]'],
    'an input recorded otherwise': [withValue({ name: 'x', type: 'float32', shape: [3, 3] }), 'input x: x is float32 [2, 3], recorded as float32 [3, 3]'],
    'a value that is not recorded': [{ ...sound(), values: new Map() }, 'input x: x is float32 [2, 3], recorded as nothing'],
    'an output that no node makes': [{ ...sound(), outputs: [{ name: 'z', type: 'float32', shape: [8] }] }, 'graph sound: output z is made by no node'],
    'an output of another shape': [{ ...sound(), outputs: [{ name: 'y', type: 'float32', shape: [9] }] }, 'graph sound: y is float32 [9], recorded as float32 [8]'],
    'two outputs of one name': [{ ...sound(), outputs: [...sound().outputs, ...sound().outputs] }, 'graph sound: two outputs are named y'],
    'weights of another length': [
      { ...sound(), initializers: sound().initializers.map((each) => (each.name === 'w' ? { ...each, data: { kind: 'external', location: 'w.bin', offset: 0, length: 40 } as const } : each)) },
      'initializer w: 40 bytes for float32 [3, 4], expected 48',
    ],
    'a vector that nobody knows': [{ ...sound(), vectors: new Map() }, 'node Reshape_3 (Reshape): input 1 must be a vector known while building'],
    'a vector that the graph does not hold': [{ ...sound(), vectors: new Map([[vectorName, [9]]]) }, `vector ${vectorName}: the graph holds [8], recorded as [9]`],
    'a vector of another length': [{ ...sound(), vectors: new Map([[vectorName, [2, 4]]]) }, `vector ${vectorName}: ${vectorName} is int64 [2], recorded as int64 [1]`],
  };

  test.each(Object.entries(broken))('%s', (_, [graph, message]) => {
    expect(() => assertValidGraph(graph)).toThrow(GraphError);
    expect(() => assertValidGraph(graph)).toThrow(message);
    // Nothing of it reaches onnxruntime.
    expect(() => serializeModel(graph)).toThrow(GraphError);
  });
});
