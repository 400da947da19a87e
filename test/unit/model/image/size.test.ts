import { describe, expect, test } from 'vitest';
import { modelSize } from '../../../../main/model/image/size.ts';
import { resizeBicubic } from '../../../../main/model/image/resize.ts';

const limits = { factor: 28, minPixels: 56 * 56, maxPixels: 28 * 28 * 1280 };
const size = (width: number, height: number, change = {}): [number, number] => {
  const { width: w, height: h } = modelSize({ width, height }, { ...limits, ...change }, 'picture');
  return [w, h];
};

// Expected values by hand from smart_resize's rules.
describe('modelSize', () => {
  test('keeps multiples of 28', () => expect(size(448, 308)).toEqual([448, 308]));
  test('rounds to the nearest multiple, halves to the even one', () => {
    expect(size(100, 100)).toEqual([112, 112]); // 3.57 → 4
    expect(size(97, 97)).toEqual([84, 84]); // 3.46 → 3
    expect(size(70, 98)).toEqual([56, 112]); // 2.5 → 2, 3.5 → 4
  });
  test('shrinks what is too large: both sides down to multiples', () => {
    // √(4000·3000 / 1003520) = 3.45807: 1156.7 → 41·28, 867.5 → 30·28
    expect(size(4000, 3000)).toEqual([1148, 840]);
    expect(size(800, 600, { maxPixels: 100_352 })).toEqual([364, 252]); // 365.8 → 13·28, 274.3 → 9·28
  });
  test('enlarges what is too small: both sides up to multiples', () => {
    expect(size(10, 20)).toEqual([56, 84]); // √(3136/200) = 3.96: 39.6 → 2·28, 79.2 → 3·28
    expect(size(1, 1)).toEqual([56, 56]);
  });
  test('a long strip keeps one factor', () => expect(size(5000, 28, { maxPixels: 28 * 28 * 20 })[1]).toBe(28));
  test('an aspect ratio above 200 is refused', () => expect(() => size(5001, 25)).toThrow(/picture.*at most 200.*5001 × 25/));
});

describe('resizeBicubic', () => {
  test('a constant stays constant', () => {
    const image = { width: 13, height: 7, data: new Uint8Array(13 * 7 * 3).fill(99) };
    expect(new Set(resizeBicubic(image, { width: 5, height: 29 }).data)).toEqual(new Set([99]));
  });

  test('is Pillow’s, pixel for pixel, up and down', () => {
    // A row of five grey pixels, resized by Pillow 13.0 with BICUBIC.
    const row = (values: readonly number[]) => ({ width: values.length, height: 1, data: Uint8Array.from(values.flatMap((v) => [v, v, v])) });
    const grey = (values: readonly number[], width: number): number[] => [...resizeBicubic(row(values), { width, height: 1 }).data].filter((_, i) => i % 3 === 0);
    expect(grey([0, 50, 255, 10, 100], 8)).toEqual([0, 9, 59, 219, 200, 17, 52, 106]);
    expect(grey([0, 50, 255, 10, 100], 3)).toEqual([22, 159, 61]);
  });
});
