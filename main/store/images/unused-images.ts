import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { noteUseMs } from '../../data/image-store.ts';
import { outsidePlaces } from '../../data/outside-places.ts';
import { withFile } from '../../model/folder/file-errors.ts';
import { releaseLock, takeLock } from '../../process-lock.ts';
import { InputError } from '../../records/input-error.ts';
import { HashSearch } from './hash-search.ts';
import { databaseCopies, searchDatabases } from './named-in-databases.ts';
import { nothingSeen, searchHome, searchPlace } from './named-in-files.ts';

type Sum = { readonly files: number; readonly bytes: number };

export type Unused = Sum & {
  /** Named by nothing either, but used lately: what works with them may not have written their names yet. */
  readonly recent: Sum;
  /** Files that name pictures, and are not there: what only they name counts as unused. */
  readonly missing: readonly string[];
};

type Picture = { readonly hash: string; readonly bytes: number; readonly usedMs: number };

/** Pictures that were put or read within this time stay. */
const recentMs = 24 * 3_600_000;
/** A use is not noted again within noteUseMs, and a process reads its samples before it takes its folder. */
const beforeWorkMs = noteUseMs + 3_600_000;
/** How often it is looked where runs and evaluations were moved meanwhile. */
const mostLooks = 3;

/**
 * Pictures of the image store that nothing names any more: no dataset with its bin, no annotation with its undo, no copy of
 * the database, no run, evaluation or question in the playground, no other file of the data folder, and none of the places
 * elsewhere that are known to name some.
 */
export class UnusedImages {
  readonly #home: string;
  readonly #folder: string;

  constructor(home: string) {
    [this.#home, this.#folder] = [home, path.join(home, 'images')];
  }

  async count(signal?: AbortSignal): Promise<Unused> {
    const { old, recent, missing } = await this.#find(signal);
    return { ...sumOf(old), recent: sumOf(recent), missing };
  }

  /**
   * Removes them, with their thumbnails.
   * @param missingToo Also where files that name pictures are not there.
   * @throws InputError where they are not and that is not wished, and where another process removes pictures.
   */
  async remove({ missingToo = false }: { readonly missingToo?: boolean } = {}, signal?: AbortSignal): Promise<Sum> {
    await mkdir(this.#folder, { recursive: true });
    const lock = path.join(this.#folder, 'removing');
    const owner = withFile(this.#folder, 'a folder that can be written', () => takeLock(lock));
    if (owner !== undefined) throw new InputError({ thing: this.#folder, expected: 'no other process that removes pictures', found: `process ${owner}`, remedy: 'Wait until it has ended.' });
    try {
      const { old, missing, usedAfterMs } = await this.#find(signal);
      if (missing.length > 0 && !missingToo) throw new InputError({ thing: missing[0] as string, expected: 'the file or folder that names pictures', found: missing.length > 1 ? `none there; ${missing.length} of them in all` : 'none there', remedy: 'Put it back, or remove what only it names too.' });
      const removed: Picture[] = [];
      for (const picture of old) {
        signal?.throwIfAborted();
        if (await this.#removeOne(picture.hash, usedAfterMs)) removed.push(picture);
      }
      return sumOf(removed);
    } finally {
      releaseLock(lock);
    }
  }

  async #find(signal: AbortSignal | undefined): Promise<{ readonly old: readonly Picture[]; readonly recent: readonly Picture[]; readonly missing: readonly string[]; readonly usedAfterMs: number }> {
    for (let look = 1; ; look++) {
      const startMs = Date.now();
      const pictures = await this.#pictures(signal);
      const search = new HashSearch(pictures.map(({ hash }) => hash));
      const seen = nothingSeen();
      const before = movable(this.#home);
      const queued = await searchDatabases(this.#home, search, signal);
      await searchHome(this.#home, search, seen, signal);
      const missing = [...seen.missing];
      for (const place of new Set([...queued, ...seen.data, ...outsidePlaces(this.#home)])) if (!(await searchPlace(place, search, seen, signal))) missing.push(place);
      if (movable(this.#home) !== before) {
        if (look < mostLooks) continue;
        throw new InputError({ thing: this.#home, expected: 'runs and evaluations that stay where they are while pictures are counted', found: 'some that were begun, removed or brought back', remedy: 'Try it again.' });
      }
      const usedAfterMs = Math.min(startMs - recentMs, seen.workingSinceMs - beforeWorkMs);
      const unnamed = pictures.filter(({ hash }) => search.unnamed.has(hash));
      return { old: unnamed.filter(({ usedMs }) => usedMs < usedAfterMs), recent: unnamed.filter(({ usedMs }) => usedMs >= usedAfterMs), missing, usedAfterMs };
    }
  }

  async #pictures(signal: AbortSignal | undefined): Promise<readonly Picture[]> {
    const found: Picture[] = [];
    for (const digits of existsSync(this.#folder) ? await readdir(this.#folder) : []) {
      if (!/^[0-9a-f]{2}$/.test(digits)) continue;
      signal?.throwIfAborted();
      const names = (await readdir(path.join(this.#folder, digits))).filter((name) => /^[0-9a-f]{64}$/.test(name));
      const files = await Promise.all(names.map(async (hash) => ({ hash, found: await stat(this.#file(hash)).catch(() => undefined) })));
      for (const { hash, found: file } of files) if (file?.isFile()) found.push({ hash, bytes: file.size, usedMs: file.mtimeMs });
    }
    return found;
  }

  /**
   * Removes a picture unless it was used meanwhile. Who uses one notes it on the file first (image-store.ts), and it is looked
   * at once more when its name is gone: either the use is seen here, or the user sees that the picture is not there.
   */
  async #removeOne(hash: string, usedAfterMs: number): Promise<boolean> {
    const file = this.#file(hash);
    const aside = path.join(this.#folder, 'unfinished', `${process.pid}.${hash}`);
    const used = (name: string): boolean => (statSync(name, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY) >= usedAfterMs;
    await mkdir(path.dirname(aside), { recursive: true });
    if (used(file)) return false;
    withFile(file, 'a file that can be removed', () => renameSync(file, aside));
    if (used(aside)) {
      renameSync(aside, file);
      return false;
    }
    await rm(aside, { force: true });
    const thumbnails = path.join(this.#folder, 'thumbnails');
    for (const side of existsSync(thumbnails) ? await readdir(thumbnails) : []) await rm(path.join(thumbnails, side, hash.slice(0, 2), `${hash}.webp`), { force: true });
    return true;
  }

  #file(hash: string): string {
    return path.join(this.#folder, hash.slice(0, 2), hash);
  }
}

const sumOf = (pictures: readonly Picture[]): Sum => ({ files: pictures.length, bytes: pictures.reduce((sum, { bytes }) => sum + bytes, 0) });

/** Folders that are moved as a whole: one that was looked for before it came, and after it left, would not be looked into. So would a copy of the database that was being made. */
function movable(home: string): string {
  const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).sort().map((name) => path.join(folder, name)) : []);
  return JSON.stringify([databaseCopies(home), ...['runs', 'evaluations', 'bin'].map((folder) => namesIn(path.join(home, folder)))]);
}
