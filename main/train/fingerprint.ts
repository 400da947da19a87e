import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { OpenTools } from '../agent/open-tools.ts';
import type { PromptSet } from '../agent/prompts.ts';
import type { ModelConfig } from '../model/folder/config.ts';
import { openWeights } from '../model/folder/weights.ts';
import { weightsMark } from '../model/folder/weights-mark.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { ConfigChange } from '../records/run-events.ts';
import type { Sample } from '../records/sample.ts';
import type { Trajectory } from '../records/trajectory.ts';

/** By which a run knows again what it began with: what is changed in place keeps its name. */
export type Fingerprint = {
  readonly model: string;
  readonly train: string;
  readonly heldOut: string;
  /** Of trajectories that it learns to write. Absent in checkpoints of earlier versions, and where it learns from none. */
  readonly demonstrations?: string;
  /** These, too, are absent in checkpoints of earlier versions. */
  readonly prompts?: string;
  /** What searching is, in words, the fingerprint of a corpus among them. */
  readonly search?: string;
  readonly code?: 'on' | 'off';
  /** Absent where no embedder compares queries. */
  readonly embedder?: string;
  /** Of each reward of one's own, by its file. What it imports is not looked at. */
  readonly rewards?: Readonly<Record<string, string>>;
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

/** @throws InputError when the weights cannot be read. */
export const embedderFingerprint = (folder: string): string =>
  digest([...['config.json', 'tokenizer.json'].map((name) => readFileSync(path.join(folder, name))), weightsMark(path.join(folder, 'model.safetensors'))]);

export const promptsFingerprint = (prompts: PromptSet): string => digest([JSON.stringify(prompts)]);

export const rewardsFingerprint = ({ reward }: RunConfig): NonNullable<Fingerprint['rewards']> =>
  Object.fromEntries(reward.custom.filter(({ weight }) => weight !== 0).map(({ file }) => [file, digest([readFileSync(file)])]));

export const toolsFingerprint = ({ described }: OpenTools): Required<Pick<Fingerprint, 'search' | 'code'>> => ({ search: described.search, code: described.code.startsWith('off') ? 'off' : 'on' });

const changed = 'others: they were changed in place';
const sameSamples = 'the same samples as when the run began';

/** @throws InputError that names what is another than when the run began. */
export function assertSameBeginnings(run: string, { model, data, reward }: RunConfig, began: Fingerprint, now: Fingerprint, { code }: OpenTools['described']): void {
  const named: Readonly<Record<keyof Omit<Fingerprint, 'rewards'>, readonly [source: string | readonly string[], expected: string, found: string]>> = {
    model: [model.folder, 'the same weights, tokenizer and settings as when the run began', changed],
    train: [data.train, sameSamples, changed],
    heldOut: [data.heldOut, sameSamples, changed],
    demonstrations: [data.demonstrations, 'the same trajectories as when the run began', changed],
    prompts: [data.prompts, 'the same prompts as when the run began', changed],
    search: ['the search tool', `what it was when the run began: ${began.search}`, String(now.search)],
    code: ['the code tool', `${began.code}, as when the run began`, code],
    embedder: [reward.embedder, 'the same embedder as when the run began', changed],
  };
  for (const [part, [source, expected, found]] of Object.entries(named) as [keyof typeof named, (typeof named)[keyof typeof named]][]) {
    if (began[part] === undefined || began[part] === now[part]) continue;
    throw new InputError({
      thing: `run ${run}: ${[source].flat().join(', ')}`, expected, found,
      remedy: 'Put back what was there, or begin a new run; model.adapter lets it begin with what this one has learnt.',
    });
  }
}

/** Rewards of one's own that are others than before. They may be: a run that one of them ended goes on with a better one. */
export const changedRewards = (before: Fingerprint['rewards'] = {}, now: Fingerprint['rewards'] = {}): readonly ConfigChange[] =>
  Object.entries(now).flatMap(([file, mark]) => {
    const last = before[file];
    return last === undefined || last === mark ? [] : [{ key: `reward.custom: ${file}`, from: last.slice(0, 12), to: mark.slice(0, 12) }];
  });
