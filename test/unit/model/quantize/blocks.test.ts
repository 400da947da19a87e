import { describe, expect, test } from 'vitest';
import { dequantizeRows, quantizeRows } from '../../../../main/model/quantize/blocks.ts';
import { type QuantizationScheme, schemes } from '../../../../main/model/quantize/scheme.ts';
import { heavyTailed, normal, randomNumbers } from './random-matrix.ts';

const int4: QuantizationScheme = { bits: 4, block: 32, symmetric: true };
const int4Asymmetric: QuantizationScheme = { bits: 4, block: 32, symmetric: false };
const int8: QuantizationScheme = { bits: 8, block: 32, symmetric: true };
const int8Asymmetric: QuantizationScheme = { bits: 8, block: 32, symmetric: false };

/** One row of 32 columns that starts with the given weights and ends in zeros. */
const row = (...weights: readonly number[]): Float32Array => Float32Array.from({ length: 32 }, (_, i) => weights[i] ?? 0);
const bytes = (...start: readonly number[]) => (fill: number, length: number) => Uint8Array.from({ length }, (_, i) => start[i] ?? fill);

describe('a block worked out by hand', () => {
  test('int4: −8 … 7 with scale 1, the first weight of a pair in the low half', () => {
    const made = quantizeRows(row(...Array.from({ length: 16 }, (_, i) => i - 8)), 1, 32, int4);
    expect(made.scales).toEqual(Float32Array.of(1));
    expect(made.weights).toEqual(bytes(0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe)(0x88, 16));
    expect(made.zeroPoints).toHaveLength(0);
  });

  test('int4: a positive maximum makes the scale negative; its opposite is clipped to 7 scales', () => {
    const made = quantizeRows(row(8, -8, 2), 1, 32, int4);
    expect(made.scales).toEqual(Float32Array.of(-1));
    expect(made.weights).toEqual(bytes(0xf0, 0x86)(0x88, 16));
    expect(dequantizeRows(made, 1, 32, int4).map((w) => w + 0)).toEqual(row(8, -7, 2)); // −0 + 0 is 0
  });

  test('int4: halves are rounded to the nearest', () => {
    const made = quantizeRows(row(-8, 1.4, 1.6, -1.4, -1.6, 6.9), 1, 32, int4);
    expect(dequantizeRows(made, 1, 32, int4)).toEqual(row(-8, 1, 2, -1, -2, 7));
  });

  test('int8: −128 … 127 with scale 1', () => {
    const made = quantizeRows(row(-128, 127, 0.4, 0.6, -0.6), 1, 32, int8);
    expect(made.scales).toEqual(Float32Array.of(1));
    expect(made.weights).toEqual(bytes(0, 255, 128, 129, 127)(128, 32));
  });

  test('int4, asymmetric: −5 … 10 with scale 1 and zero point 5', () => {
    const made = quantizeRows(row(-5, 10, 3), 1, 32, int4Asymmetric);
    expect(made.scales).toEqual(Float32Array.of(1));
    expect(made.zeroPoints).toEqual(Uint8Array.of(5));
    expect(made.weights).toEqual(bytes(0xf0, 0x58)(0x55, 16));
  });

  test('int8, asymmetric: −55 … 200 with scale 1 and zero point 55', () => {
    const made = quantizeRows(row(-55, 200), 1, 32, int8Asymmetric);
    expect(made.zeroPoints).toEqual(Uint8Array.of(55));
    expect(made.weights).toEqual(bytes(0, 255)(55, 32));
  });

  test('asymmetric: a range on one side of 0 is widened to it', () => {
    const up = quantizeRows(new Float32Array(32).fill(30), 1, 32, int4Asymmetric);
    expect([up.scales[0], up.zeroPoints[0], up.weights[0]]).toEqual([2, 0, 0xff]);
    const down = quantizeRows(new Float32Array(32).fill(-30), 1, 32, int4Asymmetric);
    expect([down.scales[0], down.zeroPoints[0], down.weights[0]]).toEqual([2, 15, 0]);
  });
});

describe('layout', () => {
  test('zero points of three blocks take two bytes a row, the first in the low half', () => {
    const matrix = new Float32Array(2 * 96);
    for (const [block, low] of [-1, -2, -3, -4, -5, -6].entries()) matrix.set([low, low + 15], 32 * block);
    expect(quantizeRows(matrix, 2, 96, int4Asymmetric).zeroPoints).toEqual(Uint8Array.of(0x21, 0x03, 0x54, 0x06));
  });

  test.each([int4, int4Asymmetric, int8, int8Asymmetric])('the padding of a row is zero and takes nothing of the next row: %o', (scheme) => {
    const matrix = new Float32Array(2 * 40).fill(1, 0, 40).fill(100, 40);
    const made = quantizeRows(matrix, 2, 40, scheme);
    const zero = scheme.symmetric ? 2 ** (scheme.bits - 1) : 0;
    const padded = made.weights.subarray((32 + 8) * scheme.bits / 8, 64 * scheme.bits / 8);
    expect(padded).toEqual(new Uint8Array(padded.length).fill(scheme.bits === 8 ? zero : zero * 0x11));
    expect(Math.max(...dequantizeRows(made, 2, 40, scheme).map((w, i) => Math.abs(w - matrix[i]!)))).toBeLessThan(1e-5);
  });
});

describe.each(Object.entries(schemes))('%s', (_, scheme) => {
  const columns = 3 * scheme.block + 13;

  test('every weight comes back within half a scale, at the clipped end within one', () => {
    for (const [seed, distribution] of [normal, heavyTailed].entries()) {
      const matrix = randomNumbers(5 * columns, seed, distribution);
      const made = quantizeRows(matrix, 5, columns, scheme);
      const back = dequantizeRows(made, 5, columns, scheme);
      const blocks = Math.ceil(columns / scheme.block);
      const reach = 2 ** (scheme.bits - 1);
      let clipped = 0;
      for (let i = 0; i < matrix.length; i++) {
        const scale = made.scales[Math.floor(i / columns) * blocks + Math.floor((i % columns) / scheme.block)]!;
        const steps = matrix[i]! / scale; // negative towards the end that reaches furthest
        const atClippedEnd = scheme.symmetric && steps > reach - 0.5;
        if (atClippedEnd) clipped += 1;
        expect(Math.abs(matrix[i]! - back[i]!)).toBeLessThanOrEqual(Math.abs(scale) * (atClippedEnd ? 1 : 0.5) * (1 + 1e-5));
      }
      expect(clipped).toBeLessThan(0.02 * matrix.length);
    }
  });

  test('a block of zeros stays zero', () => {
    const made = quantizeRows(new Float32Array(columns), 1, columns, scheme);
    expect(made.scales).toEqual(new Float32Array(made.scales.length));
    expect(dequantizeRows(made, 1, columns, scheme)).toEqual(new Float32Array(columns));
  });

  test('one huge weight keeps its value, its block the rest as zeros, the next block is untouched', () => {
    const matrix = new Float32Array(columns).fill(1);
    matrix[5] = -(2 ** 100);
    const back = dequantizeRows(quantizeRows(matrix, 1, columns, scheme), 1, columns, scheme);
    expect(back[5]! / matrix[5]).toBeCloseTo(1, 6);
    expect(back.slice(0, 5)).toEqual(new Float32Array(5));
    for (const w of back.slice(scheme.block)) expect(w).toBeCloseTo(1, 6);
  });

  test('weights too small for a scale of full precision become zero', () => {
    const matrix = Float32Array.from({ length: columns }, (_, i) => (i % 3 === 0 ? 1e-44 : -1e-44));
    expect(dequantizeRows(quantizeRows(matrix, 1, columns, scheme), 1, columns, scheme).every((w) => w === 0)).toBe(true);
  });

  test.each([NaN, Infinity, -Infinity])('%f is refused with its place', (bad) => {
    const matrix = new Float32Array(2 * columns).fill(1);
    matrix[columns + scheme.block + 2] = bad;
    expect(() => quantizeRows(matrix, 2, columns, scheme)).toThrow(`row 1, column ${scheme.block + 2} is ${bad}`);
  });
});

test('a matrix of another size than its shape is refused', () => {
  expect(() => quantizeRows(new Float32Array(63), 2, 32, int4)).toThrow('has 64 weights, not 63');
});

// Half a step of rounding is uniform noise of step/√12; for a normal distribution the largest of 32 is about 2.07 spreads
// on average, so int4's step is 2.07/8 of the spread and the error near 2.07/8/√12 = 7.5 % of it, a little more by Jensen
// and by clipping.
test('the error of int4 on normal weights is what rounding explains', () => {
  const matrix = randomNumbers(64 * 1024, 3, normal);
  const back = dequantizeRows(quantizeRows(matrix, 64, 1024, int4), 64, 1024, int4);
  const squares = (values: Iterable<number>): number => [...values].reduce((sum, x) => sum + x * x, 0);
  const error = Math.sqrt(squares(matrix.map((w, i) => w - back[i]!)) / squares(matrix));
  expect(error).toBeGreaterThan(0.075);
  expect(error).toBeLessThan(0.095);
});
