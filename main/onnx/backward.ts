import type { GraphBuilder } from './builder.ts';
import { equalShapes, shapeText } from './dim.ts';
import { add } from './expressions.ts';
import { GraphError, type Value, dataTypes } from './graph.ts';
import { gradientRuleOf } from './gradients/table.ts';

/** A value and the gradient of the loss with respect to it. */
export type Seed = { readonly value: Value; readonly gradient: Value };

/**
 * Reverse-mode differentiation: adds to the graph the gradients of Σ ⟨value, gradient⟩ over the seeds with respect to
 * each of `wanted`, and returns them in order; undefined where a wanted value has no influence.
 * One walk from the last node to the first; the rules stand in the gradient table, or with the value itself (GraphBuilder.differentiate).
 */
export function backward(g: GraphBuilder, seeds: readonly Seed[], wanted: readonly Value[]): readonly (Value | undefined)[] {
  // Only values that depend on a wanted one carry a gradient; integers and truth values carry none.
  const active = new Set(wanted.map(({ name }) => name));
  const seeded = new Set(seeds.map(({ value }) => value.name));
  // What is wanted of one part of a graph after the other does not need all of it each time.
  const all = g.nodes;
  const nodes = all.slice(Math.max(0, all.findIndex(({ inputs }) => inputs.some((name) => active.has(name)))), all.findLastIndex(({ outputs }) => outputs.some((name) => seeded.has(name))) + 1);
  for (const node of nodes) {
    if (!node.inputs.some((name) => active.has(name))) continue;
    for (const name of node.outputs) if (name !== '' && dataTypes[g.value(name).type].floating) active.add(name);
  }

  const gradients = new Map<string, Value>();
  const accumulate = (name: string, gradient: Value): void => {
    const so = gradients.get(name);
    gradients.set(name, so ? add(g, so, gradient) : gradient);
  };
  for (const { value, gradient } of seeds) {
    if (value.type !== gradient.type || !equalShapes(value.shape, gradient.shape)) {
      throw new GraphError(value.name, `its gradient is ${gradient.type} ${shapeText(gradient.shape)}, expected ${value.type} ${shapeText(value.shape)}`);
    }
    accumulate(value.name, gradient);
  }

  for (const node of nodes.toReversed()) {
    const dy = node.outputs.map((name) => gradients.get(name));
    if (!dy.some(Boolean) || !node.inputs.some((name) => active.has(name))) continue;
    const own = g.ownGradient(node.outputs[0] as string);
    if (own) {
      for (const [i, gradient] of own.rule(dy[0] as Value).entries()) {
        const { name } = own.inputs[i] as Value;
        if (gradient && active.has(name)) accumulate(name, gradient);
      }
      continue;
    }
    const fail = (problem: string): never => {
      throw new GraphError(`node ${node.name} (${node.op})`, problem);
    };
    const rule = gradientRuleOf(node.op) ?? fail('the gradient table has no rule for this operator');
    const dx = rule({
      g,
      x: node.inputs.map((name) => g.value(name)),
      y: node.outputs.map((name) => g.value(name)),
      dy,
      attributes: node.attributes,
      needs: (i) => active.has(node.inputs[i] as string),
      vector: (i) => g.vectorOf(node.inputs[i] as string),
      fail,
    });
    for (const [i, gradient] of dx.entries()) {
      const name = node.inputs[i] as string;
      if (gradient && active.has(name)) accumulate(name, gradient);
    }
  }
  return wanted.map(({ name }) => gradients.get(name));
}
