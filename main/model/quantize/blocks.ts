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

/**
 * Quantises rows of a matrix [rows, columns]: weight ≈ scale·(q − zero), q from 0 to 2^bits − 1.
 * Symmetric: zero is the middle and the scale puts the weight of largest magnitude on the end of the range that reaches
 * furthest (as ggml's Q4_0). Otherwise the block's range, widened to hold 0, is spread over all values of q.
 * A row's end is padded with zeros to a whole block. The weights must be finite.
 */
export function quantizeRows(matrix: Float32Array, rows: number, columns: number, scheme: QuantizationScheme): QuantizedRows {
  const { bits, block, symmetric } = scheme;
  const { blocks, blockBytes, weightBytes, scales: scaleCount, zeroPointBytes } = quantizedSizes(scheme, rows, columns);
  const weights = new Uint8Array(weightBytes);
  const scales = new Float32Array(scaleCount);
  const zeroPoints = new Uint8Array(zeroPointBytes);
  const zeroStride = zeroPointBytes / rows;
  const middle = 1 << (bits - 1);
  const top = 2 * middle - 1;
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < blocks; b++) {
      const start = row * columns + b * block;
      const count = Math.min(block, columns - b * block);
      let low = 0;
      let high = 0;
      for (let i = start; i < start + count; i++) {
        const w = matrix[i] as number;
        if (w < low) low = w;
        if (w > high) high = w;
      }
      const furthest = -low > high ? low : high;
      const scale = Math.fround(symmetric ? furthest / -middle : (high - low) / top);
      const zero = symmetric ? middle : scale === 0 ? 0 : Math.min(top, Math.round(-low / scale));
      const inverse = scale === 0 ? 0 : 1 / scale;
      scales[row * blocks + b] = scale;
      const out = (row * blocks + b) * blockBytes;
      if (!symmetric) {
        if (bits === 8) zeroPoints[row * zeroStride + b] = zero;
        else zeroPoints[row * zeroStride + (b >> 1)] = (zeroPoints[row * zeroStride + (b >> 1)] as number) | (zero << (4 * (b & 1)));
      }
      // + 0.5 and truncation round to nearest, because zero makes the sum positive.
      if (bits === 8) {
        for (let i = 0; i < block; i++) {
          const q = ((i < count ? (matrix[start + i] as number) : 0) * inverse + zero + 0.5) | 0;
          weights[out + i] = q < 0 ? 0 : q > top ? top : q;
        }
      } else {
        for (let i = 0; i < block; i += 2) {
          const q0 = ((i < count ? (matrix[start + i] as number) : 0) * inverse + zero + 0.5) | 0;
          const q1 = ((i + 1 < count ? (matrix[start + i + 1] as number) : 0) * inverse + zero + 0.5) | 0;
          const low4 = q0 < 0 ? 0 : q0 > top ? top : q0;
          const high4 = q1 < 0 ? 0 : q1 > top ? top : q1;
          weights[out + (i >> 1)] = low4 | (high4 << 4);
        }
      }
    }
  }
  return { weights, scales, zeroPoints };
}

/** The matrix [rows, columns] that quantised rows stand for. */
export function dequantizeRows({ weights, scales, zeroPoints }: QuantizedRows, rows: number, columns: number, scheme: QuantizationScheme): Float32Array {
  const { bits, block, symmetric } = scheme;
  const { blocks, blockBytes } = quantizedSizes(scheme, rows, columns);
  const zeroStride = zeroPoints.length / rows;
  const matrix = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const b = Math.floor(column / block);
      const i = column % block;
      const at = (row * blocks + b) * blockBytes;
      const q = bits === 8 ? (weights[at + i] as number) : ((weights[at + (i >> 1)] as number) >> (4 * (i & 1))) & 15;
      const packed = zeroPoints[row * zeroStride + (bits === 8 ? b : b >> 1)] as number;
      const zero = symmetric ? 1 << (bits - 1) : bits === 8 ? packed : (packed >> (4 * (b & 1))) & 15;
      matrix[row * columns + column] = (scales[row * blocks + b] as number) * (q - zero);
    }
  }
  return matrix;
}
