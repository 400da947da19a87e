import { existsSync, readdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { modelsContract } from '../../preload/contract/models.ts';
import { readAdapterFields } from '../model/folder/adapter-config.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { inspectModelFolder } from '../model/folder/inspect.ts';
import { openSafetensors } from '../model/folder/safetensors.ts';
import { holdsTrainedWeights, trainedWeightsFile } from '../model/folder/trained-weights.ts';
import { listQuantizedCopies, removeQuantizedCopy } from '../model/quantize/copies.ts';
import { findTemplate } from '../model/text/chat.ts';
import { InputError } from '../records/input-error.ts';
import type { Handlers } from '../rpc/serve.ts';
import { starterFolder } from '../train/quickstart/quickstart.ts';
import type { EngineContext } from './context.ts';
import { type KnownAdapter, adapterFoldersKey, broughtAdapters, folders, isAdapter, isModel, knownAdapters, modelFolders, modelFoldersKey, nameOf, preferredModel, preferredModelKey } from './known-models.ts';
import { Exports } from './models-exports.ts';
import { ModelWork } from './models-work.ts';

type Summary = { readonly bytes: number; readonly parameters: number | null; readonly dtype: 'bfloat16' | 'float16' | 'float32' | null; readonly missing: number };

/** Of a template that is shown. */
const mostCharacters = 60_000;

export function modelsHandlers(context: EngineContext): Handlers<typeof modelsContract> {
  const { home, store, changes, closing } = context;
  const { settings } = store;
  const work = new ModelWork(closing);
  const exports = new Exports(context);
  const summaries = new Map<string, { readonly version: string; readonly summary: Summary }>();

  /** Ways back for what was forgotten, its disk there or not. */
  const forgotten = new Map<string, () => void>();

  /** Models are chosen on other pages too. */
  const changed = (): void => {
    for (const topic of ['models', 'playground', 'runs'] as const) changes.tell(topic);
  };
  const opened = (): readonly string[] => settings.get(modelFoldersKey, folders, []);
  const brought = () => settings.get(adapterFoldersKey, broughtAdapters, []);
  const labelOf = (folder: string): string => (folder === starterFolder ? 'starter' : nameOf(folder));

  /** Kept until a file of the folder changes: a tokenizer takes a while to read. */
  const summaryOf = (folder: string): Summary => {
    const version = versionOf(folder);
    const known = summaries.get(folder);
    if (known?.version === version) return known.summary;
    const { storedAs = null, parameters, files, missing } = inspectModelFolder(folder);
    const summary = { bytes: files.reduce((sum, file) => sum + file.bytes, 0), parameters: parameters?.total ?? null, dtype: storedAs, missing: missing.length };
    summaries.set(folder, { version, summary });
    return summary;
  };

  /** What the files of an adapter say; a checkpoint is written once, so this is read once. */
  const written = new Map<string, { readonly at: string; readonly rank: number | null; readonly bytes: number }>();
  const writtenOf = (folder: string) => {
    const at = timeOf(folder);
    const known = written.get(folder);
    if (known?.at === at) return known;
    const read = { at, rank: rankOf(folder), bytes: filesOf(folder).filter(({ name }) => name.startsWith('adapter_') || name === trainedWeightsFile).reduce((sum, { bytes }) => sum + bytes, 0) };
    written.set(folder, read);
    return read;
  };
  const adapterRow = ({ kind, folder, name, base, run }: KnownAdapter, best: boolean, there: boolean) => ({ kind, folder, name, run, base, best, there, baseName: base === null ? null : labelOf(base), ...writtenOf(folder) });

  return {
    'models.list': () => {
      const first = preferredModel(context);
      const bestOf = new Map(store.runs.list({ limit: 100_000 }).rows.map(({ name, bestStep }) => [name, bestStep]));
      const known = knownAdapters(context);
      const away = brought().filter(({ folder }) => !isAdapter(folder)).map(({ folder, base }) => ({ kind: 'lora' as const, folder, base, name: nameOf(folder), run: null }));
      return {
        models: modelFolders(context).map(({ folder, origin }) => {
          const there = isModel(folder);
          const summary = there ? summaryOf(folder) : { bytes: 0, parameters: null, dtype: null, missing: 0 };
          return { folder, origin, there, name: labelOf(folder), preferred: folder === first, ...summary };
        }),
        adapters: [...known.map((each) => adapterRow(each, each.run !== null && bestOf.get(each.run.name) === each.run.step, true)), ...away.map((each) => adapterRow(each, false, false))],
      };
    },
    'models.inspect': async ({ folder: given }, signal) => {
      const folder = existingFolder(given);
      const { config, storedAs = null, parameters, files, has, surplusTensors, lacks } = await work.examine(folder, versionOf(folder), signal);
      const place = modelFolders(context).find((each) => each.folder === folder);
      return {
        folder, name: labelOf(folder), origin: place?.origin ?? null, preferred: preferredModel(context) === folder, prompts: folder === starterFolder ? 'mini' : 'tags-en',
        dtype: storedAs, text: config ? picked(config.text, textFacts) : null, vision: config ? picked(config.vision, visionFacts) : null, parameters: parameters ? { total: parameters.total, text: parameters.text, vision: parameters.vision } : null,
        files, has, surplusTensors: surplusTensors.length, missing: lacks, chatTemplate: has.chatTemplate ? templateOf(folder) : null,
      };
    },
    'models.open': ({ folder: given }) => {
      const folder = existingFolder(given);
      if (!isModel(folder)) throw noModel(folder);
      readModelConfig(folder);
      const { missing } = summaryOf(folder);
      if (!modelFolders(context).some((each) => each.folder === folder)) settings.set(modelFoldersKey, [...opened(), folder]);
      changed();
      return { folder, name: labelOf(folder), missing };
    },
    'models.forget': ({ folder }) => {
      if (!opened().includes(folder)) throw new InputError({ thing: folder, expected: 'a folder that was opened', found: folder === starterFolder ? 'the model that comes with the program' : 'one that lies in the data folder, or is not on the list', remedy: 'Models in the data folder are removed there.' });
      settings.set(modelFoldersKey, opened().filter((each) => each !== folder));
      forgotten.set(folder, () => settings.set(modelFoldersKey, [...new Set([...opened(), folder])]));
      changed();
      return null;
    },
    'models.remember': ({ folder }) => {
      const putBack = forgotten.get(folder);
      if (!putBack) throw new InputError({ thing: folder, expected: 'what was forgotten since the program began', found: 'nothing of this name', remedy: 'Open or import it again.' });
      forgotten.delete(folder);
      putBack();
      changed();
      return null;
    },
    'models.prefer': ({ folder }) => {
      if (!modelFolders(context).some((each) => each.folder === folder)) throw new InputError({ thing: folder, expected: 'a model that is on the list', found: 'another folder', remedy: 'Open it first.' });
      const before = preferredModel(context);
      settings.set(preferredModelKey, folder);
      changed();
      return { before };
    },

    'models.adapter': ({ folder: given }) => {
      const folder = existingFolder(given);
      const full = !isAdapter(folder) && holdsTrainedWeights(folder);
      const fields = full ? undefined : readAdapterFields(path.join(folder, 'adapter_config.json'));
      const file = openSafetensors(path.join(folder, full ? trainedWeightsFile : 'adapter_model.safetensors'));
      const shapes = [...file.tensors.values()].map(({ shape }) => shape);
      file.close();
      const known = knownAdapters(context);
      const { run, base, name } = known.find((each) => each.folder === folder) ?? { run: null, base: null, name: nameOf(folder) };
      return {
        kind: full ? 'full' as const : 'lora' as const, folder, name, run, base, baseName: base === null ? null : labelOf(base), baseThere: base !== null && isModel(base), namedBase: fields?.base_model_name_or_path ?? null,
        lora: fields ? { rank: fields.r, alpha: fields.lora_alpha, dropout: fields.lora_dropout, rslora: fields.use_rslora, targets: [fields.target_modules].flat(), modules: shapes.length / 2 } : null,
        parameters: shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0),
        files: filesOf(folder), at: timeOf(folder),
        siblings: run === null ? [] : known.flatMap((each) => (each.run?.name === run.name && each.folder !== folder ? [{ folder: each.folder, step: each.run.step }] : [])),
      };
    },
    'models.bring': async ({ folder: given, base }, signal) => {
      const folder = existingFolder(given);
      if (!isAdapter(folder)) throw new InputError({ thing: folder, expected: 'the folder of a LoRA adapter, as PEFT saves it: adapter_config.json and adapter_model.safetensors', found: isModel(folder) ? 'a whole model' : 'no adapter_config.json', remedy: isModel(folder) ? 'Open it as a model.' : 'Choose the folder that holds these files.' });
      const modules = await work.adapter(folder, base, signal).catch((error: unknown) => { throw otherBase(error, folder, labelOf(base)); });
      settings.set(adapterFoldersKey, [...brought().filter((each) => each.folder !== folder), { folder, base }]);
      changed();
      return { folder, modules };
    },
    'models.forgetAdapter': ({ folder }) => {
      const found = brought().find((each) => each.folder === folder);
      if (!found) throw new InputError({ thing: folder, expected: 'an adapter that was brought', found: 'one of a run, or not on the list', remedy: 'Checkpoints are removed with their run.' });
      settings.set(adapterFoldersKey, brought().filter((each) => each.folder !== folder));
      forgotten.set(folder, () => settings.set(adapterFoldersKey, [...brought().filter((each) => each.folder !== folder), found]));
      changed();
      return null;
    },

    'models.plan': async (wish, signal) => {
      const plan = await work.plan(wish, versionOf(wish.folder), signal);
      return { ...plan, machine: { total: os.totalmem(), free: os.freemem() } };
    },
    'models.fit': ({ bytes, ...wish }, signal) => work.fit(wish, bytes, versionOf(wish.folder), signal),
    'models.gpus': async ({ gib, ...wish }, signal) => work.gpus(wish, gib, versionOf(wish.folder), signal),

    'models.copies': () => listQuantizedCopies(home).map(({ key, bytes, lastUsedMs, contents }) => ({ key, bytes, folder: contents?.model ?? null, scheme: contents?.scheme ?? null, made: contents?.made ?? null, usedAt: new Date(lastUsedMs).toISOString() })),
    'models.removeCopy': ({ key }) => {
      const bytes = listQuantizedCopies(home).find((copy) => copy.key === key)?.bytes ?? 0;
      removeQuantizedCopy(home, key);
      changes.tell('models');
      changes.tell('settings');
      return { bytes };
    },

    'models.export': (wish) => ({ id: exports.start(wish) }),
    'models.exports': () => exports.list(),
    'models.endExport': async ({ id }) => {
      await exports.end(id);
      return null;
    },
  };
}

const textFacts = ['layers', 'hiddenSize', 'heads', 'kvHeads', 'headDim', 'intermediateSize', 'vocabSize', 'maxPositions', 'tiedHead'] as const;
const visionFacts = ['depth', 'hiddenSize', 'heads', 'intermediateSize', 'patchSize', 'mergeSize', 'windowSize', 'fullAttentionBlocks'] as const;

const picked = <T, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> => Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;

/** The path as the disk has it. */
function existingFolder(given: string): string {
  if (!path.isAbsolute(given)) throw new InputError({ thing: given, expected: 'a whole path', found: 'a part of one', remedy: 'Write the path from the root of the disk.' });
  const folder = path.resolve(given);
  withFile(folder, 'a folder that can be read', () => readdirSync(folder));
  return folder;
}

/** An adapter that does not fit its base tensor by tensor is most often one of another base: that is said first. */
function otherBase(error: unknown, folder: string, base: string): unknown {
  if (!(error instanceof InputError) || !error.expectation.thing.includes(': tensor ')) return error;
  const { thing, expected, found } = error.expectation;
  return new InputError({ thing: folder, expected: `an adapter for ${base}`, found: `one whose ${thing.slice(thing.indexOf('tensor '))} differs: it should have ${expected}, and has ${found}`, remedy: 'Choose the base model that it was trained on.' }, { cause: error });
}

/** Names folders within that are models: of Hugging Face's cache the outer one is often chosen. */
function noModel(folder: string): InputError {
  const within = ['.', 'snapshots'].flatMap((part) => {
    const at = path.join(folder, part);
    return existsSync(at) ? readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isDirectory() && isModel(path.join(at, entry.name))).map(({ name }) => path.join(at, name)) : [];
  });
  const found = isAdapter(folder) ? 'an adapter' : within.length > 0 ? `no config.json, but a model in ${within.slice(0, 3).join(', ')}` : 'no config.json';
  return new InputError({ thing: folder, expected: 'the folder of a Qwen2.5-VL in Hugging Face’s layout, with its config.json', found, remedy: isAdapter(folder) ? 'Import it as an adapter.' : within.length > 0 ? 'Choose that folder.' : 'Choose the folder that holds config.json and the weights.' });
}

const filesOf = (folder: string): readonly { readonly name: string; readonly bytes: number }[] =>
  existsSync(folder) ? readdirSync(folder).toSorted().flatMap((name) => { const stats = statSync(path.join(folder, name), { throwIfNoEntry: false }); return stats?.isFile() === true ? [{ name, bytes: stats.size }] : []; }) : [];

const timeOf = (folder: string): string => new Date(statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0).toISOString();

/** Changes with any file of the folder. */
const versionOf = (folder: string): string => (existsSync(folder) ? readdirSync(folder).map((name) => `${name} ${statSync(path.join(folder, name), { throwIfNoEntry: false })?.mtimeMs}`).join('\n') : '');

function rankOf(folder: string): number | null {
  if (!isAdapter(folder)) return null;
  try {
    return readAdapterFields(path.join(folder, 'adapter_config.json')).r;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

function templateOf(folder: string): { readonly file: string; readonly text: string } {
  const { file, source } = findTemplate(folder);
  return { file: path.basename(file), text: source.slice(0, mostCharacters) };
}
