import { type Graph, GraphError } from './graph.ts';

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

/** The graph with some of its values given from outside instead of computed; further inputs, in this order. */
export function fed(graph: Graph, names: readonly string[]): Graph {
  const given = new Set(names);
  const values = names.map((name) => graph.values.get(name) ?? fail(`graph ${graph.name}`, `no value ${name}`));
  const nodes = graph.nodes.filter(({ outputs }) => !outputs.every((name) => given.has(name)));
  const half = nodes.find(({ outputs }) => outputs.some((name) => given.has(name)));
  if (half) fail(`node ${half.name}`, 'only some of its outputs are given');
  return pruned({ ...graph, inputs: [...graph.inputs, ...values], nodes });
}

function fail(where: string, problem: string): never {
  throw new GraphError(where, problem);
}
