import type { Dim, Shape } from './dim.ts';

/**
 * Element types that the graphs use, with ONNX's numbers (TensorProto.DataType) and sizes in bytes.
 * float64 runs on the CPU only: gradients are checked in it.
 */
export const dataTypes = {
  float32: { onnx: 1, bytes: 4, floating: true },
  uint8: { onnx: 2, bytes: 1, floating: false },
  int32: { onnx: 6, bytes: 4, floating: false },
  int64: { onnx: 7, bytes: 8, floating: false },
  bool: { onnx: 9, bytes: 1, floating: false },
  float16: { onnx: 10, bytes: 2, floating: true },
  float64: { onnx: 11, bytes: 8, floating: true },
} as const;

export type DataType = keyof typeof dataTypes;

/** A tensor that flows through a graph; its name is unique in the graph. */
export type Value = { readonly name: string; readonly type: DataType; readonly shape: Shape };

export type Attribute = number | string | readonly number[];

export type Node = {
  readonly op: string;
  readonly name: string;
  /** Names of values; the empty name is an optional input that is left out. */
  readonly inputs: readonly string[];
  /** The empty name is an output that the operator does not compute. */
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
};

/** Where a weight's bytes are: in the graph, or at a place in a file beside the model (ONNX external data). */
export type InitializerData =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'external'; readonly location: string; readonly offset: number; readonly length: number };

export type Initializer = { readonly name: string; readonly type: DataType; readonly shape: readonly number[]; readonly data: InitializerData };

export type Graph = {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers: readonly Initializer[];
  /** In an order in which they can run. */
  readonly nodes: readonly Node[];
  /** Every value by name: inputs, initializers and the outputs of nodes. */
  readonly values: ReadonlyMap<string, Value>;
  /** int64 vectors whose elements are known while building (target shapes, axes, slice bounds), by name. */
  readonly vectors: ReadonlyMap<string, readonly Dim[]>;
};

/** A graph that cannot be right; the message names the node. It is a mistake of ours, never of the user's. */
export class GraphError extends Error {
  constructor(node: string, problem: string) {
    super(`${node}: ${problem}`);
    this.name = 'GraphError';
  }
}
