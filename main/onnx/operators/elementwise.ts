import { type DataType, dataTypes } from '../graph.ts';
import { type Operator, type OperatorTable, broadcast, intAttribute, required, sameType } from './operator.ts';

const unary: Operator = {
  domain: '',
  inputs: [1, 1],
  attributes: {},
  infer: (c) => [{ type: required(c, 0).type, shape: required(c, 0).shape }],
};

const binary: Operator = {
  domain: '',
  inputs: [2, 2],
  attributes: {},
  infer: (c) => [{ type: sameType(c, 0, 1), shape: broadcast(c, required(c, 0).shape, required(c, 1).shape) }],
};

const comparison: Operator = {
  ...binary,
  infer: (c) => {
    sameType(c, 0, 1);
    return [{ type: 'bool', shape: broadcast(c, required(c, 0).shape, required(c, 1).shape) }];
  },
};

const typeByNumber = new Map(Object.entries(dataTypes).map(([name, { onnx }]) => [onnx as number, name as DataType]));

/** Operators that work on each element by itself. */
export const elementwise = {
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Less: comparison,
  Equal: comparison,
  Neg: unary,
  Exp: unary,
  Log: unary,
  Sqrt: unary,
  Reciprocal: unary,
  Sigmoid: unary,
  Tanh: unary,
  Erf: unary,
  Identity: unary,
  Gelu: { ...unary, attributes: { approximate: 'string' } },
  QuickGelu: { ...unary, domain: 'com.microsoft', attributes: { alpha: 'float' } },
  Where: {
    domain: '',
    inputs: [3, 3],
    attributes: {},
    infer: (c) => {
      if (required(c, 0).type !== 'bool') c.fail(`the condition is ${required(c, 0).type}, not bool`);
      const chosen = broadcast(c, required(c, 1).shape, required(c, 2).shape);
      return [{ type: sameType(c, 1, 2), shape: broadcast(c, required(c, 0).shape, chosen) }];
    },
  },
  Cast: {
    ...unary,
    attributes: { to: 'int' },
    infer: (c) => {
      const type = typeByNumber.get(intAttribute(c, 'to')) ?? c.fail(`type number ${intAttribute(c, 'to')} is not in the table`);
      return [{ type, shape: required(c, 0).shape }];
    },
  },
} as const satisfies OperatorTable;
