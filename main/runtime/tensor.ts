import { type DataType, dataTypes } from '../onnx/graph.ts';
import { returnBuffer, takeBuffer } from './buffers.ts';

/** JavaScript's array for each element type. */
export type ArrayOf = {
  float32: Float32Array;
  float16: Float16Array;
  float64: Float64Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  bool: Uint8Array;
};

const arrays: { readonly [T in DataType]: new (buffer: ArrayBuffer, start: number, length: number) => ArrayOf[T] } = {
  float32: Float32Array,
  float16: Float16Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** A tensor in the process's memory, in row order. */
export type HostTensor<T extends DataType = DataType> = {
  readonly kind: 'host';
  readonly type: T;
  readonly shape: readonly number[];
  readonly data: ArrayOf[T];
};

/** A tensor that the provider keeps on its device; it cannot be read here, only given to another run or released, which may be said again. */
export type DeviceTensor = {
  readonly kind: 'device';
  readonly type: DataType;
  readonly shape: readonly number[];
  release(): void;
};

export type Tensor = HostTensor | DeviceTensor;

export function hostTensor<T extends DataType>(type: T, shape: readonly number[], data: ArrayOf[T]): HostTensor<T> {
  const expected = shape.reduce((n, dim) => n * dim, 1);
  if (data.length !== expected) throw new Error(`tensor [${shape.join(', ')}]: expected ${expected} elements, found ${data.length}`);
  return { kind: 'host', type, shape, data };
}

/** A tensor to be written to; what stands in it is left over. */
export function unwritten<T extends DataType>(type: T, shape: readonly number[]): HostTensor<T> {
  const elements = shape.reduce((n, dim) => n * dim, 1);
  return { kind: 'host', type, shape, data: new arrays[type](takeBuffer(elements * dataTypes[type].bytes), 0, elements) };
}

export const float32 = (shape: readonly number[], data: Float32Array): HostTensor<'float32'> => hostTensor('float32', shape, data);

export const int64 = (shape: readonly number[], numbers: readonly number[]): HostTensor<'int64'> =>
  hostTensor('int64', shape, BigInt64Array.from(numbers, BigInt));

/** Gives the memory of tensors back at once, where it is still there: the garbage collector would leave it beside what comes next. */
export function release(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) {
    if (tensor.kind === 'device') tensor.release();
    else returnBuffer(tensor.data.buffer as ArrayBuffer);
  }
}
