import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isAdapter } from '../model/folder/adapter-config.ts';
import { holdsTrainedWeights } from '../model/folder/trained-weights.ts';
import { parseJson } from '../records/parse-json.ts';
import { starterFolder } from '../train/quickstart/quickstart.ts';
import { RunFolder, runsFolder } from '../train/run-folder.ts';
import type { EngineContext } from './context.ts';

type Place = Pick<EngineContext, 'home' | 'store'>;

/** Where a model comes from: with the program, from the data folder, or opened by the user elsewhere. */
export type Origin = 'builtin' | 'own' | 'opened';

export type KnownModel = { readonly folder: string; readonly name: string; /** The prompt set that it was trained on, where that is known. */ readonly prompts: string; readonly origin: Origin };

/** What was trained on a base model: an adapter, or its weights themselves. */
export type KnownAdapter = {
  readonly kind: 'lora' | 'full';
  readonly folder: string;
  readonly name: string;
  /** Folder of its base model, where known. */
  readonly base: string | null;
  /** The run that trained it, and after how many steps; nothing for one that was brought. */
  readonly run: { readonly name: string; readonly step: number } | null;
};

/** Folders that the user opened. */
export const modelFoldersKey = 'models.folders';
/** Adapters that the user brought, each with its base. */
export const adapterFoldersKey = 'models.adapters';
/** The model that stands first wherever one is chosen. */
export const preferredModelKey = 'models.preferred';

export const folders = z.array(z.string());
export const broughtAdapters = z.array(z.object({ folder: z.string(), base: z.string() }));
export const preferred = z.string();

/** What a folder is called; one of Hugging Face's cache after its model, not after its revision. */
export function nameOf(folder: string): string {
  const cached = /^models--.+?--(.+)$/.exec(path.basename(path.dirname(path.dirname(folder))));
  return (path.basename(path.dirname(folder)) === 'snapshots' ? cached?.[1] : undefined) ?? (path.basename(folder) || folder);
}

/** Folders that models are looked for in, whether there is one now or not: a disk may be away for a while. */
export function modelFolders({ home, store }: Place): readonly { readonly folder: string; readonly origin: Origin }[] {
  const own = path.join(home, 'models');
  const listed = existsSync(own) ? readdirSync(own).map((name) => path.join(own, name)).filter(isModel) : [];
  const opened = store.settings.get(modelFoldersKey, folders, []).filter((folder) => !listed.includes(folder) && folder !== starterFolder);
  return [
    { folder: starterFolder, origin: 'builtin' },
    ...listed.map((folder) => ({ folder, origin: 'own' as const })),
    ...[...new Set(opened)].map((folder) => ({ folder, origin: 'opened' as const })),
  ];
}

/** The prompt set that a model was trained on, or that which is usual. */
export const promptsOf = (folder: string): string => (folder === starterFolder ? 'mini' : 'tags-en');

/** What a model is called in lists. */
export const labelOf = (folder: string): string => (folder === starterFolder ? 'starter' : nameOf(folder));

export const isModel = (folder: string): boolean => existsSync(path.join(folder, 'config.json'));

export const preferredModel = ({ store }: Pick<Place, 'store'>): string => store.settings.get(preferredModelKey, preferred, starterFolder);

/** The models that are there, the preferred one first. */
export function knownModels(place: Place): readonly KnownModel[] {
  const first = preferredModel(place);
  return modelFolders(place)
    .filter(({ folder }) => isModel(folder))
    .map(({ folder, origin }): KnownModel => ({ folder, origin, name: labelOf(folder), prompts: promptsOf(folder) }))
    .toSorted((a, b) => Number(b.folder === first) - Number(a.folder === first));
}

/** The checkpoints of every run, of adapters and of whole weights, the last first, and adapters that were brought. */
export function knownAdapters({ home, store }: Place): readonly KnownAdapter[] {
  const runs = existsSync(runsFolder(home)) ? readdirSync(runsFolder(home)) : [];
  const trained = runs.flatMap((name): readonly KnownAdapter[] => {
    if (!existsSync(path.join(runsFolder(home), name, 'config.json'))) return [];
    const run = RunFolder.open(home, path.join(runsFolder(home), name));
    const checkpoints = run.checkpoints.list().toReversed().filter(({ folder }) => isAdapter(folder) || holdsTrainedWeights(folder));
    if (checkpoints.length === 0) return [];
    const base = baseOfRun(run);
    return checkpoints.map(({ step, folder }) => ({ kind: isAdapter(folder) ? 'lora' : 'full', folder, name: `${name}, step ${step}`, base, run: { name, step } }));
  });
  const brought = store.settings.get(adapterFoldersKey, broughtAdapters, []).filter(({ folder }) => isAdapter(folder));
  return [...trained, ...brought.map(({ folder, base }) => ({ kind: 'lora' as const, folder, name: nameOf(folder), base, run: null }))];
}

const modelOf = z.object({ model: z.object({ folder: z.string().min(1) }) });

/** Also of another version’s configuration, where it names a folder. */
function baseOfRun({ folder }: RunFolder): string | null {
  const read = modelOf.safeParse(parseJson(readFileSync(path.join(folder, 'config.json'), 'utf8')));
  if (!read.success) return null;
  const base = path.resolve(read.data.model.folder);
  // The program may have lain elsewhere when the run was made; its starter came along.
  return !isModel(base) && base.endsWith(path.join('resources', 'starter')) ? starterFolder : base;
}
