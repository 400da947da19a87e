import { describe, expect, it } from 'vitest';
import { repairCloseness, resized, similarity } from '../../../main/reward/image-closeness.ts';
import { type Plane, ssim } from '../../../main/reward/ssim.ts';
import type { RawImage } from '../../../main/records/tools.ts';

/** A pattern with noise from a linear congruential generator, so that another program can draw the same. */
function picture(width: number, height: number, seed: number, noise: number): Plane {
  const data = new Float64Array(width * height);
  let state = BigInt(seed);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      state = (state * 1103515245n + 12345n) % 2147483648n;
      data[y * width + x] = Math.floor(((y * 7 + x * 3) % 256) * (1 - noise) + noise * Number((state >> 16n) % 256n));
    }
  }
  return { width, height, data };
}

const [a, b, c] = [picture(48, 40, 1, 0), picture(48, 40, 2, 0.5), picture(48, 40, 3, 0.1)] as const;

describe('structural similarity', () => {
  // scikit-image 0.25, structural_similarity(gaussian_weights, sigma 1.5, use_sample_covariance False, data_range 255)
  it.each([
    [a, b, 0.2365995976924636],
    [a, c, 0.8766932586849804],
    [b, c, 0.24391920894232502],
    [a, a, 1],
  ])('agrees with scikit-image', (x, y, expected) => expect(ssim(x, y)).toBeCloseTo(expected, 9));
});

it('shrinks by area means', () => {
  const plane: Plane = { width: 3, height: 2, data: Float64Array.of(0, 6, 12, 3, 9, 15) };
  // The first new pixel covers 1½ old ones of each row: (0 + 6/2 + 3 + 9/2) / 3.
  expect([...resized(plane, 2, 1).data].map((value) => Number(value.toFixed(9)))).toEqual([3.5, 11.5]);
});

const grey = ({ width, height, data }: Plane, change: (value: number) => number = (value) => value): RawImage => ({ width, height, data: Uint8Array.from(data, (value) => Math.max(0, Math.min(255, change(value)))).reduce((out, value, i) => (out.fill(value, 3 * i, 3 * i + 3), out), new Uint8Array(3 * width * height)) });

describe('how near a repair came', () => {
  const clean = grey(a);
  const dark = grey(a, (value) => value * 0.2);

  it('is 1 for the clean image, 0 for the image as it was given', () => {
    expect(repairCloseness(clean, clean, dark)).toBeCloseTo(1, 9);
    expect(repairCloseness(dark, clean, dark)).toBe(0);
  });

  it('grows with the repair', () => {
    const half = repairCloseness(grey(a, (value) => value * 0.6), clean, dark);
    const most = repairCloseness(grey(a, (value) => value * 0.9), clean, dark);
    expect(half).toBeGreaterThan(0.1);
    expect(most).toBeGreaterThan(half);
    expect(most).toBeLessThan(1);
  });

  it('is 0 for an image of another shape', () => expect(similarity({ ...clean, width: 40, height: 48 }, clean)).toBe(0));
  it('is nothing for a picture made tiny, in which all is alike', () => {
    const wide: Plane = { width: 300, height: 240, data: Float64Array.from({ length: 72_000 }, (_, i) => 128 + 60 * Math.sin((i % 300) / 5) * Math.cos(Math.floor(i / 300) / 7) + ((i * 7919) % 41)) };
    const [sharp, blurred] = [grey(wide), grey(resized(resized(wide, 60, 48), 300, 240))];
    expect(repairCloseness(sharp, sharp, blurred)).toBeGreaterThan(0.99);
    for (const [width, height] of [[64, 51], [32, 26], [15, 12], [1, 1]] as const) expect(repairCloseness(grey(resized(wide, width, height)), sharp, blurred)).toBeLessThan(0.05);
  });

  it('does not ask for the same size', () => expect(similarity(grey(shrinkOf(a, 44, 37)), clean)).toBeGreaterThan(0.5));
});

const shrinkOf = (plane: Plane, width: number, height: number): Plane => resized(plane, width, height);
