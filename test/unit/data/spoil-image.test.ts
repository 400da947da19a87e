import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { orderedIssues } from '../../../main/data/image-issues.ts';
import { type Spoiling, spoiled, spoiledFile } from '../../../main/data/spoil-image.ts';
import { RandomStream } from '../../../main/generation/random.ts';
import { decodeImage } from '../../../main/model/image/decode.ts';
import { InputError } from '../../../main/records/input-error.ts';
import type { RawImage } from '../../../main/records/tools.ts';

const random = new RandomStream(1, 0);
const [width, height] = [40, 30];
const clean: RawImage = { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => Math.floor(256 * random.next())) };
const flat: RawImage = { width: 200, height: 100, data: new Uint8Array(200 * 100 * 3).fill(128) };
const levels = [1, 2, 3] as const;

const spoil = (image: RawImage, issues: Spoiling['issues'], strength: Spoiling['strength'] = 2, seed = 5): Promise<RawImage> => spoiled(image, { issues, strength, seed });
const pixel = ({ width, data }: RawImage, x: number, y: number): readonly number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
const mean = ({ data }: RawImage): number => data.reduce((sum, value) => sum + value, 0) / data.length;
const deviation = (image: RawImage): number => {
  const middle = mean(image);
  return Math.sqrt(image.data.reduce((sum, value) => sum + (value - middle) ** 2, 0) / image.data.length);
};
/** sharp's Buffers as plain bytes. */
const plain = ({ data, ...size }: RawImage): RawImage => ({ ...size, data: new Uint8Array(data) });

describe('turns', () => {
  test('half a turn: each pixel is where its opposite was', async () => {
    const image = await spoil(clean, ['rotation180']);
    expect([image.width, image.height]).toEqual([width, height]);
    for (const [x, y] of [[0, 0], [7, 3], [39, 29]] as const) expect(pixel(image, x, y)).toEqual(pixel(clean, width - 1 - x, height - 1 - y));
  });

  test('a quarter turn: one way or the other, as the seed says, and each way for some seeds', async () => {
    const ways = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const image = await spoil(clean, ['rotation90'], 1, seed);
      expect([image.width, image.height]).toEqual([height, width]);
      const withClock = pixel(image, height - 1, 0).join() === pixel(clean, 0, 0).join();
      ways.add(withClock ? 'with' : 'against');
      for (const [x, y] of [[0, 0], [7, 3], [39, 29]] as const) expect(pixel(image, ...((withClock ? [height - 1 - y, x] : [y, width - 1 - x]) as [number, number]))).toEqual(pixel(clean, x, y));
    }
    expect(ways.size).toBe(2);
  });
});

test('exposure: every value by the same factor, more of it the stronger', async () => {
  for (const [i, factor] of [0.4, 0.2, 0.1].entries()) expect((await spoil(clean, ['dark'], levels[i])).data).toEqual(clean.data.map((value) => Math.round(value * factor)));
  for (const [i, factor] of [1.6, 2.4, 4].entries()) expect((await spoil(clean, ['overexposure'], levels[i])).data).toEqual(clean.data.map((value) => Math.min(255, Math.round(value * factor))));
});

test('blur: the mean stays, the spread goes, the more the stronger; in proportion to the image', async () => {
  const spreads = [deviation(clean)];
  for (const level of levels) {
    const image = await spoil(clean, ['blur'], level);
    expect(Math.abs(mean(image) - mean(clean))).toBeLessThan(4); // values at the border count more often
    spreads.push(deviation(image));
  }
  expect(spreads).toEqual(spreads.toSorted((a, b) => b - a));
  expect(new Set(spreads).size).toBe(4);
  // An edge between black and white: the width of the ramp is that of a Gaussian of σ = 1/100 of the shorter side.
  const edge: RawImage = { width: 800, height: 400, data: Uint8Array.from({ length: 800 * 400 * 3 }, (_, i) => (Math.floor(i / 3) % 800 < 400 ? 0 : 255)) };
  const ramp = await spoil(edge, ['blur'], 3);
  expect(pixel(ramp, 399 + 4, 200)[0]).toBeGreaterThan(0.8 * 255);
  expect(pixel(ramp, 399 + 4, 200)[0]).toBeLessThan(0.9 * 255); // Φ(1) = 0.84
});

test('noise: of the spread that the strength says, without bias, on every value for itself', async () => {
  for (const [i, sigma] of [16, 36].entries()) {
    const image = await spoil(flat, ['noise'], levels[i]);
    expect(Math.abs(deviation(image) / sigma - 1)).toBeLessThan(0.03);
    expect(Math.abs(mean(image) - 128)).toBeLessThan(1);
  }
  expect(deviation(await spoil(flat, ['noise'], 3))).toBeGreaterThan(55); // cut off at 0 and 255
  expect((await spoil(flat, ['noise'], 2, 6)).data).not.toEqual((await spoil(flat, ['noise'], 2, 7)).data);
});

test('crop and none leave every pixel; several are done in their order', async () => {
  for (const issues of [['crop'], ['none'], []] as const) expect(await spoil(clean, issues)).toEqual(clean);
  const byHand = await spoil(await spoil(await spoil(await spoil(clean, ['rotation180']), ['dark']), ['blur']), ['noise']);
  expect(await spoil(clean, ['noise', 'blur', 'crop', 'dark', 'rotation180', 'noise'])).toEqual(byHand);
});

test('the same file and wish give the same PNG, of what spoiled gives', async () => {
  const file = await sharp(clean.data, { raw: { width, height, channels: 3 } }).png().toBuffer();
  const wish = { issues: ['rotation90', 'overexposure', 'blur', 'noise'], strength: 3, seed: 77 } as const;
  const png = await spoiledFile(file, 'a.png', wish);
  expect(Buffer.from(png).subarray(1, 4).toString()).toBe('PNG');
  expect(await spoiledFile(file, 'b.png', wish)).toEqual(png);
  expect(plain(await decodeImage(png, 'made'))).toEqual(plain(await spoiled(clean, wish)));
  const photo = await sharp(clean.data, { raw: { width, height, channels: 3 } }).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  expect(await decodeImage(await spoiledFile(photo, 'photo', { issues: [], strength: 1, seed: 0 }), 'made')).toEqual(await decodeImage(photo, 'photo'));
});

test('a single pixel is spoiled, too', async () => {
  const dot: RawImage = { width: 1, height: 1, data: Uint8Array.from([10, 20, 30]) };
  const image = await spoil(dot, ['rotation90', 'overexposure', 'blur', 'noise'], 3);
  expect([image.width, image.height, image.data.length]).toEqual([1, 1, 3]);
});

test('what excludes each other, and what is no image, is refused in words', async () => {
  for (const issues of [['none', 'dark'], ['rotation90', 'rotation180'], ['dark', 'overexposure'], ['none', 'crop']] as const) await expect(spoil(clean, issues)).rejects.toThrow(InputError);
  await expect(spoiledFile(Buffer.from('no image'), 'x.png', { issues: ['dark'], strength: 1, seed: 0 })).rejects.toThrow(/x\.png: expected an image that can be decoded/);
  expect(orderedIssues(['noise', 'dark', 'noise', 'rotation90'])).toEqual(['rotation90', 'dark', 'noise']);
});
