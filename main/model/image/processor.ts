import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../../records/input-error.ts';
import type { VisionConfig } from '../folder/config.ts';
import type { PatchGrid } from '../positions.ts';
import { type DecodeLimits, decodeImage } from './decode.ts';
import { type PatchSettings, toPatches } from './patches.ts';
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

const three = z.tuple([z.number(), z.number(), z.number()]);

// Left-out fields have the values of Transformers' Qwen2VLImageProcessor.
const schema = z.object({
  min_pixels: z.number().positive().optional(),
  max_pixels: z.number().positive().optional(),
  size: z.object({ shortest_edge: z.number().positive().optional(), longest_edge: z.number().positive().optional() }).optional(),
  patch_size: z.number().int().positive().default(14),
  temporal_patch_size: z.number().int().positive().default(2),
  merge_size: z.number().int().positive().default(2),
  image_mean: three.default([0.48145466, 0.4578275, 0.40821073]),
  image_std: three.default([0.26862954, 0.26130258, 0.27577711]),
  rescale_factor: z.number().positive().default(1 / 255),
});

const defaultMinPixels = 56 * 56;
const defaultMaxPixels = 28 * 28 * 1280;

/**
 * The image processor of a model folder, by its preprocessor_config.json (or the reference's defaults without one).
 * @throws InputError when the file cannot be used, or speaks of other patches than the model's config.
 */
export function openImageProcessor(folder: string, vision: VisionConfig, options: ProcessorOptions = {}): ImageProcessor {
  const settings = readSettings(folder, vision);
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

function readSettings(folder: string, vision: VisionConfig): PatchSettings & { readonly minPixels: number; readonly maxPixels: number } {
  const file = path.join(folder, 'preprocessor_config.json');
  const parsed = schema.safeParse(existsSync(file) ? readJson(file) : {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InputError({ thing: `${file}: field ${issue?.path.join('.') ?? ''}`, expected: 'the settings of a Qwen2-VL image processor', found: issue?.message ?? 'something else', remedy: 'Take the file from the released model.' });
  }
  const config = parsed.data;
  for (const [field, found, expected] of [['patch_size', config.patch_size, vision.patchSize], ['merge_size', config.merge_size, vision.mergeSize], ['temporal_patch_size', config.temporal_patch_size, vision.temporalPatchSize]] as const) {
    if (found !== expected) throw new InputError({ thing: `${file}: field ${field}`, expected: `${expected}, as in config.json`, found: String(found), remedy: 'Take both files from the same model.' });
  }
  return {
    patchSize: config.patch_size,
    mergeSize: config.merge_size,
    temporalPatchSize: config.temporal_patch_size,
    mean: config.image_mean,
    std: config.image_std,
    rescaleFactor: config.rescale_factor,
    minPixels: config.min_pixels ?? config.size?.shortest_edge ?? defaultMinPixels,
    maxPixels: config.max_pixels ?? config.size?.longest_edge ?? defaultMaxPixels,
  };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InputError({ thing: file, expected: 'a JSON file', found: (error as Error).message, remedy: 'Take the file from the released model.' }, { cause: error });
  }
}
