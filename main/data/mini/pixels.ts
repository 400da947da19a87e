import type { RawImage } from '../../records/tools.ts';

// The operations of the task on pixels, each equal to Pillow's bit for bit (test/unit/data/mini-pixels).

/** Quarter turns against the clock: Pillow's `rotate(90 · turns)` of a square. */
export function rotated({ width: side, height, data }: RawImage, turns: 1 | 2 | 3): RawImage {
  if (side !== height) throw new RangeError(`a quarter turn needs a square, not ${side} × ${height}`);
  const out = new Uint8Array(data.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [fromX, fromY] = turns === 1 ? [side - 1 - y, x] : turns === 2 ? [side - 1 - x, side - 1 - y] : [y, side - 1 - x];
      const [from, to] = [(fromY * side + fromX) * 3, (y * side + x) * 3];
      [out[to], out[to + 1], out[to + 2]] = [data[from] as number, data[from + 1] as number, data[from + 2] as number];
    }
  }
  return { width: side, height: side, data: out };
}

/** Pillow's `ImageEnhance.Brightness(image).enhance(factor)` for a whole factor. */
export const brightened = ({ width, height, data }: RawImage, factor: number): RawImage => ({ width, height, data: data.map((value) => Math.min(255, value * factor)) });

/** Pillow's `image.crop((left, top, left + width, top + height))` within the image. */
export function cropped({ width: whole, data }: RawImage, left: number, top: number, width: number, height: number): RawImage {
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) out.set(data.subarray(((top + y) * whole + left) * 3, ((top + y) * whole + left + width) * 3), y * width * 3);
  return { width, height, data: out };
}

/** Pillow's `image.filter(ImageFilter.MedianFilter(3))`: of each channel the median of 3 × 3, edges repeated outwards. */
export function medianFiltered({ width, height, data }: RawImage): RawImage {
  const out = new Uint8Array(data.length);
  const window = new Uint8Array(9);
  const within = (value: number, size: number): number => Math.max(0, Math.min(size - 1, value));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        for (let i = 0; i < 9; i++) window[i] = data[(within(y + Math.floor(i / 3) - 1, height) * width + within(x + (i % 3) - 1, width)) * 3 + channel] as number;
        out[(y * width + x) * 3 + channel] = window.sort()[4] as number;
      }
    }
  }
  return { width, height, data: out };
}
