import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { openSafetensors } from '../../main/model/folder/safetensors.ts';
import { openImageProcessor } from '../../main/model/image/processor.ts';
import { goldenFolder } from './folder.ts';

const folder = goldenFolder();
const rows = JSON.parse(readFileSync(path.join(folder, 'images.json'), 'utf8')) as {
  file: string; grid_thw: number[]; resized: number[]; needs_resize: boolean; max_abs_pil_vs_torchvision: number;
}[];
const reference = openSafetensors(path.join(folder, 'images.safetensors'));
const processor = openImageProcessor(path.join(folder, 'model'), readModelConfig(path.join(folder, 'model')).vision);

describe.each(rows.map((row, i) => ({ ...row, i })))('$file', ({ file, grid_thw, resized, needs_resize, max_abs_pil_vs_torchvision, i }) => {
  test('grid, size and pixel values are the reference’s', async () => {
    const image = await processor.process(path.join(folder, file), file);
    expect([image.resized.width, image.resized.height]).toEqual(resized);
    expect(image.grid).toEqual(grid_thw);
    const expected = reference.readFloat32(`${i}.pixel_values`);
    expect(image.pixels.length).toBe(expected.length);
    const worst = image.pixels.reduce((max, value, k) => Math.max(max, Math.abs(value - (expected[k] as number))), 0);
    expect(worst).toBeLessThan(needs_resize ? max_abs_pil_vs_torchvision + 1e-6 : 1e-5);
  });
});
