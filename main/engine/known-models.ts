import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseJson } from '../records/parse-json.ts';
import { shipped } from '../shipped.ts';
import { RunFolder, runsFolder } from '../train/run-folder.ts';
import type { EngineContext } from './context.ts';

export type KnownModel = { readonly folder: string; readonly name: string; /** The prompt set that it was trained on, where that is known. */ readonly prompts: string };
export type KnownAdapter = { readonly folder: string; readonly name: string; /** Folder of its base model, where known. */ readonly base: string | null };

/** Folders that the user opened. */
export const modelFoldersKey = 'models.folders';
export const adapterFoldersKey = 'models.adapters';
export const folders = z.array(z.string());

/** The shipped starter, folders under <home>/models, and those that the user opened. */
export function knownModels({ home, store }: Pick<EngineContext, 'home' | 'store'>): readonly KnownModel[] {
  const own = path.join(home, 'models');
  const listed = existsSync(own) ? readdirSync(own).map((name) => path.join(own, name)) : [];
  const all = [...listed, ...store.settings.get(modelFoldersKey, folders, [])].filter((folder) => existsSync(path.join(folder, 'config.json')));
  const starter: KnownModel = { folder: shipped('resources/starter'), name: 'starter', prompts: 'mini' };
  return [starter, ...[...new Set(all)].map((folder) => ({ folder, name: path.basename(folder), prompts: 'tags-en' }))];
}

/** The last and the best checkpoint of every run, and adapters that were brought. */
export function knownAdapters({ home, store }: Pick<EngineContext, 'home' | 'store'>): readonly KnownAdapter[] {
  const runs = existsSync(runsFolder(home)) ? readdirSync(runsFolder(home)) : [];
  const trained = runs.flatMap((name) => {
    if (!existsSync(path.join(runsFolder(home), name, 'config.json'))) return [];
    const run = RunFolder.open(home, name);
    return run
      .checkpoints()
      .toReversed()
      .filter(({ folder }) => existsSync(path.join(folder, 'adapter_config.json')))
      .map(({ step, folder }) => ({ folder, name: `${name}, step ${step}`, base: path.resolve(run.config.model.folder) }));
  });
  const brought = store.settings.get(adapterFoldersKey, folders, []).filter((folder) => existsSync(path.join(folder, 'adapter_config.json')));
  return [...trained, ...brought.map((folder) => ({ folder, name: path.basename(folder), base: baseOf(folder) }))];
}

const adapterConfig = z.object({ base_model_name_or_path: z.string() });

function baseOf(folder: string): string | null {
  const read = adapterConfig.safeParse(parseJson(readFileSync(path.join(folder, 'adapter_config.json'), 'utf8')));
  return read.success ? read.data.base_model_name_or_path : null;
}
