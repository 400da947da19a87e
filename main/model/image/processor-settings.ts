import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../../records/input-error.ts';
import { schemaFault } from '../../records/schema-fault.ts';
import type { VisionConfig } from '../folder/config.ts';
import { findImageSettings, imageSettingsFile } from '../folder/image-settings.ts';
import { defaultLimits } from './decode.ts';
import type { PatchSettings } from './patches.ts';

export type ImageSettings = PatchSettings & { readonly minPixels: number; readonly maxPixels: number };

const three = z.tuple([z.number(), z.number(), z.number()]);
const threePositive = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** Images are scaled up to it. */
const leastArea = z.number().positive().max(defaultLimits.maxPixels).nullish();
const always = z.literal(true, { error: 'true: images are always resized, scaled to 0 … 1 and normalised' }).nullish();

// What would change the pixels and is not computed here is refused. Left-out fields have the values of Transformers' Qwen2VLImageProcessor.
const schema = z.object({
  image_processor_type: z.string().regex(/^Qwen2(_5_)?VLImageProcessor/, { error: 'a Qwen2VLImageProcessor' }).nullish(),
  do_resize: always,
  do_rescale: always,
  do_normalize: always,
  resample: z.literal(3, { error: '3: images are resized bicubically' }).nullish(),
  min_pixels: leastArea,
  max_pixels: z.number().positive().nullish(),
  size: z.object({ shortest_edge: leastArea, longest_edge: z.number().positive().nullish() }).nullish(),
  patch_size: z.number().int().positive().default(14),
  temporal_patch_size: z.number().int().positive().default(2),
  merge_size: z.number().int().positive().default(2),
  image_mean: three.default([0.48145466, 0.4578275, 0.40821073]),
  image_std: threePositive.default([0.26862954, 0.26130258, 0.27577711]),
  rescale_factor: z.number().positive().default(1 / 255),
});

const defaultMinPixels = 56 * 56;
const defaultMaxPixels = 28 * 28 * 1280;

/**
 * Settings of a model folder's image processor, or the reference's defaults without any.
 * @throws InputError when the file cannot be used, or speaks of other patches than the model's config.
 */
export function readImageSettings(folder: string, vision: VisionConfig): ImageSettings {
  const { file, settings } = findImageSettings(folder) ?? { file: path.join(folder, imageSettingsFile), settings: {} };
  const parsed = schema.safeParse(settings);
  if (!parsed.success) {
    const { field, expected, found } = schemaFault(parsed.error, settings);
    const whole = field === '';
    throw new InputError({ thing: whole ? file : `${file}: field ${field}`, expected: whole ? 'the settings of a Qwen2-VL image processor' : expected, found, remedy: 'Take the file from the released model.' });
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
