import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ModelConfig } from '../model/folder/config.ts';
import { openWeights } from '../model/folder/weights.ts';
import { weightsMark } from '../model/folder/weights-mark.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { Sample } from '../records/sample.ts';
import type { Trajectory } from '../records/trajectory.ts';

/** By which a run knows again what it began with: what is changed in place keeps its name. */
export type Fingerprint = {
  readonly model: string;
  readonly train: string;
  readonly heldOut: string;
  /** Of trajectories that it learns to write. Absent in checkpoints of earlier versions, and where it learns from none. */
  readonly demonstrations?: string;
};

/** Files of a model folder, besides its weights, that decide what goes into the model. */
const readFiles = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja', 'chat_template.json', 'preprocessor_config.json', 'processor_config.json'];

const digest = (parts: Iterable<string | Uint8Array>): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\n');
  return hash.digest('hex');
};

/** Images by their names alone: where their folder lies does not matter. */
const ownName = (key: string, value: unknown): unknown => {
  if (key === 'images' && Array.isArray(value)) return value.map((each) => path.basename(String(each)));
  return (key === 'image' || key === 'cleanImage') && typeof value === 'string' ? path.basename(value) : value;
};

export const samplesFingerprint = (samples: readonly Sample[]): string => digest(samples.map((sample) => JSON.stringify(sample, ownName)));

/** @throws InputError when the weights cannot be read. */
export function modelFingerprint(folder: string, config: ModelConfig): string {
  const weights = openWeights(folder, config);
  weights.close();
  const beside = readFiles.map((name) => path.join(folder, name)).filter((file) => existsSync(file));
  return digest([...beside.map((file) => readFileSync(file)), ...weights.files.map(weightsMark)]);
}

export const trajectoriesFingerprint = (trajectories: readonly Trajectory[]): string => digest(trajectories.map((each) => JSON.stringify(each)));

const sameSamples = 'the same samples as when the run began';

/** @throws InputError that names what is another than when the run began. */
export function assertSameBeginnings(run: string, { model, data }: RunConfig, began: Fingerprint, now: Fingerprint): void {
  const named = { model: [model.folder, 'the same weights, tokenizer and settings as when the run began'], train: [data.train, sameSamples], heldOut: [data.heldOut, sameSamples], demonstrations: [data.demonstrations, 'the same trajectories as when the run began'] } as const;
  for (const part of ['model', 'train', 'heldOut', 'demonstrations'] as const) {
    if (began[part] === undefined || began[part] === now[part]) continue;
    const [source, expected] = named[part];
    throw new InputError({
      thing: `run ${run}: ${[source].flat().join(', ')}`, expected, found: 'others: they were changed in place',
      remedy: 'Put back what was there, or begin a new run; model.adapter lets it begin with what this one has learnt.',
    });
  }
}
