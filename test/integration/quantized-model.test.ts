import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PromptGroup } from '../../main/generation/prompt-group.ts';
import { openWeights } from '../../main/model/folder/weights.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { loadModel } from '../../main/model/load.ts';
import { dequantizeRows, quantizeRows } from '../../main/model/quantize/blocks.ts';
import { textMatrices } from '../../main/model/quantize/model-matrices.ts';
import { schemes } from '../../main/model/quantize/scheme.ts';
import { writeSafetensors } from '../../main/model/folder/safetensors-writer.ts';
import { expectedTensors } from '../../main/model/folder/expected-tensors.ts';

const source = path.join(import.meta.dirname, '../golden/tiny/model');
const work = mkdtempSync(path.join(os.tmpdir(), 'arft-quantized-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const config = readModelConfig(source);
const ids = Array.from({ length: 40 }, (_, i) => (i * 37 + 11) % 500);

/** Logits of every token after the first. */
async function logitsOf(folder: string, options: Parameters<typeof loadModel>[1]): Promise<Float32Array> {
  const model = await loadModel(folder, options);
  const group = await PromptGroup.open(model.language, { ids: ids.slice(0, 1), images: [] }, 1);
  const scores = await group.append(0, { ids: ids.slice(1), images: [] }, true);
  await model.release();
  return Float32Array.from(scores.flatMap(({ logits }) => [...logits]));
}

const worst = (a: Float32Array, b: Float32Array): number => a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] as number))), 0);

/** A copy of the model whose matrices went through quantisation and back; the head is a matrix of its own there. */
function dequantizedFolder(name: string): string {
  const scheme = schemes[name]!;
  const folder = path.join(work, `dequantized-${name}`);
  const weights = openWeights(source, config);
  const matrices = new Map(textMatrices(config, weights.readRows).map((matrix) => [matrix.name, matrix]));
  const shapes = new Map([...expectedTensors(config), ['lm_head.weight', [config.text.vocabSize, config.text.hiddenSize]]]);
  const values = (tensor: string): Float32Array => {
    const matrix = matrices.get(tensor);
    if (!matrix) return weights.readFloat32(tensor);
    const { rows, columns } = matrix;
    return dequantizeRows(quantizeRows(matrix.read(0, rows), rows, columns, scheme), rows, columns, scheme);
  };
  rmSync(folder, { recursive: true, force: true });
  copyFolder(folder);
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...JSON.parse(readFileSync(path.join(source, 'config.json'), 'utf8')), tie_word_embeddings: false }));
  writeSafetensors(path.join(folder, 'model.safetensors'), [...shapes].map(([tensor, shape]) => ({ name: tensor, dtype: 'F32' as const, shape, values: () => [values(tensor)] })));
  weights.close();
  return folder;
}

function copyFolder(to: string): void {
  cpSync(source, to, { recursive: true, filter: (file) => !file.includes('safetensors') });
}

describe.each(['int4', 'int4-block64', 'int4-block128', 'int4-asymmetric', 'int4-block128-asymmetric', 'int8', 'int8-block128-asymmetric'])('%s', (name) => {
  test('the logits are those of the dequantised weights in float32', async () => {
    const exact = await logitsOf(source, { quantize: schemes[name]!, exactProducts: true, dataFolder: work });
    const dequantized = await logitsOf(dequantizedFolder(name), {});
    expect(worst(exact, dequantized)).toBeLessThan(1e-3);
  });

  test('rounding activations to int8 adds a small part of the error of the quantisation itself', async () => {
    const float = await logitsOf(source, {});
    const exact = await logitsOf(source, { quantize: schemes[name]!, exactProducts: true, dataFolder: work });
    const fast = await logitsOf(source, { quantize: schemes[name]!, dataFolder: work });
    const rms = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((sum, x, i) => sum + (x - (b[i] as number)) ** 2, 0) / a.length);
    expect(rms(fast, exact)).toBeLessThan(name.startsWith('int8') ? 2 * rms(exact, float) : 0.3 * rms(exact, float));
  });
});

describe('the cache', () => {
  test('is used again, and made anew when it was damaged', async () => {
    const root = path.join(work, 'cache');
    const options = { quantize: schemes['int4']!, dataFolder: root };
    const first = await logitsOf(source, options);
    const [key] = readdirSync(path.join(root, 'quantized')) as [string];
    const file = path.join(root, 'quantized', key, 'weights.bin');
    const bytes = readFileSync(file);
    for (const harm of [() => truncateSync(file, bytes.length - 1), () => writeFileSync(file, bytes.map((b, i) => (i === 5000 ? b ^ 1 : b))), () => writeFileSync(path.join(path.dirname(file), 'manifest.json'), '{')]) {
      harm();
      const model = await loadModel(source, options);
      expect(model.notes.join()).toContain('damaged');
      await model.release();
      expect(readFileSync(file).equals(bytes)).toBe(true);
    }
    expect(worst(await logitsOf(source, options), first)).toBe(0);
    expect(readdirSync(path.join(root, 'quantized'))).toEqual([key]);
  });

  test('a model file that cannot be written beside the weights is told by its folder', async () => {
    const root = path.join(work, 'unwritable');
    const options = { quantize: schemes['int4']!, dataFolder: root };
    await logitsOf(source, options);
    const folder = path.join(root, 'quantized', ...readdirSync(path.join(root, 'quantized')));
    const file = path.join(folder, readdirSync(folder).find((name) => name.endsWith('.onnx'))!);
    rmSync(file);
    mkdirSync(file);
    await expect(logitsOf(source, options)).rejects.toThrow(`${folder}: expected a folder that can be written, for the quantised weights, found a folder where a file should be (EISDIR)`);
  });
});
