import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../main/generation/random.ts';
import type { RawImage } from '../../../main/records/tools.ts';
import { type Box, cropReward, intersectionOverUnion, locateCrop } from '../../../main/reward/crop.ts';

const width = 320;
const height = 240;

/** Smooth random patches: a picture where every place differs from every other. */
async function scene(): Promise<Buffer> {
  const random = new RandomStream(5, 0);
  const coarse = Uint8Array.from({ length: 40 * 30 * 3 }, () => Math.floor(random.next() * 256));
  return sharp(coarse, { raw: { width: 40, height: 30, channels: 3 } }).resize(width, height, { kernel: 'cubic' }).png().toBuffer();
}

const raw = async (image: Sharp): Promise<RawImage> => {
  const { data, info } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
};

const cut = (png: Buffer, [x0, y0, x1, y1]: Box): Sharp => sharp(png).extract({ left: x0, top: y0, width: x1 - x0, height: y1 - y0 });

describe('intersection over union, by hand', () => {
  it.each<[Box, Box, number]>([
    [[0, 0, 10, 10], [0, 0, 10, 10], 1],
    [[0, 0, 10, 10], [5, 0, 15, 10], 50 / 150],
    [[0, 0, 10, 10], [10, 0, 20, 10], 0],
    [[0, 0, 10, 10], [2, 2, 4, 4], 4 / 100],
    [[3, 3, 3, 3], [3, 3, 3, 3], 0],
  ])('%j %j', (a, b, expected) => expect(intersectionOverUnion(a, b)).toBeCloseTo(expected, 12));
});

describe('where a crop was taken', async () => {
  const png = await scene();
  const original = await raw(sharp(png));

  it.each<[string, Box, (image: Sharp) => Sharp]>([
    ['as it is', [37, 51, 137, 113], (image) => image],
    ['as JPEG', [200, 10, 311, 90], (image) => image.jpeg({ quality: 75 })],
    ['enlarged twice', [60, 120, 140, 180], (image) => image.resize(160, 120)],
    ['a small part, enlarged four times', [250, 200, 280, 225], (image) => image.resize(120, 100)],
    ['half of the image', [0, 0, 320, 120], (image) => image],
    ['of the image’s shape, enlarged to its size', [40, 30, 200, 150], (image) => image.resize(320, 240)],
    ['of the image’s shape, enlarged beyond it', [10, 90, 170, 210], (image) => image.resize(480, 360)],
  ])('%s', async (_, box, change) => {
    const crop = await raw(sharp(await change(cut(png, box)).toBuffer()));
    const found = locateCrop(crop, original);
    expect(intersectionOverUnion(found as Box, box)).toBeGreaterThan(0.93);
  });

  it('a picture of the same size that shows something else is nowhere', async () => {
    expect(locateCrop(await raw(sharp({ create: { width, height, channels: 3, background: 'black' } })), original)).toBeUndefined();
    expect(cropReward(await raw(sharp(png).negate({ alpha: false })), original, [0, 0, 950, 950])).toBe(0);
  });

  it('a small part of a large picture', async () => {
    const large = sharp(png).resize(3200, 2400, { kernel: 'cubic' });
    const [whole, file] = [await raw(large.clone()), await large.png().toBuffer()];
    const box: Box = [2011, 777, 2051, 807];
    const found = locateCrop(await raw(cut(file, box)), whole);
    expect(intersectionOverUnion(found as Box, box)).toBeGreaterThan(0.9);
  });

  it('a few pixels of a large picture are looked for without keeping every place, and earn nothing where more was wanted', () => {
    const random = new RandomStream(7, 0);
    const large: RawImage = { width: 2000, height: 1500, data: Uint8Array.from({ length: 9_000_000 }, () => Math.floor(random.next() * 256)) };
    const corner = (side: number): RawImage => ({ width: side, height: side, data: Uint8Array.from({ length: 3 * side * side }, (_, i) => large.data[3 * (Math.floor(i / 3 / side) * 2000 + (Math.floor(i / 3) % side)) + (i % 3)] as number) });
    for (const side of [5, 8, 16]) {
      locateCrop(corner(side), large);
      expect(cropReward(corner(side), large, [0, 0, 500, 500])).toBe(0);
    }
  });

  it('nowhere, for another picture', async () => {
    const random = new RandomStream(6, 0);
    const other: RawImage = { width: 60, height: 50, data: Uint8Array.from({ length: 9000 }, () => Math.floor(random.next() * 256)) };
    expect(locateCrop(other, original)).toBeUndefined();
  });

  it('the whole image earns only what its share of the box is', async () => {
    expect(cropReward(original, original, [100, 100, 300, 300])).toBeCloseTo(0.04, 2);
    expect(cropReward(await raw(cut(png, [32, 24, 96, 72])), original, [100, 100, 300, 300])).toBeGreaterThan(0.95);
  });
});
