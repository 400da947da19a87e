import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { quantizeRows } from './blocks.ts';
import type { Layout, MatrixSource, Part, VectorSource } from './layout.ts';
import type { QuantizationScheme } from './scheme.ts';

// Float32 bytes of a matrix that are in memory at one time.
const sliceBytes = 64 * 1024 ** 2;

export type WeightsFileOptions = {
  readonly scheme: QuantizationScheme;
  readonly matrices: readonly MatrixSource[];
  readonly vectors: readonly VectorSource[];
  /** Called after each matrix. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
};

/**
 * Quantises matrices into a new file and flushes it to the disk. In memory are a slice of one matrix's rows and its scales.
 * @returns the file's SHA-256 in hexadecimal digits.
 */
export async function writeWeights(file: string, layout: Layout, { scheme, matrices, vectors, onProgress, signal }: WeightsFileOptions): Promise<string> {
  const descriptor = openSync(file, 'wx');
  const hash = createHash('sha256');
  let written = 0;
  const put = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    hash.update(bytes);
    written += bytes.length;
  };
  const part = async (name: string, pieces: Iterable<Uint8Array | Float32Array> | AsyncIterable<Uint8Array>): Promise<void> => {
    const { offset, length } = layout.parts[name] as Part;
    put(new Uint8Array(offset - written));
    for await (const piece of pieces) put(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
    if (written !== offset + length) throw new Error(`${name} has ${written - offset} bytes, not ${length}`);
  };
  const floats = new Float32Array(Math.max(0, ...matrices.map((matrix) => rowsAtOnce(matrix) * matrix.columns)));
  try {
    for (const [i, matrix] of matrices.entries()) {
      const { name, rows, columns, read } = matrix;
      const scales: Float32Array[] = [];
      const zeroPoints: Uint8Array[] = [];
      const weights = async function* (): AsyncGenerator<Uint8Array> {
        for (let first = 0; first < rows; first += rowsAtOnce(matrix)) {
          await new Promise(setImmediate); // lets a cancel arrive
          signal?.throwIfAborted();
          const count = Math.min(rowsAtOnce(matrix), rows - first);
          const slice = quantizeRows(read(first, count, floats.subarray(0, count * columns)), count, columns, scheme);
          scales.push(slice.scales);
          zeroPoints.push(slice.zeroPoints);
          yield slice.weights;
        }
      };
      await part(name, weights());
      await part(`${name}.scales`, scales);
      if (!scheme.symmetric) await part(`${name}.zeroPoints`, zeroPoints);
      onProgress?.(i + 1, matrices.length);
    }
    for (const { name, read } of vectors) await part(name, [read()]);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}

const rowsAtOnce = ({ rows, columns }: MatrixSource): number => Math.min(rows, Math.max(1, Math.floor(sliceBytes / (4 * columns))));
