import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { resizeBicubic } from '../../../../main/model/image/resize.ts';
import cases from './pillow/resize.json' with { type: 'json' };

/** The picture that pillow/resize.py makes. */
function picture(width: number, height: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: width * height * 3 }, () => {
    state = (state * 48271) % 2147483647;
    return state & 255;
  });
}

test(`${cases.length} pictures are resampled as Pillow does, bit for bit, whichever pass it takes first`, () => {
  for (const [width, height, toWidth, toHeight, hash] of cases as unknown as readonly (readonly [number, number, number, number, string])[]) {
    const { data } = resizeBicubic({ width, height, data: picture(width, height) }, { width: toWidth, height: toHeight });
    expect(createHash('sha256').update(data).digest('hex').slice(0, 16), `${width} × ${height} to ${toWidth} × ${toHeight}`).toBe(hash);
  }
});
