import type { RawImage } from '../records/tools.ts';
import { resized } from './image-closeness.ts';
import { type Plane, luminance } from './ssim.ts';

/** [x0, y0, x1, y1] in pixels of the original, or in 0–1000 of its sides. */
export type Box = readonly [number, number, number, number];

/** Enlargements that agents give a crop. */
const enlargements = [1, 2, 3, 4, 1.5, 2.5] as const;
/** Mean difference of luminance, of 255, up to which a place is the output's; JPEG changes a crop by less. */
const largestDifference = 12;
/** Longer side of the coarse search's original: as a rule, and at most, however small the crop is. */
const [coarseSide, mostCoarseSide] = [96, 768];
/** Shorter side of the coarse search's crop that tells its place; of a smaller one more places are looked at closely. */
const tellingSide = 6;
/** An output with fewer pixels than this share of the box earns nothing. */
const leastShare = 0.02;

/** Intersection over union of two boxes in one unit: 0…1, 0 for two without an area. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = ([x0, y0, x1, y1]: Box): number => Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
  const union = area(a) + area(b) - shared;
  return union === 0 ? 0 : shared / union;
}

/** How well an output is the part of the original that the question names: the IoU of its place with the box (in 0–1000), 0 where it is no crop. */
export function cropReward(output: RawImage, original: RawImage, box: Box): number {
  const wanted: Box = [(box[0] * original.width) / 1000, (box[1] * original.height) / 1000, (box[2] * original.width) / 1000, (box[3] * original.height) / 1000];
  // An output is as large as its part of the original, or enlarged: never worth a search where it is smaller than that.
  const area = (wanted[2] - wanted[0]) * (wanted[3] - wanted[1]);
  if (output.width * output.height < leastShare * area) return 0;
  const place = locateCrop(output, original);
  if (!place) return 0;
  return intersectionOverUnion(place, wanted);
}

/** Where a crop, possibly enlarged, lies in the original, in its pixels; undefined where it is found nowhere. */
export function locateCrop(crop: RawImage, original: RawImage): Box | undefined {
  const [inside, around] = [luminance(crop), luminance(original)];
  const shaped = Math.abs(crop.width / original.width - crop.height / original.height) < 0.02 && crop.width >= original.width;
  // A part of the same shape may have been enlarged to this size too.
  if (shaped && meanDifference(resized(inside, original.width, original.height), around, 0, 0, 1) <= largestDifference) return [0, 0, original.width, original.height];
  let best: { readonly difference: number; readonly box: Box } | undefined;
  for (const enlargement of enlargements) {
    const [width, height] = [Math.round(crop.width / enlargement), Math.round(crop.height / enlargement)];
    if (width > original.width || height > original.height || Math.min(width, height) < 4) continue;
    const template = enlargement === 1 ? inside : resized(inside, width, height);
    const found = search(template, around);
    if (!best || found.difference < best.difference) best = found;
    if (best.difference < largestDifference / 4) break;
  }
  return best && best.difference <= largestDifference ? best.box : undefined;
}

type Place = { readonly x: number; readonly y: number; readonly difference: number };

/** The place of least difference: every place of a shrunken original first, then around the best of them in full size. */
function search(template: Plane, around: Plane): { readonly difference: number; readonly box: Box } {
  const [longer, shorter] = [Math.max(around.width, around.height), Math.min(template.width, template.height)];
  const factor = Math.max(1, Math.min(longer / coarseSide, shorter / tellingSide), longer / mostCoarseSide);
  const small = (plane: Plane): Plane => (factor === 1 ? plane : resized(plane, Math.max(1, Math.round(plane.width / factor)), Math.max(1, Math.round(plane.height / factor))));
  const step = Math.max(1, Math.floor(shorter / 32));
  const reach = Math.ceil(factor);
  let best: Place = { x: 0, y: 0, difference: Number.POSITIVE_INFINITY };
  for (const place of likeliest(small(template), small(around), shorter / factor < tellingSide ? 64 : 4)) {
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

/** The `count` places of least difference, in order. */
function likeliest(template: Plane, around: Plane, count: number): readonly Place[] {
  const places: Place[] = [];
  for (let y = 0; y <= around.height - template.height; y++) {
    for (let x = 0; x <= around.width - template.width; x++) {
      const difference = meanDifference(template, around, x, y, 1);
      if (places.length === count && difference >= (places.at(-1) as Place).difference) continue;
      places.splice(places.findLastIndex((other) => other.difference <= difference) + 1, 0, { x, y, difference });
      if (places.length > count) places.pop();
    }
  }
  return places;
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
