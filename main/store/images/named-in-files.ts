import { type Dirent, statSync } from 'node:fs';
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { withFileAsync } from '../../model/folder/file-errors.ts';
import { lockOwner } from '../../process-lock.ts';
import { parseJson } from '../../records/parse-json.ts';
import type { HashSearch } from './hash-search.ts';
import { dataIn } from './run-data-places.ts';

/** Folders of the data folder that name no pictures, and are large; the pictures themselves. */
const passedOver: ReadonlySet<string> = new Set(['images', 'corpora', 'quantized', 'models', 'python', 'cuda', 'cuda.partial']);
/** Weights and pictures; databases are looked into as such. */
const isBinary = (name: string): boolean => /\.(?:safetensors|onnx|db|db-wal|db-shm|png|jpe?g|webp|gif|bmp|tiff?|avif)$/i.test(name);

/** What was seen on the way besides pictures' names. */
export type Seen = {
  /** Where configurations of runs have their data. */
  readonly data: string[];
  /** When the longest at work of the processes that hold a folder took it. */
  workingSinceMs: number;
  /** Links that lead nowhere. */
  readonly missing: string[];
};

export const nothingSeen = (): Seen => ({ data: [], workingSinceMs: Number.POSITIVE_INFINITY, missing: [] });

/** Looks into every file of the data folder, links followed. @throws InputError for what cannot be read. */
export async function searchHome(home: string, search: HashSearch, seen: Seen, signal?: AbortSignal): Promise<void> {
  const known = new Set<string>();
  for (const entry of await entriesOf(home)) if (!passedOver.has(entry.name)) await searchEntry(path.join(home, entry.name), entry, { search, seen, known, ...(signal && { signal }) });
}

/** Looks into a file or a folder elsewhere. @returns whether there is one. */
export async function searchPlace(place: string, search: HashSearch, seen: Seen, signal?: AbortSignal): Promise<boolean> {
  const found = statSync(place, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const looking = { search, seen, known: new Set<string>(), ...(signal && { signal }) };
  if (found.isDirectory()) await searchFolder(place, looking);
  else if (found.isFile()) await search.file(place, signal);
  return true;
}

type Looking = { readonly search: HashSearch; readonly seen: Seen; /** Folders that were looked into: a link may lead back. */ readonly known: Set<string>; readonly signal?: AbortSignal };

async function searchFolder(folder: string, looking: Looking): Promise<void> {
  looking.signal?.throwIfAborted();
  const real = await realpath(folder).catch(() => folder);
  if (looking.known.has(real)) return;
  looking.known.add(real);
  for (const entry of await entriesOf(folder)) await searchEntry(path.join(folder, entry.name), entry, looking);
}

async function searchEntry(file: string, entry: Dirent, looking: Looking): Promise<void> {
  const kind = entry.isSymbolicLink() ? await stat(file).catch(() => undefined) : entry;
  if (kind === undefined) looking.seen.missing.push(file);
  else if (kind.isDirectory()) await searchFolder(file, looking);
  else if (kind.isFile() && !isBinary(file)) {
    await looking.search.file(file, looking.signal);
    await lookAside(file, looking.seen);
  }
}

async function lookAside(file: string, seen: Seen): Promise<void> {
  const name = path.basename(file);
  if (name === 'config.json') seen.data.push(...dataIn(parseJson(await readFile(file, 'utf8').catch(() => ''))));
  if ((name === 'pid' || name === 'lock') && lockOwner(file) !== undefined) seen.workingSinceMs = Math.min(seen.workingSinceMs, (await stat(file).catch(() => undefined))?.mtimeMs ?? 0);
}

const entriesOf = (folder: string): Promise<Dirent[]> =>
  withFileAsync(folder, 'a folder that can be read, for the pictures that its files name', () => readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // removed meanwhile
    throw error;
  }));
