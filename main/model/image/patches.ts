import type { PatchGrid } from '../positions.ts';
import type { RgbImage } from './resize.ts';

/** Sizes of patches and the statistics by which pixels are normalised. */
export type PatchSettings = {
  readonly patchSize: number;
  readonly mergeSize: number;
  readonly temporalPatchSize: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly rescaleFactor: number;
};

/**
 * Pixels of an image as the vision tower takes them: [rows·columns, 3·temporal·patch²], normalised, patches in the
 * order of merged units (2 × 2 neighbours follow each other); a still image fills every frame of a patch.
 * The sides must be multiples of patchSize·mergeSize.
 */
export function toPatches({ width, height, data }: RgbImage, settings: PatchSettings): { readonly grid: PatchGrid; readonly pixels: Float32Array } {
  const { patchSize, mergeSize, temporalPatchSize } = settings;
  const [rows, columns] = [height / patchSize, width / patchSize];
  const tables = settings.mean.map((mean, channel) => normalisation(mean, settings.std[channel] as number, settings.rescaleFactor));
  const area = patchSize ** 2;
  const size = 3 * temporalPatchSize * area;
  const pixels = new Float32Array(rows * columns * size);
  let patch = 0;
  for (let top = 0; top < rows; top += mergeSize) {
    for (let left = 0; left < columns; left += mergeSize) {
      for (let inside = 0; inside < mergeSize ** 2; inside++, patch++) {
        const row = top + Math.floor(inside / mergeSize);
        const column = left + (inside % mergeSize);
        for (let channel = 0; channel < 3; channel++) {
          const table = tables[channel] as Float32Array;
          const start = patch * size + channel * temporalPatchSize * area;
          for (let y = 0; y < patchSize; y++) {
            let from = ((row * patchSize + y) * width + column * patchSize) * 3 + channel;
            for (let x = 0; x < patchSize; x++, from += 3) pixels[start + y * patchSize + x] = table[data[from] as number] as number;
          }
          for (let frame = 1; frame < temporalPatchSize; frame++) pixels.copyWithin(start + frame * area, start, start + area);
        }
      }
    }
  }
  return { grid: [1, rows, columns], pixels };
}

/** (value·factor − mean) / std for each of the 256 values. */
const normalisation = (mean: number, std: number, factor: number): Float32Array =>
  Float32Array.from({ length: 256 }, (_, value) => (value * factor - mean) / std);
