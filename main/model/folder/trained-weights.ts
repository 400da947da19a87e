import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../records/input-error.ts';
import { firstNonFinite } from '../../runtime/float-formats.ts';
import type { ModelConfig } from './config.ts';
import { expectedTensors } from './expected-tensors.ts';
import { openSafetensors } from './safetensors.ts';
import type { Weights } from './weights.ts';

/** In the checkpoint of a run that trained all weights: those it changed, by canonical name, float32, each in one row. */
export const trainedWeightsFile = 'weights.safetensors';

/** Whether a folder is such a checkpoint. */
export const holdsTrainedWeights = (folder: string): boolean => existsSync(path.join(folder, trainedWeightsFile));

/**
 * The weights of a base model with those of a checkpoint in their place. Closing them closes the base's too.
 * @throws InputError naming file and tensor: a checkpoint of another model; values that are not finite, when they are read.
 */
export function withTrainedWeights(base: Weights, config: ModelConfig, checkpoint: string): Weights {
  const file = openSafetensors(path.join(checkpoint, trainedWeightsFile));
  const expected = expectedTensors(config);
  try {
    for (const [name, { shape }] of file.tensors) requireFit(`${file.path}: tensor ${name}`, shape, expected.get(name));
  } catch (error) {
    file.close();
    throw error;
  }
  const finite = (name: string, values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> => {
    const at = firstNonFinite(values);
    if (at === -1) return values;
    throw new InputError({ thing: `${file.path}: tensor ${name}`, expected: 'finite numbers', found: `${values[at]}`, remedy: 'Use an earlier checkpoint of the run.' });
  };
  return {
    ...base,
    files: [...base.files, file.path],
    dtypeOf: (name) => (file.tensors.has(name) ? 'F32' : base.dtypeOf(name)),
    readFloat32: (name, target) => (file.tensors.has(name) ? finite(name, file.readFloat32(name, target)) : base.readFloat32(name, target)),
    readRows: (name, first, count, target) => {
      if (!file.tensors.has(name)) return base.readRows(name, first, count, target);
      const width = (expected.get(name) ?? []).slice(1).reduce((product, size) => product * size, 1);
      return finite(name, file.readFloat32Rows(name, first * width, count * width, target));
    },
    close: () => {
      file.close();
      base.close();
    },
  };
}

function requireFit(thing: string, shape: readonly number[], expected: readonly number[] | undefined): void {
  const count = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);
  if (expected !== undefined && count(shape) === count(expected)) return;
  throw new InputError({
    thing, expected: expected ? `${count(expected)} values, as the base model has` : 'a tensor of the base model',
    found: expected ? `${count(shape)}: a checkpoint of another model` : 'one that it does not have: a checkpoint of another model', remedy: 'Use the checkpoint with the model that the run began with.',
  });
}
