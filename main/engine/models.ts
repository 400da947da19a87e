import os from 'node:os';
import path from 'node:path';
import type { modelsContract } from '../../preload/contract/models.ts';
import { adapterWeightsFile, isAdapter, readAdapterFields } from '../model/folder/adapter-config.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { openSafetensors } from '../model/folder/safetensors.ts';
import { holdsTrainedWeights, trainedWeightsFile } from '../model/folder/trained-weights.ts';
import { listQuantizedCopies, removeQuantizedCopy } from '../model/quantize/copies.ts';
import { InputError } from '../records/input-error.ts';
import type { Handlers } from '../rpc/serve.ts';
import { starterFolder } from '../train/quickstart/quickstart.ts';
import type { EngineContext } from './context.ts';
import { type KnownAdapter, adapterFoldersKey, broughtAdapters, folders, isModel, knownAdapters, modelFolders, modelFoldersKey, nameOf, preferredModel, preferredModelKey } from './known-models.ts';
import { FolderSummaries, existingFolder, filesOf, noModel, templateOf, timeOf, versionOf } from './model-folders.ts';
import { Exports } from './models-exports.ts';
import { ModelWork } from './models-work.ts';

export function modelsHandlers(context: EngineContext): Handlers<typeof modelsContract> {
  const { home, store, changes, closing } = context;
  const { settings } = store;
  const work = new ModelWork(closing);
  const exports = new Exports(context);
  const summaries = new FolderSummaries();

  /** Ways back for what was forgotten, its disk there or not. */
  const forgotten = new Map<string, () => void>();

  /** Models are chosen on other pages too. */
  const changed = (): void => {
    for (const topic of ['models', 'playground', 'runs'] as const) changes.tell(topic);
  };
  const opened = (): readonly string[] => settings.get(modelFoldersKey, folders, []);
  const brought = () => settings.get(adapterFoldersKey, broughtAdapters, []);
  const labelOf = (folder: string): string => (folder === starterFolder ? 'starter' : nameOf(folder));

  const adapterRow = ({ kind, folder, name, base, run }: KnownAdapter, best: boolean, there: boolean) => ({ kind, folder, name, run, base, best, there, baseName: base === null ? null : labelOf(base), ...summaries.adapter(folder) });

  return {
    'models.list': () => {
      const first = preferredModel(context);
      const bestOf = new Map(store.runs.list({ limit: 100_000 }).rows.map(({ name, bestStep }) => [name, bestStep]));
      const known = knownAdapters(context);
      const away = brought().filter(({ folder }) => !isAdapter(folder)).map(({ folder, base }) => ({ kind: 'lora' as const, folder, base, name: nameOf(folder), run: null }));
      return {
        models: modelFolders(context).map(({ folder, origin }) => {
          const there = isModel(folder);
          const summary = there ? summaries.model(folder) : { bytes: 0, parameters: null, dtype: null, missing: 0 };
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
      const { missing } = summaries.model(folder);
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
      const fields = full ? undefined : readAdapterFields(folder);
      const file = openSafetensors(path.join(folder, full ? trainedWeightsFile : adapterWeightsFile));
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

/** An adapter that does not fit its base tensor by tensor is most often one of another base: that is said first. */
function otherBase(error: unknown, folder: string, base: string): unknown {
  if (!(error instanceof InputError) || !error.expectation.thing.includes(': tensor ')) return error;
  const { thing, expected, found } = error.expectation;
  return new InputError({ thing: folder, expected: `an adapter for ${base}`, found: `one whose ${thing.slice(thing.indexOf('tensor '))} differs: it should have ${expected}, and has ${found}`, remedy: 'Choose the base model that it was trained on.' }, { cause: error });
}
