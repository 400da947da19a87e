import type { Graph } from './graph.ts';

/**
 * The graph without the nodes that no output needs. onnxruntime runs every node it is given: of a forward pass written
 * for the sake of its gradient, that would be the end too. Inputs stay, used or not.
 */
export function pruned(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes = graph.nodes.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((name) => needed.has(name))) return false;
    for (const name of inputs) needed.add(name);
    return true;
  });
  return { ...graph, nodes: nodes.toReversed(), initializers: graph.initializers.filter(({ name }) => needed.has(name)) };
}
