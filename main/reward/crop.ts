import type { RawImage } from '../records/tools.ts';
import { shrink } from './image-closeness.ts';
import { type Plane, luminance } from './ssim.ts';

/** [x0, y0, x1, y1] in pixels of the original, or in 0–1000 of its sides. */
export type Box = readonly [number, number, number, number];

/** Enlargements that agents give a crop. */
const enlargements = [1, 2, 3, 4, 1.5, 2.5] as const;
/** Mean difference of luminance, of 255, up to which a place is the output's; JPEG changes a crop by less. */
const largestDifference = 12;
/** Longer side of the coarse search's original. */
const coarseSide = 96;

/** Intersection over union of two boxes. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = ([x0, y0, x1, y1]: Box): number => Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
  const union = area(a) + area(b) - shared;
  return union === 0 ? 0 : shared / union;
}

/** How well an output is the part of the original that the question names: the IoU of its place with the box, 0 where it is no crop. */
export function cropReward(output: RawImage, original: RawImage, box: Box): number {
  const place = locateCrop(output, original);
  if (!place) return 0;
  const wanted: Box = [(box[0] * original.width) / 1000, (box[1] * original.height) / 1000, (box[2] * original.width) / 1000, (box[3] * original.height) / 1000];
  return intersectionOverUnion(place, wanted);
}

/** Where a crop, possibly enlarged, lies in the original, in its pixels; undefined where it is found nowhere. */
export function locateCrop(crop: RawImage, original: RawImage): Box | undefined {
  const [inside, around] = [luminance(crop), luminance(original)];
  const whole = Math.abs(crop.width / original.width - crop.height / original.height) < 0.02 && crop.width >= original.width;
  if (whole) return [0, 0, original.width, original.height];
  let best: { readonly difference: number; readonly box: Box } | undefined;
  for (const enlargement of enlargements) {
    const [width, height] = [Math.round(crop.width / enlargement), Math.round(crop.height / enlargement)];
    if (width > original.width || height > original.height || Math.min(width, height) < 4) continue;
    const template = enlargement === 1 ? inside : shrink(inside, width, height);
    const found = search(template, around);
    if (!best || found.difference < best.difference) best = found;
    if (best.difference < largestDifference / 4) break;
  }
  return best && best.difference <= largestDifference ? best.box : undefined;
}

/** The place of least difference: every place of a shrunken original first, then around the best of them in full size. */
function search(template: Plane, around: Plane): { readonly difference: number; readonly box: Box } {
  const factor = Math.max(1, Math.min(Math.max(around.width, around.height) / coarseSide, Math.min(template.width, template.height) / 6));
  const small = (plane: Plane): Plane => (factor === 1 ? plane : shrink(plane, Math.max(1, Math.round(plane.width / factor)), Math.max(1, Math.round(plane.height / factor))));
  const [coarseTemplate, coarse] = [small(template), small(around)];
  const places: { x: number; y: number; difference: number }[] = [];
  for (let y = 0; y <= coarse.height - coarseTemplate.height; y++) {
    for (let x = 0; x <= coarse.width - coarseTemplate.width; x++) places.push({ x, y, difference: meanDifference(coarseTemplate, coarse, x, y, 1) });
  }
  places.sort((a, b) => a.difference - b.difference);
  const step = Math.max(1, Math.floor(Math.min(template.width, template.height) / 32));
  let best = { x: 0, y: 0, difference: Number.POSITIVE_INFINITY };
  const reach = Math.ceil(factor);
  for (const place of places.slice(0, 4)) {
    const [middleX, middleY] = [Math.round(place.x * factor), Math.round(place.y * factor)];
    for (let y = Math.max(0, middleY - reach); y <= Math.min(around.height - template.height, middleY + reach); y++) {
      for (let x = Math.max(0, middleX - reach); x <= Math.min(around.width - template.width, middleX + reach); x++) {
        const difference = meanDifference(template, around, x, y, step);
        if (difference < best.difference) best = { x, y, difference };
      }
    }
  }
  return { difference: best.difference, box: [best.x, best.y, best.x + template.width, best.y + template.height] };
}

/** Mean absolute difference of the template and the place at (x0, y0), every `step`-th pixel of both directions. */
function meanDifference(template: Plane, around: Plane, x0: number, y0: number, step: number): number {
  let [sum, count] = [0, 0];
  for (let y = 0; y < template.height; y += step) {
    for (let x = 0; x < template.width; x += step) {
      sum += Math.abs((template.data[y * template.width + x] as number) - (around.data[(y0 + y) * around.width + x0 + x] as number));
      count += 1;
    }
  }
  return sum / count;
}
