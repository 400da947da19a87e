import os from 'node:os';
import type { modelsContract } from '../../preload/contract/models.ts';
import { isAdapter } from '../model/folder/adapter-config.ts';
import { listQuantizedCopies, removeQuantizedCopy } from '../model/quantize/copies.ts';
import { InputError } from '../records/input-error.ts';
import type { Handlers } from '../rpc/serve.ts';
import type { EngineContext } from './context.ts';
import { isModel, labelOf } from './known-models.ts';
import { FolderSummaries, existingFolder, versionOf } from './model-folders.ts';
import { Exports } from './models-exports.ts';
import { adapterFacts, modelFacts } from './models-facts.ts';
import { ModelList } from './models-list.ts';
import { ModelWork } from './models-work.ts';

export function modelsHandlers(context: EngineContext): Handlers<typeof modelsContract> {
  const { home, changes, closing } = context;
  const work = new ModelWork(closing);
  const exports = new Exports(context);
  const list = new ModelList(context, new FolderSummaries());

  return {
    'models.list': () => ({ models: list.models(), adapters: list.adapters() }),
    'models.inspect': async ({ folder: given }, signal) => {
      const folder = existingFolder(given);
      return modelFacts(context, folder, await work.examine(folder, versionOf(folder), signal));
    },
    'models.open': ({ folder: given }) => {
      const folder = existingFolder(given);
      return { folder, missing: list.open(folder), name: labelOf(folder) };
    },
    'models.forget': ({ folder }) => {
      list.forget(folder);
      return null;
    },
    'models.remember': ({ folder }) => {
      list.remember(folder);
      return null;
    },
    'models.prefer': ({ folder }) => ({ before: list.prefer(folder) }),

    'models.adapter': ({ folder }) => adapterFacts(context, existingFolder(folder)),
    'models.bring': async ({ folder: given, base }, signal) => {
      const folder = existingFolder(given);
      if (!isAdapter(folder)) throw noAdapter(folder);
      const modules = await work.adapter(folder, base, signal).catch((error: unknown) => { throw otherBase(error, folder, labelOf(base)); });
      list.bring(folder, base);
      return { folder, modules };
    },
    'models.forgetAdapter': ({ folder }) => {
      list.forgetAdapter(folder);
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

const noAdapter = (folder: string): InputError =>
  new InputError({ thing: folder, expected: 'the folder of a LoRA adapter, as PEFT saves it: adapter_config.json and adapter_model.safetensors', found: isModel(folder) ? 'a whole model' : 'no adapter_config.json', remedy: isModel(folder) ? 'Open it as a model.' : 'Choose the folder that holds these files.' });

/** An adapter that does not fit its base tensor by tensor is most often one of another base: that is said first. */
function otherBase(error: unknown, folder: string, base: string): unknown {
  if (!(error instanceof InputError) || !error.expectation.thing.includes(': tensor ')) return error;
  const { thing, expected, found } = error.expectation;
  return new InputError({ thing: folder, expected: `an adapter for ${base}`, found: `one whose ${thing.slice(thing.indexOf('tensor '))} differs: it should have ${expected}, and has ${found}`, remedy: 'Choose the base model that it was trained on.' }, { cause: error });
}
