import type { Dim } from './dim.ts';
import { type Attribute, GraphError, type Value } from './graph.ts';
import type { AttributeKind, Inferred } from './operators/operator.ts';
import { isOperatorName, operatorOf } from './operators/table.ts';

type NodeToInfer = {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
};

const fits: Record<AttributeKind, (value: Attribute) => boolean> = {
  int: (value) => Number.isInteger(value),
  float: (value) => typeof value === 'number',
  ints: (value) => Array.isArray(value) && value.every(Number.isInteger),
  string: (value) => typeof value === 'string',
};

/** Types and shapes of a node's outputs by the operator table, undefined for one that it does not compute; throws a GraphError that names the node. */
export function inferNode(node: NodeToInfer, vectors: ReadonlyMap<string, readonly Dim[]>): readonly (Inferred | undefined)[] {
  const { op, name, inputs, attributes, outputs } = node;
  const fail = (problem: string): never => {
    throw new GraphError(`node ${name} (${op})`, problem);
  };
  if (!isOperatorName(op)) return fail('the operator table has no such operator');
  const operator = operatorOf(op);
  const [fewest, most] = operator.inputs;
  if (inputs.length < fewest || inputs.length > most) fail(`${inputs.length} inputs, expected ${fewest === most ? fewest : `${fewest} to ${most}`}`);
  const missing = inputs.slice(0, fewest).indexOf(undefined);
  if (missing >= 0) fail(`input ${missing} is left out, but the first ${fewest} are required`);
  // onnxruntime's shape inference of some operators reads past the end then.
  if (inputs.length > 0 && inputs.at(-1) === undefined) fail(`input ${inputs.length - 1}, the last one, is left out; end the list before it`);
  for (const [key, value] of Object.entries(attributes)) {
    const kind = operator.attributes[key] ?? fail(`no attribute ${key}`);
    if (!fits[kind](value)) fail(`attribute ${key} is ${JSON.stringify(value)}, expected ${kind}`);
  }
  const vector = (i: number): readonly Dim[] => {
    const value = inputs[i];
    return (value && vectors.get(value.name)) ?? fail(`input ${i} must be a vector known while building`);
  };
  const inferred = operator.infer({ inputs, attributes, outputs, vector, fail });
  if (inferred.length < outputs) fail(`${outputs} outputs, expected at most ${inferred.length}`);
  return inferred;
}
