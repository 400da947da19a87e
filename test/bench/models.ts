import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { homeFolder } from '../../main/home.ts';
import { type RandomModelSizes, writeRandomModel } from '../../main/model/folder/random-model.ts';

const smallTower = { depth: 2, hiddenSize: 320, heads: 4, intermediateSize: 640, windowSize: 112, fullAttentionBlocks: [1] } as const;

/** Random models of known shapes. */
export const shapes: Readonly<Record<string, RandomModelSizes>> = {
  /** The text layers of Qwen2.5-VL-3B, six of them, with a small vocabulary and an own head: 529.5 M matmul weights. */
  'six-layers-of-3b': { hiddenSize: 2048, layers: 6, heads: 16, kvHeads: 2, intermediateSize: 11008, mropeSection: [16, 24, 24], vocabSize: 32768, tiedHead: false, vision: smallTower },
  /** The model of the Python peer's GRPO step: 34.4 M parameters. */
  'small': { hiddenSize: 512, layers: 8, heads: 8, kvHeads: 2, intermediateSize: 1408, mropeSection: [8, 12, 12], vocabSize: 8192, tiedHead: true, vision: { depth: 4, hiddenSize: 320, heads: 5, intermediateSize: 864, windowSize: 112, fullAttentionBlocks: [1, 3] } },
};

/** The folder of a random model, made on first use in the data folder. */
export function benchModel(name: string): string {
  const folder = path.join(homeFolder(), 'bench', name);
  mkdirSync(path.dirname(folder), { recursive: true });
  if (!existsSync(path.join(folder, 'model.safetensors'))) writeRandomModel(folder, shapes[name] as RandomModelSizes, 1);
  return folder;
}

/** Ids of single bytes: ordinary tokens without meaning. */
export const someIds = (count: number, vocabulary: number): readonly number[] => Array.from({ length: count }, (_, i) => 10 + ((i * 7919) % Math.min(200, vocabulary - 100)));
