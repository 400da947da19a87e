import { byteSize } from './builder.ts';
import type { Bindings } from './dim.ts';
import type { Graph } from './graph.ts';

/**
 * Largest number of bytes that the tensors made by the nodes of a graph occupy at one time, when each is freed after
 * its last use. Inputs and initializers are not counted; outputs live to the end.
 */
export function peakActivationBytes(graph: Graph, bindings: Bindings): number {
  const lastUse = new Map<string, number>();
  for (const [i, node] of graph.nodes.entries()) for (const name of node.inputs) lastUse.set(name, i);
  for (const { name } of graph.outputs) lastUse.set(name, graph.nodes.length);
  const size = (name: string): number => {
    const value = graph.values.get(name);
    return value ? byteSize(value, bindings) : 0;
  };
  const made = new Set<string>();
  let live = 0;
  let peak = 0;
  for (const [i, node] of graph.nodes.entries()) {
    for (const name of node.outputs) {
      made.add(name);
      live += size(name);
    }
    peak = Math.max(peak, live);
    for (const name of new Set([...node.inputs, ...node.outputs])) {
      if (made.has(name) && (lastUse.get(name) ?? i) === i) live -= size(name);
    }
  }
  return peak;
}
