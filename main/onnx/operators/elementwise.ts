import { type DataType, dataTypes } from '../graph.ts';
import { type Operator, type OperatorTable, broadcast, floatingType, intAttribute, numericType, required, sameType } from './operator.ts';

const anyType: Operator = {
  domain: '',
  inputs: [1, 1],
  attributes: {},
  infer: (c) => [{ type: required(c, 0).type, shape: required(c, 0).shape }],
};

const signed: Operator = { ...anyType, infer: (c) => [{ type: numericType(c, 0), shape: required(c, 0).shape }] };

const smooth: Operator = { ...anyType, infer: (c) => [{ type: floatingType(c, 0), shape: required(c, 0).shape }] };

const binary: Operator = {
  domain: '',
  inputs: [2, 2],
  attributes: {},
  infer: (c) => [{ type: numericType(c, 0, 1), shape: broadcast(c, required(c, 0).shape, required(c, 1).shape) }],
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
  Neg: signed,
  Exp: smooth,
  Log: smooth,
  Sqrt: smooth,
  Reciprocal: smooth,
  Sigmoid: smooth,
  Tanh: smooth,
  Erf: smooth,
  Identity: anyType,
  /** x·Φ(x), the exact form. */
  Gelu: smooth,
  /** x·σ(alpha·x). */
  QuickGelu: { ...smooth, domain: 'com.microsoft', attributes: { alpha: 'float' } },
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
    ...anyType,
    attributes: { to: 'int' },
    infer: (c) => {
      const type = typeByNumber.get(intAttribute(c, 'to')) ?? c.fail(`type number ${intAttribute(c, 'to')} is not in the table`);
      return [{ type, shape: required(c, 0).shape }];
    },
  },
} as const satisfies OperatorTable;
