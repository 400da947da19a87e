import type { Dim } from './dim.ts';
import { type Attribute, GraphError, type Value } from './graph.ts';
import type { Inferred } from './operators/operator.ts';
import { isOperatorName, operatorOf } from './operators/table.ts';

type NodeToInfer = {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
};

/** Types and shapes of a node's outputs by the operator table; throws a GraphError that names the node. */
export function inferNode(node: NodeToInfer, vectors: ReadonlyMap<string, readonly Dim[]>): readonly Inferred[] {
  const { op, name, inputs, attributes, outputs } = node;
  const fail = (problem: string): never => {
    throw new GraphError(`node ${name} (${op})`, problem);
  };
  if (!isOperatorName(op)) return fail('the operator table has no such operator');
  const operator = operatorOf(op);
  const [fewest, most] = operator.inputs;
  if (inputs.length < fewest || inputs.length > most) fail(`${inputs.length} inputs, expected ${fewest} to ${most}`);
  for (const [key, value] of Object.entries(attributes)) {
    const kind = operator.attributes[key] ?? fail(`no attribute ${key}`);
    const fits = kind === 'ints' ? Array.isArray(value) : kind === 'string' ? typeof value === 'string' : typeof value === 'number';
    if (!fits) fail(`attribute ${key} is ${JSON.stringify(value)}, expected ${kind}`);
  }
  const vector = (i: number): readonly Dim[] => {
    const value = inputs[i];
    return (value && vectors.get(value.name)) ?? fail(`input ${i} must be a vector known while building`);
  };
  const inferred = operator.infer({ inputs, attributes, outputs, vector, fail });
  if (inferred.length < outputs) fail(`${outputs} outputs, expected at most ${inferred.length}`);
  return inferred;
}
