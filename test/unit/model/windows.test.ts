import { describe, expect, test } from 'vitest';
import { mropePositions } from '../../../main/model/positions.ts';
import { visionRotary, windowLayout } from '../../../main/model/windows.ts';

const sizes = { mergeSize: 2, patchSize: 14, windowSize: 56 }; // windows of 2 × 2 merged units

describe('windowLayout', () => {
  test('three by five units: full windows, halves at the right, a row of halves below', () => {
    const { order, inverse, windows } = windowLayout([1, 6, 10], sizes);
    expect([...order]).toEqual([0, 1, 5, 6, 2, 3, 7, 8, 4, 9, 10, 11, 12, 13, 14]);
    expect(windows).toEqual([4, 4, 2, 2, 2, 1]);
    expect([...order].map((unit) => inverse[unit])).toEqual([...order.keys()]);
  });

  test('one window that the image does not fill', () => {
    expect(windowLayout([1, 2, 4], { ...sizes, windowSize: 112 }).windows).toEqual([2]);
  });
});

describe('visionRotary', () => {
  test('the first quarter of a head turns with the row, the second with the column, in merged order', () => {
    const { cos, sin } = visionRotary([1, 2, 4], { mergeSize: 2, headDim: 8 });
    // Patches of the first unit: (0,0) (0,1) (1,0) (1,1), of the second: columns 2 and 3. Frequencies 1 and 1/100.
    const places = [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2], [0, 3], [1, 2], [1, 3]] as const;
    for (const [patch, [row, column]] of places.entries()) {
      for (const [j, angle] of [row, row / 100, column, column / 100].entries()) {
        expect(cos[patch * 4 + j]).toBeCloseTo(Math.cos(angle), 6);
        expect(sin[patch * 4 + j]).toBeCloseTo(Math.sin(angle), 6);
      }
    }
  });
});

describe('mropePositions', () => {
  const I = 9;
  const options = { imageToken: I, mergeSize: 2 };

  test('text, an image of 2 × 3 units, text, from a start', () => {
    const { positions, next, ropeDelta } = mropePositions([1, I, I, I, I, I, I, 2], [[1, 4, 6]], options, 10);
    expect([...positions.subarray(0, 8)]).toEqual([10, 11, 11, 11, 11, 11, 11, 14]);
    expect([...positions.subarray(8, 16)]).toEqual([10, 11, 11, 11, 12, 12, 12, 14]);
    expect([...positions.subarray(16)]).toEqual([10, 11, 12, 13, 11, 12, 13, 14]);
    expect([next, ropeDelta]).toEqual([15, -3]);
  });

  test('image tokens that do not match the grids are refused with both figures', () => {
    expect(() => mropePositions([1, I, I, 2], [[1, 4, 6]], options)).toThrow(/needs 6 image tokens, found 2/);
    expect(() => mropePositions([1, I, I, 2], [], options)).toThrow(/only 0 images/);
    expect(() => mropePositions([1, 2], [[1, 2, 2]], options)).toThrow(/1 images are given, the tokens have places for 0/);
  });
});
