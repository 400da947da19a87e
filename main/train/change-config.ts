import { existsSync } from 'node:fs';
import { readModelConfig } from '../model/folder/config.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { ConfigChange } from '../records/run-events.ts';
import { withAbsolutePaths } from './absolute-paths.ts';
import type { CheckpointState } from './checkpoints.ts';
import { configFields, withSettings } from './config-file.ts';
import { type Fingerprint, modelFingerprint } from './fingerprint.ts';
import type { RunFolder } from './run-folder.ts';

/** Fields, or sections of them, that may change while a run goes on: how it is watched, how long and how fast it learns. */
export const changeable: readonly string[] = ['steps', 'threads', 'optimizer.learningRate', 'evaluation', 'checkpoint', 'alarms'];

/** Folders that may lie elsewhere by now: a checkpoint knows by its fingerprint that they are the same. */
const movable: Readonly<Record<string, keyof Fingerprint>> = { 'model.folder': 'model', 'reward.embedder': 'embedder' };

/** Why the others stay as they are. */
const reasons: Readonly<Record<string, string>> = {
  seed: 'the samples and episodes of every step follow from it',
  method: 'it decides what a step is',
  model: 'the trained tensors of the checkpoint belong to it',
  parameters: 'the trained tensors of the checkpoint belong to it',
  optimizer: 'the moments of the checkpoint were gathered with it',
  data: 'the steps that are done learnt from what it names',
  rollout: 'the rewards before and after could not be compared',
  reward: 'the rewards before and after could not be compared',
  tools: 'the rewards before and after could not be compared',
  loss: 'the steps that are done were made with another one',
};

const mayMove = (key: string, state: CheckpointState | undefined): boolean => movable[key] !== undefined && state?.began?.[movable[key]] !== undefined;
const isIn = (key: string, section: string): boolean => key === section || key.startsWith(`${section}.`);
const valueAt = (config: RunConfig, key: string): unknown => key.split('.').reduce<unknown>((value, part) => (value as Readonly<Record<string, unknown>>)[part], config);

export type Continued = { readonly config: RunConfig; /** Against what the steps before were made with. */ readonly changes: readonly ConfigChange[] };

/**
 * The configuration that a run goes on with: its own with settings laid over it. It is compared with the one of the last
 * checkpoint, so that a change is told even where the process that was asked for it was killed.
 * @throws InputError for a field that must stay, with the reason, for steps that are done already, and for a model that is gone or another.
 */
export function continueConfig(run: RunFolder, settings: readonly string[]): Continued {
  const own = run.config;
  const config = settings.length === 0 ? own : withAbsolutePaths(withSettings(own, settings, `run ${run.name}`));
  const state = run.checkpoints.lastState();
  const changes = changesOf(state?.config ?? own, config);
  for (const { key, from, to } of changes) {
    if (key === 'name' || mayMove(key, state) || changeable.some((section) => isIn(key, section))) continue;
    const reason = reasons[key.split('.')[0] as string] ?? 'it makes the run another one';
    throw new InputError({ thing: `run ${run.name}: ${key}`, expected: `${JSON.stringify(from)}, as before: ${reason}`, found: JSON.stringify(to), remedy: `Put it back, or begin a new run with it. What may change is ${[...changeable, ...Object.keys(movable)].join(', ')}.` });
  }
  if (state && config.steps <= state.step && changes.some(({ key }) => key === 'steps')) {
    throw new InputError({ thing: `run ${run.name}: steps`, expected: `more than the ${state.step} that are done`, found: String(config.steps), remedy: 'Name a larger number.' });
  }
  if (state) assertModel(run.name, config.model, state.began?.model, changes.some(({ key }) => key === 'model.folder'));
  return { config, changes: changes.filter(({ key }) => key !== 'name') };
}

/** Before the checkpoint is read with it, which would be found damaged. */
function assertModel(run: string, { folder }: RunConfig['model'], began: string | undefined, moved: boolean): void {
  const thing = `run ${run}: model.folder`;
  const expected = 'the model that it was trained on';
  const remedy = `Put it back, or say where it is now: arft resume ${run} --set model.folder=FOLDER.`;
  if (!existsSync(folder)) throw new InputError({ thing, expected, found: `nothing in ${folder}`, remedy });
  if (moved && began !== modelFingerprint(folder, readModelConfig(folder))) throw new InputError({ thing, expected, found: `another one in ${folder}`, remedy });
}

const changesOf = (before: RunConfig, after: RunConfig): readonly ConfigChange[] =>
  configFields().flatMap(({ key }) => {
    const [from, to] = [valueAt(before, key), valueAt(after, key)];
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ key, from, to }];
  });
