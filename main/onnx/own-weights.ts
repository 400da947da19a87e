import type { Graph } from './graph.ts';

/**
 * The graph with some of its inputs as weights of its own, by name: onnxruntime lays the constant factor of a product
 * out for its registers once, and one that comes with a run every time.
 */
export function withOwnWeights(graph: Graph, weights: ReadonlyMap<string, Uint8Array>): Graph {
  const own = graph.inputs.flatMap(({ name, type, shape }) => {
    const bytes = weights.get(name);
    return bytes ? [{ name, type, shape: shape as readonly number[], data: { kind: 'inline', bytes } as const }] : [];
  });
  return { ...graph, inputs: graph.inputs.filter(({ name }) => !weights.has(name)), initializers: [...graph.initializers, ...own] };
}
