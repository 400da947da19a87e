import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ModelConfig } from '../folder/config.ts';
import { expectedTensors } from '../folder/expected-tensors.ts';
import type { Weights } from '../folder/weights.ts';
import { weightsMark } from '../folder/weights-mark.ts';
import type { MatrixSource, VectorSource } from './layout.ts';

const projection = /^model\.layers\.\d+\.(self_attn|mlp)\.\w+_proj\.weight$/;
const embedding = 'model.embed_tokens.weight';

/** The decoder's matrices and its head: what is quantised. The embedding, norms, biases and the vision tower keep their floats. */
export function textMatrices(config: ModelConfig, read: Weights['readRows']): readonly MatrixSource[] {
  const matrices = [...expectedTensors(config)].filter(([name]) => projection.test(name) || name === 'lm_head.weight');
  const source = (name: string, shape: readonly number[], stored = name): MatrixSource => {
    const [rows, columns] = shape as [number, number];
    return { name, rows, columns, read: (first, count, target) => read(stored, first, count, target) };
  };
  const tied = config.text.tiedHead ? [source('lm_head.weight', [config.text.vocabSize, config.text.hiddenSize], embedding)] : [];
  return [...matrices.map(([name, shape]) => source(name, shape)), ...tied];
}

/** The decoder's norms and biases. */
export const textVectors = (config: ModelConfig, read: Weights['readFloat32']): readonly VectorSource[] =>
  [...expectedTensors(config)].filter(([name, shape]) => name.startsWith('model.') && shape.length === 1).map(([name, [size]]) => ({ name, size: size as number, read: () => read(name) }));

/** What tells one model's weights from another's without reading them all: the config, and of each weight file its mark and the time of its change. */
export const modelIdentity = (folder: string, weights: Weights): readonly string[] =>
  [readFileSync(path.join(folder, 'config.json'), 'utf8'), ...weights.files.map((file) => `${weightsMark(file)} ${statSync(file).mtimeMs}`)];
