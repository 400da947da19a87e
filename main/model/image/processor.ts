import type { VisionConfig } from '../folder/config.ts';
import type { PatchGrid } from '../positions.ts';
import { type DecodeLimits, decodeImage } from './decode.ts';
import { toPatches } from './patches.ts';
import { readImageSettings } from './processor-settings.ts';
import { type RgbImage, resizeBicubic } from './resize.ts';
import { type Size, type SizeLimits, modelSize } from './size.ts';

/** An image ready for the vision tower. */
export type ProcessedImage = {
  /** As decoded. */
  readonly original: Size;
  /** As the model sees it. */
  readonly resized: Size;
  readonly grid: PatchGrid;
  readonly pixels: Float32Array;
  /** Tokens that stand for it in a prompt. */
  readonly tokens: number;
};

export type ImageProcessor = {
  readonly limits: SizeLimits;
  /** @throws InputError naming the image. */
  process(source: string | Uint8Array, name: string): Promise<ProcessedImage>;
  /** The same of an image that is decoded already. */
  processRaw(image: RgbImage, name: string): ProcessedImage;
};

export type ProcessorOptions = { readonly maxPixels?: number; readonly minPixels?: number; readonly decodeLimits?: DecodeLimits };

/**
 * The image processor of a model folder, by its settings (or the reference's defaults without any).
 * @throws InputError when their file cannot be used, or speaks of other patches than the model's config.
 */
export function openImageProcessor(folder: string, vision: VisionConfig, options: ProcessorOptions = {}): ImageProcessor {
  const settings = readImageSettings(folder, vision);
  const limits: SizeLimits = {
    factor: settings.patchSize * settings.mergeSize,
    minPixels: options.minPixels ?? settings.minPixels,
    maxPixels: options.maxPixels ?? settings.maxPixels,
  };
  const processRaw = (image: RgbImage, name: string): ProcessedImage => {
    const resized = modelSize(image, limits, name);
    const { grid, pixels } = toPatches(resizeBicubic(image, resized), settings);
    const tokens = (grid[1] * grid[2]) / settings.mergeSize ** 2;
    return { original: { width: image.width, height: image.height }, resized, grid, pixels, tokens };
  };
  return { limits, processRaw, process: async (source, name) => processRaw(await decodeImage(source, name, options.decodeLimits), name) };
}
