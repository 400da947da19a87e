import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import type { ModelConfig } from '../folder/config.ts';
import { expectedTensors } from '../folder/expected-tensors.ts';
import { headerLength } from '../folder/safetensors-header.ts';
import type { Weights } from '../folder/weights.ts';
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

// Besides the header: weights of the first and the last tensors of a file.
const sampleBytes = 64 * 1024;

/**
 * What tells one model's weights from another's without reading them all: the config, and of each weight file the name,
 * size, time of change, and a hash over its header and both its ends.
 */
export function modelIdentity(folder: string, weights: Weights): readonly string[] {
  return [readFileSync(path.join(folder, 'config.json'), 'utf8'), ...weights.files.map(fileIdentity)];
}

function fileIdentity(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size, mtimeMs } = fstatSync(descriptor);
    const header = 8 + headerLength(file, bytesAt(descriptor, 0, 8), size);
    const hash = createHash('sha256').update(bytesAt(descriptor, 0, header + sampleBytes)).update(bytesAt(descriptor, Math.max(0, size - sampleBytes), sampleBytes));
    return `${path.basename(file)} ${size} ${mtimeMs} ${hash.digest('hex')}`;
  } finally {
    closeSync(descriptor);
  }
}

/** Up to `count` bytes from a place in a file; fewer where it ends before. */
function bytesAt(descriptor: number, position: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let done = 0;
  for (let more = -1; done < count && more !== 0; done += more) more = readSync(descriptor, bytes, done, count - done, position + done);
  return bytes.subarray(0, done);
}
