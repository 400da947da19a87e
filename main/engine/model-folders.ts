import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { isAdapter, readAdapterFields } from '../model/folder/adapter-config.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { inspectModelFolder } from '../model/folder/inspect.ts';
import { trainedWeightsFile } from '../model/folder/trained-weights.ts';
import { findTemplate } from '../model/text/chat.ts';
import { InputError } from '../records/input-error.ts';
import { isModel } from './known-models.ts';

// What the files of models' and adapters' folders say.

/** Of a template that is shown. */
const mostCharacters = 60_000;

/** The path as the disk has it. @throws InputError for a path that is none, or a folder that cannot be read. */
export function existingFolder(given: string): string {
  if (!path.isAbsolute(given)) throw new InputError({ thing: given, expected: 'a whole path', found: 'a part of one', remedy: 'Write the path from the root of the disk.' });
  const folder = path.resolve(given);
  withFile(folder, 'a folder that can be read', () => readdirSync(folder));
  return folder;
}

/** What is said of a folder without a model. It names folders within that are models: of Hugging Face's cache the outer one is often chosen. */
export function noModel(folder: string): InputError {
  const within = ['.', 'snapshots'].flatMap((part) => {
    const at = path.join(folder, part);
    return existsSync(at) ? readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isDirectory() && isModel(path.join(at, entry.name))).map(({ name }) => path.join(at, name)) : [];
  });
  const found = isAdapter(folder) ? 'an adapter' : within.length > 0 ? `no config.json, but a model in ${within.slice(0, 3).join(', ')}` : 'no config.json';
  return new InputError({ thing: folder, expected: 'the folder of a Qwen2.5-VL in Hugging Face’s layout, with its config.json', found, remedy: isAdapter(folder) ? 'Import it as an adapter.' : within.length > 0 ? 'Choose that folder.' : 'Choose the folder that holds config.json and the weights.' });
}

export const filesOf = (folder: string): readonly { readonly name: string; readonly bytes: number }[] =>
  existsSync(folder) ? readdirSync(folder).toSorted().flatMap((name) => { const stats = statSync(path.join(folder, name), { throwIfNoEntry: false }); return stats?.isFile() === true ? [{ name, bytes: stats.size }] : []; }) : [];

export const timeOf = (folder: string): string => new Date(statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0).toISOString();

/** Changes with any file of the folder. */
export const versionOf = (folder: string): string => (existsSync(folder) ? readdirSync(folder).map((name) => `${name} ${statSync(path.join(folder, name), { throwIfNoEntry: false })?.mtimeMs}`).join('\n') : '');

export function templateOf(folder: string): { readonly file: string; readonly text: string } {
  const { file, source } = findTemplate(folder);
  return { file: path.basename(file), text: source.slice(0, mostCharacters) };
}

type ModelSummary = { readonly bytes: number; readonly parameters: number | null; readonly dtype: 'bfloat16' | 'float16' | 'float32' | null; readonly missing: number };
type AdapterSummary = { readonly at: string; readonly rank: number | null; readonly bytes: number };

/** Folders in short, for lists. */
export class FolderSummaries {
  readonly #models = new Map<string, { readonly version: string; readonly summary: ModelSummary }>();
  readonly #adapters = new Map<string, AdapterSummary>();

  /** Kept until a file of the folder changes: a tokenizer takes a while to read. */
  model(folder: string): ModelSummary {
    const version = versionOf(folder);
    const known = this.#models.get(folder);
    if (known?.version === version) return known.summary;
    const { storedAs = null, parameters, files, missing } = inspectModelFolder(folder);
    const summary = { bytes: files.reduce((sum, file) => sum + file.bytes, 0), parameters: parameters?.total ?? null, dtype: storedAs, missing: missing.length };
    this.#models.set(folder, { version, summary });
    return summary;
  }

  /** A checkpoint is written once, so this is read once. */
  adapter(folder: string): AdapterSummary {
    const at = timeOf(folder);
    const known = this.#adapters.get(folder);
    if (known?.at === at) return known;
    const read = { at, rank: rankOf(folder), bytes: filesOf(folder).filter(({ name }) => name.startsWith('adapter_') || name === trainedWeightsFile).reduce((sum, { bytes }) => sum + bytes, 0) };
    this.#adapters.set(folder, read);
    return read;
  }
}

function rankOf(folder: string): number | null {
  if (!isAdapter(folder)) return null;
  try {
    return readAdapterFields(folder).r;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
