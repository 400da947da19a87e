import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeRandomModel } from '../../../../main/model/folder/random-model.ts';
import { type LoadOptions, type LoadedModel, loadModel } from '../../../../main/model/load.ts';
import type { Adapter } from '../../../../main/model/folder/adapter.ts';
import type { PatchedImage } from '../../../../main/model/vision-model.ts';
import type { TokenValues } from '../../../../main/model/training/batch.ts';
import { type LoraSettings, loraDefaults, newAdapter } from '../../../../main/model/training/lora.ts';
import { randomUniform } from '../../../../main/model/training/random-uniform.ts';

/** A random model of two layers, loaded; its folder is removed with it. One thread: those of more wait for each other actively, for so little. */
export async function tinyModel(options: LoadOptions = {}, tiedHead = true): Promise<{ model: LoadedModel; remove: () => Promise<void> }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-training-'));
  writeRandomModel(path.join(folder, 'model'), {
    hiddenSize: 64, layers: 2, heads: 4, kvHeads: 2, intermediateSize: 96, mropeSection: [2, 3, 3], tiedHead,
    vision: { depth: 2, hiddenSize: 32, heads: 2, intermediateSize: 48, windowSize: 112, fullAttentionBlocks: [1] },
  }, 5);
  const model = await loadModel(path.join(folder, 'model'), { threads: 1, ...options, dataFolder: path.join(folder, 'data') });
  return {
    model,
    remove: async () => {
      await model.release();
      rmSync(folder, { recursive: true });
    },
  };
}

/** An adapter whose products are no longer 0. */
export function usedAdapter(model: LoadedModel, settings: Partial<LoraSettings> = {}): Adapter {
  const adapter = newAdapter({ ...loraDefaults, rank: 4, alpha: 8, ...settings }, model.config, 1);
  for (const [i, { b }] of [...adapter.matrices.values()].entries()) b.set(randomUniform(2, i, b.length, 0.1));
  return adapter;
}

/** An image of rows × columns patches. */
export function randomImage(rows: number, columns: number, seed: number): PatchedImage {
  return { grid: [1, rows, columns], pixels: randomUniform(seed, 0, rows * columns * 1176, 1.5) };
}

/** Ordinary token ids. */
export const ids = (count: number, seed: number): readonly number[] => Array.from(randomUniform(seed, 1, count, 100), (value) => 120 + Math.floor(value));

/** Random derivatives of a loss that is linear in logprobs and entropies. */
export const linearLoss = (count: number): TokenValues => ({ logprobs: randomUniform(7, 0, count, 1), entropies: randomUniform(7, 1, count, 0.5) });

export const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/** The largest difference relative to the norm, over all gradients. */
export function worstError(found: ReadonlyMap<string, Float32Array>, expected: ReadonlyMap<string, Float32Array>): number {
  return Math.max(...[...expected].map(([name, values]) => {
    const other = found.get(name) as Float32Array;
    const norm = Math.sqrt(dot(values, values));
    return Math.sqrt(values.reduce((sum, value, i) => sum + (value - (other[i] as number)) ** 2, 0)) / Math.max(norm, 1e-12);
  }));
}
