import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../main/generation/random.ts';
import { damage } from '../../../main/data/mini/degrade.ts';
import { drawGlyph } from '../../../main/data/mini/draw.ts';
import { toolNames, tools } from '../../../main/data/mini/tools.ts';
import type { RawImage } from '../../../main/records/tools.ts';
import reference from './pillow/reference.json' with { type: 'json' };

const side = 56;
const picture: RawImage = {
  width: side,
  height: side,
  data: Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
    return (x * 7 + y * 13 + c * 29 + x * y * (c + 1)) % 256;
  }),
};
const described = ({ width, height, data }: RawImage): object => ({ width, height, sha256: createHash('sha256').update(data).digest('hex') });
const random = (): RandomStream => new RandomStream(1, 1);

describe('tools', () => {
  test.each(toolNames)('%s is Pillow’s', (name) => {
    const { line, ...expected } = reference[name];
    expect(tools[name].code).toBe(line);
    expect(described(tools[name].apply(picture))).toEqual(expected);
  });
});

describe('damages', () => {
  test.each(['cw90', 'cw180', 'cw270'] as const)('%s is Pillow’s turn with the clock, and its fix undoes it', (kind) => {
    const { line: _, ...expected } = reference[kind];
    const turned = damage[kind].apply(picture, random());
    expect(described(turned)).toEqual(expected);
    const { fix } = damage[kind];
    expect(fix === 'direct' ? undefined : tools[fix].apply(turned)).toEqual(picture);
  });

  test('dark keeps 16 in 100, and brightening comes within 15 of every value', () => {
    const dark = damage.dark.apply(picture, random());
    expect(dark.data.slice(0, 200)).toEqual(picture.data.slice(0, 200).map((value) => Math.floor((value * 16) / 100)));
    const bright = tools.brighten.apply(dark);
    expect(Math.max(...bright.data.map((value, i) => Math.abs(value - (picture.data[i] as number))))).toBeLessThanOrEqual(15);
  });

  test('noise changes about a quarter of the pixels, to black and white of each channel', () => {
    const noisy = damage.noise.apply(picture, random());
    const changed = Array.from({ length: side * side }, (_, i) => i).filter((i) => [0, 1, 2].some((c) => noisy.data[i * 3 + c] !== picture.data[i * 3 + c]));
    expect(changed.length / (side * side)).toBeGreaterThan(0.2);
    expect(changed.length / (side * side)).toBeLessThan(0.3);
    expect(new Set(changed.flatMap((i) => [...noisy.data.subarray(i * 3, i * 3 + 3)]))).toEqual(new Set([0, 255]));
  });

  test('the median takes most of the noise of a glyph away', () => {
    const { image } = drawGlyph(random(), '8');
    const far = (a: RawImage): number => a.data.filter((value, i) => Math.abs(value - (image.data[i] as number)) > 40).length;
    const noisy = damage.noise.apply(image, random());
    expect(far(tools.median.apply(noisy))).toBeLessThan(far(noisy) / 3);
  });

  test('a small glyph is whole in its quarter, which its tool cuts out', () => {
    for (const kind of ['tl', 'tr', 'bl', 'br'] as const) {
      for (let i = 0; i < 20; i++) {
        const { image } = drawGlyph(new RandomStream(3, i), '8', kind);
        const { fix } = damage[kind];
        const cut = fix === 'direct' ? image : tools[fix].apply(image);
        const ink = (a: RawImage): number => Array.from({ length: a.width * a.height }, (_, p) => p).filter((p) => (a.data[p * 3 + 1] as number) < 200).length;
        const bar = cut.width * (kind[0] === 't' ? 4 : 0);
        expect(ink(cut) - bar).toBe(ink(image) - 56 * 4);
      }
    }
  });
});
