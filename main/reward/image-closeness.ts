import type { RawImage } from '../records/tools.ts';
import { type Plane, luminance, ssim } from './ssim.ts';

/** Images are compared at this size of their longer side at most. */
const longestSide = 256;
/** Sides that differ by more are another image: turned, cropped or squashed. */
const shapeTolerance = 0.05;

/**
 * How much nearer to the clean image an agent brought a picture: 0 for no nearer than the one it was given, 1 for the
 * clean image itself. An output of another shape is 0.
 */
export function repairCloseness(output: RawImage, clean: RawImage, given: RawImage): number {
  const reached = similarity(output, clean);
  const before = similarity(given, clean);
  if (before >= 0.999) return 0; // nothing was to be mended
  return Math.min(1, Math.max(0, (reached - before) / (1 - before)));
}

/**
 * Structural similarity (ssim.ts) of a picture to another in 0…1; 0 where the shapes differ, and below 11 pixels 1 for the same bytes only. At the other's size: one that is smaller
 * is enlarged, or a tiny picture, in which nothing can be told apart, would be like everything.
 */
export function similarity(a: RawImage, b: RawImage): number {
  const ratio = a.width / a.height / (b.width / b.height);
  if (ratio > 1 + shapeTolerance || ratio < 1 - shapeTolerance) return 0;
  const scale = Math.min(1, longestSide / Math.max(b.width, b.height));
  const [width, height] = [Math.round(b.width * scale), Math.round(b.height * scale)];
  if (Math.min(width, height) < 11) return a.width === b.width && a.height === b.height && Buffer.compare(a.data, b.data) === 0 ? 1 : 0;
  return Math.max(0, ssim(resized(luminance(a), width, height), resized(luminance(b), width, height)));
}

/** Means over the area that each new pixel covers. */
export function resized({ width, height, data }: Plane, newWidth: number, newHeight: number): Plane {
  const across = new Float64Array(newWidth * height);
  for (let x = 0; x < newWidth; x++) {
    for (const [from, share] of covered(x, newWidth, width)) for (let y = 0; y < height; y++) across[y * newWidth + x]! += share * (data[y * width + from] as number);
  }
  const out = new Float64Array(newWidth * newHeight);
  for (let y = 0; y < newHeight; y++) {
    for (const [from, share] of covered(y, newHeight, height)) for (let x = 0; x < newWidth; x++) out[y * newWidth + x]! += share * (across[from * newWidth + x] as number);
  }
  return { width: newWidth, height: newHeight, data: out };
}

/** The old places that a new one covers, and the share of each; shares add up to 1. */
function covered(place: number, newLength: number, oldLength: number): readonly (readonly [from: number, share: number])[] {
  const size = oldLength / newLength;
  const [start, end] = [place * size, Math.min(oldLength, (place + 1) * size)];
  return Array.from({ length: Math.ceil(end - 1e-9) - Math.floor(start) }, (_, i) => {
    const from = Math.floor(start) + i;
    return [from, (Math.min(end, from + 1) - Math.max(start, from)) / (end - start)] as const;
  });
}
