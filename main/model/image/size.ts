import { InputError } from '../../records/input-error.ts';

/** How far an image's sides may be scaled: a multiple of `factor`, and an area within bounds (pixels). */
export type SizeLimits = { readonly factor: number; readonly minPixels: number; readonly maxPixels: number };

export type Size = { readonly width: number; readonly height: number };

/** As in Qwen2-VL's smart_resize: a longer strip has no sensible size. */
export const longestRatio = 200;

export const aspectRatio = ({ width, height }: Size): number => Math.max(width, height) / Math.min(width, height);

/**
 * The size to which Qwen2.5-VL scales an image: both sides rounded to multiples of `factor`, the area brought between
 * the bounds at (nearly) the same aspect ratio (smart_resize of Transformers' image_processing_qwen2_vl.py).
 * @throws InputError for an aspect ratio above 200.
 */
export function modelSize({ width, height }: Size, { factor, minPixels, maxPixels }: SizeLimits, name: string): Size {
  const ratio = aspectRatio({ width, height });
  if (ratio > longestRatio) {
    throw new InputError({ thing: name, expected: `an aspect ratio of at most ${longestRatio}`, found: `${width} × ${height}, a ratio of ${ratio.toFixed(0)}`, remedy: 'Crop the image.' });
  }
  const rounded = { width: roundHalfToEven(width / factor) * factor, height: roundHalfToEven(height / factor) * factor };
  const area = rounded.width * rounded.height;
  if (area > maxPixels) {
    const shrink = Math.sqrt((width * height) / maxPixels);
    const side = (x: number): number => Math.max(factor, Math.floor(x / shrink / factor) * factor);
    return { width: side(width), height: side(height) };
  }
  if (area < minPixels) {
    const grow = Math.sqrt(minPixels / (width * height));
    const side = (x: number): number => Math.ceil((x * grow) / factor) * factor;
    return { width: side(width), height: side(height) };
  }
  return rounded;
}

/** Python's round(): halves go to the even neighbour. */
function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
