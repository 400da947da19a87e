import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readModelConfig } from '../../../../main/model/folder/config.ts';
import { inspectModelFolder } from '../../../../main/model/folder/inspect.ts';
import { writeRandomModel } from '../../../../main/model/folder/random-model.ts';
import { openImageProcessor } from '../../../../main/model/image/processor.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'arft-processor-'));
  writeRandomModel(path.join(folder, 'model'), { hiddenSize: 32, layers: 1, heads: 2, kvHeads: 1, intermediateSize: 32, mropeSection: [2, 3, 3], tiedHead: true, vision: { depth: 1, hiddenSize: 32, heads: 2, intermediateSize: 32, windowSize: 56, fullAttentionBlocks: [0] } }, 1);
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, 'model', name);
const limits = () => {
  const { minPixels, maxPixels } = openImageProcessor(path.join(folder, 'model'), readModelConfig(path.join(folder, 'model')).vision).limits;
  return [minPixels, maxPixels];
};
const own = (settings: object): void => writeFileSync(at('preprocessor_config.json'), JSON.stringify(settings));
const shared = (settings: object): void => writeFileSync(at('processor_config.json'), JSON.stringify(settings));

test('the file of all processors, as Transformers 5 saves it, comes before the image processor’s own', () => {
  own({ min_pixels: 1000, max_pixels: 200_000 });
  expect(limits()).toEqual([1000, 200_000]);
  shared({ processor_class: 'Qwen2_5_VLProcessor' });
  expect(limits()).toEqual([1000, 200_000]);
  shared({ processor_class: 'Qwen2_5_VLProcessor', image_processor: { size: { shortest_edge: 3136, longest_edge: 39_200 }, min_pixels: null }, video_processor: { size: { longest_edge: 7 } } });
  expect(limits()).toEqual([3136, 39_200]);
});

test('is enough by itself; without any the defaults hold, and inspection says so', () => {
  rmSync(at('preprocessor_config.json'));
  expect(limits()).toEqual([56 * 56, 1280 * 28 * 28]);
  expect(inspectModelFolder(path.join(folder, 'model'))).toMatchObject({ has: { imageProcessor: false }, missing: expect.arrayContaining([expect.stringContaining('preprocessor_config.json')]) });
  shared({ image_processor: { max_pixels: 50_000 } });
  expect(inspectModelFolder(path.join(folder, 'model')).has.imageProcessor).toBe(true);
  expect(limits()).toEqual([56 * 56, 50_000]);
});

test('what is wrong is named with its file', () => {
  shared({ image_processor: { patch_size: 16 } });
  expect(limits).toThrow(/processor_config\.json: field patch_size: expected 14, as in config\.json, found 16/);
  shared({ image_processor: { size: { longest_edge: 'large' } } });
  expect(limits).toThrow(/processor_config\.json: field size\.longest_edge/);
});

test.each<[object, string]>([
  [{ image_processor_type: 'CLIPImageProcessor' }, 'image_processor_type: expected a Qwen2VLImageProcessor, found "CLIPImageProcessor"'],
  [{ do_resize: false }, 'do_resize: expected true'],
  [{ do_rescale: false }, 'do_rescale: expected true'],
  [{ do_normalize: false }, 'do_normalize: expected true'],
  [{ resample: 2 }, 'resample: expected 3'],
  [{ min_pixels: 1e12 }, 'min_pixels: expected a number of at most 100000000, found 1000000000000'],
  [{ size: { shortest_edge: 1e12 } }, 'size.shortest_edge: expected a number of at most 100000000'],
])('what would give other pixels than here is refused: %o', (settings, words) => {
  own(settings);
  expect(limits).toThrow(words);
});

test('what Transformers saves of the released processors is taken', () => {
  const saved = { do_convert_rgb: true, do_normalize: true, do_rescale: true, do_resize: true, resample: 3, rescale_factor: 1 / 255, max_pixels: 12_845_056, min_pixels: 3136 };
  for (const image_processor_type of ['Qwen2VLImageProcessor', 'Qwen2VLImageProcessorFast', 'Qwen2_5_VLImageProcessor']) {
    own({ ...saved, image_processor_type });
    expect(limits()).toEqual([3136, 12_845_056]);
  }
});
