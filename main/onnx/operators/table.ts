import { elementwise } from './elementwise.ts';
import { fused } from './fused.ts';
import { indexing } from './indexing.ts';
import { layout } from './layout.ts';
import { linear } from './linear.ts';
import type { Operator } from './operator.ts';
import { reductions } from './reduction.ts';

/** Every operator that a graph may use: arity, attributes, and the type and shape of what comes out. */
export const operators = { ...elementwise, ...linear, ...reductions, ...layout, ...indexing, ...fused };

export type OperatorName = keyof typeof operators;

export const isOperatorName = (name: string): name is OperatorName => Object.hasOwn(operators, name);

export const operatorOf = (name: OperatorName): Operator => operators[name];
