import { type QuantizationScheme, quantizedSizes } from './scheme.ts';

/** Rows of a matrix in onnxruntime's MatMulNBits layout. */
export type QuantizedRows = {
  /** [rows, blocks, block·bits/8]; of two 4-bit weights the first is in the low half of the byte. */
  readonly weights: Uint8Array;
  /** [rows·blocks] */
  readonly scales: Float32Array;
  /** [rows, ⌈blocks·bits/8⌉], empty for a symmetric scheme. */
  readonly zeroPoints: Uint8Array;
};

// A scale below has too few digits left for its block; such a block becomes zero.
const smallestNormal = 2 ** -126;

/**
 * Quantises rows of a matrix [rows, columns]: weight ≈ scale·(q − zero), q from 0 to 2^bits − 1.
 * Symmetric: zero is the middle and the scale puts the weight of largest magnitude on the end of the range that reaches
 * furthest (as ggml's Q4_0); a weight at the other end is off by up to one scale, all others by half a scale at most.
 * Otherwise the block's range, widened to hold 0, is spread over all values of q.
 * A row's end is padded with zeros to a whole block.
 * @throws RangeError for a weight that is NaN or infinite.
 */
export function quantizeRows(matrix: Float32Array, rows: number, columns: number, scheme: QuantizationScheme): QuantizedRows {
  if (matrix.length !== rows * columns) throw new RangeError(`a matrix [${rows}, ${columns}] has ${rows * columns} weights, not ${matrix.length}`);
  const { bits, block, symmetric } = scheme;
  const { blocks, blockBytes, weightBytes, scales: scaleCount, zeroPointBytes } = quantizedSizes(scheme, rows, columns);
  const weights = new Uint8Array(weightBytes);
  const scales = new Float32Array(scaleCount);
  const zeroPoints = new Uint8Array(zeroPointBytes);
  const zeroStride = zeroPointBytes / rows;
  const middle = 1 << (bits - 1);
  const top = 2 * middle - 1;
  const values = new Float32Array(block);
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < blocks; b++) {
      const start = row * columns + b * block;
      const count = Math.min(block, columns - b * block);
      let low = 0;
      let high = 0;
      for (let i = 0; i < count; i++) {
        const w = matrix[start + i] as number;
        values[i] = w;
        low = Math.min(low, w);
        high = Math.max(high, w);
      }
      values.fill(0, count);
      // Math.min and Math.max keep a NaN once they have met one.
      if (!(high - low < Infinity)) throw notFinite(values, row, b * block);
      const furthest = -low > high ? low : high;
      const exact = symmetric ? furthest / -middle : (high - low) / top;
      const scale = Math.abs(exact) < smallestNormal ? 0 : Math.fround(exact);
      const zero = symmetric ? middle : scale === 0 ? 0 : Math.min(top, Math.round(-low / scale));
      const inverse = scale === 0 ? 0 : 1 / scale;
      scales[row * blocks + b] = scale;
      if (!symmetric) {
        const at = row * zeroStride + (bits === 8 ? b : b >> 1);
        zeroPoints[at] = (zeroPoints[at] as number) | (bits === 8 ? zero : zero << (4 * (b & 1)));
      }
      // + 0.5 and truncation round to nearest, because zero makes the sum positive.
      const shift = zero + 0.5;
      const out = (row * blocks + b) * blockBytes;
      if (bits === 8) {
        for (let i = 0; i < block; i++) weights[out + i] = Math.min(((values[i] as number) * inverse + shift) | 0, top);
      } else {
        for (let i = 0; i < block; i += 2) {
          const low4 = Math.min(((values[i] as number) * inverse + shift) | 0, top);
          const high4 = Math.min(((values[i + 1] as number) * inverse + shift) | 0, top);
          weights[out + (i >> 1)] = low4 | (high4 << 4);
        }
      }
    }
  }
  return { weights, scales, zeroPoints };
}

function notFinite(values: Float32Array, row: number, firstColumn: number): RangeError {
  const i = values.findIndex((value) => !Number.isFinite(value));
  return new RangeError(`the weight in row ${row}, column ${firstColumn + i} is ${values[i]}; only finite weights can be quantised`);
}

/** The matrix [rows, columns] that quantised rows stand for. */
export function dequantizeRows({ weights, scales, zeroPoints }: QuantizedRows, rows: number, columns: number, scheme: QuantizationScheme, matrix: Float32Array = new Float32Array(rows * columns)): Float32Array {
  const { bits, block, symmetric } = scheme;
  const { blocks, blockBytes } = quantizedSizes(scheme, rows, columns);
  const zeroStride = zeroPoints.length / rows;
  const values = new Float32Array(16);
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < blocks; b++) {
      const packed = symmetric ? 0 : (zeroPoints[row * zeroStride + (bits === 8 ? b : b >> 1)] as number);
      const zero = symmetric ? 1 << (bits - 1) : bits === 8 ? packed : (packed >> (4 * (b & 1))) & 15;
      const scale = scales[row * blocks + b] as number;
      const at = (row * blocks + b) * blockBytes;
      const start = row * columns + b * block;
      const count = Math.min(block, columns - b * block);
      if (bits === 8) {
        for (let i = 0; i < count; i++) matrix[start + i] = scale * ((weights[at + i] as number) - zero);
      } else {
        for (let q = 0; q < 16; q++) values[q] = scale * (q - zero);
        for (let i = 0; i < count; i += 2) {
          const two = weights[at + (i >> 1)] as number;
          matrix[start + i] = values[two & 15] as number;
          if (i + 1 < count) matrix[start + i + 1] = values[two >> 4] as number;
        }
      }
    }
  }
  return matrix;
}
