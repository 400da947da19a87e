import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { integer } from '../../../../main/data/mini/random.ts';
import { RandomStream } from '../../../../main/generation/random.ts';
import { checkDecodable, decodeImage } from '../../../../main/model/image/decode.ts';
import { InputError } from '../../../../main/records/input-error.ts';

const noise = (width: number, height: number): ReturnType<typeof sharp> => sharp({ create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } } });
const found = (decoding: Promise<unknown>): Promise<string> => decoding.then(() => 'decoded', (error: unknown) => (error instanceof InputError ? 'refused' : String(error)));

describe.each([
  ['PNG', () => noise(60, 40).png().toBuffer()],
  ['JPEG', () => noise(60, 40).jpeg().toBuffer()],
  ['a large JPEG, which is checked at an eighth of its size', () => noise(640, 480).jpeg({ quality: 95 }).toBuffer()],
  ['a large progressive JPEG', () => noise(640, 480).jpeg({ quality: 95, progressive: true }).toBuffer()],
  ['WebP', () => noise(60, 40).webp().toBuffer()],
  ['TIFF', () => noise(60, 40).tiff().toBuffer()],
  ['GIF', () => noise(60, 40).gif().toBuffer()],
] as const)('%s', (_, encode) => {
  test('is refused where decoding it fails, and else not', async () => {
    const bytes = await encode();
    const random = new RandomStream(3, 0);
    const ends = [0, 1, 20, ...[0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((part) => Math.floor(bytes.length * part)), bytes.length - 1, bytes.length];
    const changed = Array.from({ length: 20 }, () => Buffer.from(bytes.with(integer(random, 0, Math.min(bytes.length - 1, 600)), integer(random, 0, 255))));
    for (const [i, each] of [...ends.map((end) => bytes.subarray(0, end)), ...changed].entries()) {
      expect(`${i} ${await found(checkDecodable(each, 'x'))}`).toBe(`${i} ${await found(decodeImage(each, 'x'))}`);
    }
    expect(await found(checkDecodable(bytes, 'x'))).toBe('decoded');
  });
});

test('limits are told as decodeImage tells them', async () => {
  const bytes = await noise(300, 200).png().toBuffer();
  for (const limits of [{ maxPixels: 59_999, maxBytes: 1e9 }, { maxPixels: 1e9, maxBytes: 1000 }]) {
    const [one, other] = await Promise.all([checkDecodable, decodeImage].map((check) => check(bytes, 'a.png', limits).catch((error: unknown) => (error as Error).message)));
    expect(one).toBe(other);
  }
});
