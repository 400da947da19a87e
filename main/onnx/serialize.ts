import { dimText } from './dim.ts';
import { type Attribute, type Graph, type Initializer, type Node, type Value, dataTypes } from './graph.ts';
import type { AttributeKind } from './operators/operator.ts';
import { type OperatorName, operatorOf } from './operators/table.ts';
import { ProtobufWriter } from './protobuf.ts';
import { assertValidGraph } from './validate.ts';

const message = (): ProtobufWriter => new ProtobufWriter();

// Field numbers and enumerations are those of onnx.proto (ONNX 1.16, IR version 10).
const irVersion = 10;
const opset = 21;
const externalData = 1;
const attributeTypes: Record<AttributeKind, number> = { float: 1, int: 2, string: 3, ints: 7 };

function attribute(name: string, kind: AttributeKind, value: Attribute): ProtobufWriter {
  const out = message().string(1, name);
  if (kind === 'int') out.int(3, value as number);
  if (kind === 'float') out.float(2, value as number);
  if (kind === 'string') out.string(4, value as string);
  if (kind === 'ints') for (const number of value as readonly number[]) out.int(8, number);
  return out.int(20, attributeTypes[kind]);
}

function node({ op, name, inputs, outputs, attributes }: Node): ProtobufWriter {
  const operator = operatorOf(op as OperatorName);
  const out = message();
  for (const input of inputs) out.string(1, input);
  for (const output of outputs) out.string(2, output);
  out.string(3, name).string(4, op);
  for (const [key, value] of Object.entries(attributes)) out.message(5, attribute(key, operator.attributes[key] as AttributeKind, value));
  if (operator.domain) out.string(7, operator.domain);
  return out;
}

function tensor({ name, type, shape, data }: Initializer): ProtobufWriter {
  const out = message();
  for (const dim of shape) out.int(1, dim);
  out.int(2, dataTypes[type].onnx).string(8, name);
  if (data.kind === 'inline') return out.bytes(9, data.bytes);
  for (const [key, value] of [['location', data.location], ['offset', String(data.offset)], ['length', String(data.length)]] as const) {
    out.message(13, message().string(1, key).string(2, value));
  }
  return out.int(14, externalData);
}

function valueInfo({ name, type, shape }: Value): ProtobufWriter {
  const dims = message();
  for (const dim of shape) dims.message(1, typeof dim === 'number' ? message().int(1, dim) : message().string(2, dimText(dim)));
  return message().string(1, name).message(2, message().message(1, message().int(1, dataTypes[type].onnx).message(2, dims)));
}

/** The graph as an ONNX model file. The graph is validated first. */
export function serializeModel(graph: Graph): Uint8Array {
  assertValidGraph(graph);
  const body = message();
  for (const each of graph.nodes) body.message(1, node(each));
  body.string(2, graph.name);
  for (const initializer of graph.initializers) body.message(5, tensor(initializer));
  for (const input of graph.inputs) body.message(11, valueInfo(input));
  for (const output of graph.outputs) body.message(12, valueInfo(output));
  const imports = [message().string(1, '').int(2, opset), message().string(1, 'com.microsoft').int(2, 1)];
  const model = message().int(1, irVersion).string(2, 'arft').message(7, body);
  for (const each of imports) model.message(8, each);
  return model.finish();
}
