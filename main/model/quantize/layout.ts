import type { ExternalSlice } from '../graphs/parameters.ts';
import { type QuantizationScheme, quantizedSizes } from './scheme.ts';

/** A matrix to quantise, read in slices of rows; the values are used up before the next read. */
export type MatrixSource = {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly read: (firstRow: number, count: number, target?: Float32Array<ArrayBuffer>) => Float32Array;
};

/** A norm's weight or a bias: kept in float32 beside the matrices, because onnxruntime is faster with all of a layer at hand. */
export type VectorSource = { readonly name: string; readonly size: number; readonly read: () => Float32Array };

export const weightsFile = 'weights.bin';

/** A part of weights.bin; the types are those that MatMulNBits takes. */
export type Part = ExternalSlice & { readonly location: typeof weightsFile; readonly type: 'uint8' | 'float32' };

/** Where everything lies in weights.bin, by name (see matrixParts), and the file's size. */
export type Layout = { readonly parts: Readonly<Record<string, Part>>; readonly bytes: number };

// External data that starts on a page can be mapped into memory.
const alignment = 4096;

/** The matrices one after the other, each followed by its scales and zero points, then the vectors. */
export function layoutOf(scheme: QuantizationScheme, matrices: readonly MatrixSource[], vectors: readonly VectorSource[]): Layout {
  const parts: Record<string, Part> = {};
  let bytes = 0;
  const place = (name: string, type: Part['type'], shape: readonly number[]): void => {
    const offset = Math.ceil(bytes / alignment) * alignment;
    const length = shape.reduce((product, size) => product * size, type === 'float32' ? 4 : 1);
    parts[name] = { location: weightsFile, offset, length, type, shape };
    bytes = offset + length;
  };
  for (const { name, rows, columns } of matrices) {
    const { blocks, blockBytes, scales, zeroPointBytes } = quantizedSizes(scheme, rows, columns);
    place(name, 'uint8', [rows, blocks, blockBytes]);
    place(`${name}.scales`, 'float32', [scales]);
    if (!scheme.symmetric) place(`${name}.zeroPoints`, 'uint8', [zeroPointBytes]);
  }
  for (const { name, size } of vectors) place(name, 'float32', [size]);
  return { parts, bytes };
}
