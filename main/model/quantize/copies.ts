import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../records/input-error.ts';
import { withFile } from '../folder/file-errors.ts';
import { manifestFile, quantizedRoot, readManifest } from './cache.ts';

/** A quantised copy of a model's matrices, as it lies in a data folder. */
export type QuantizedCopy = {
  /** Names the copy; made from the model's contents and the scheme. */
  readonly key: string;
  readonly bytes: number;
  /** When it was last opened, or made, in milliseconds since 1970. */
  readonly lastUsedMs: number;
  /** What is in it; nothing where it is damaged or was made by another version: then it is of no use. */
  readonly contents: { readonly /** Folder of the model, where it was noted. */ model: string | undefined; readonly scheme: string; readonly made: string } | undefined;
};

const keyPattern = /^[0-9a-f]{32}$/;

/** The quantised copies in a data folder, the one that was not used for longest first. Weights are not read. */
export function listQuantizedCopies(home: string): readonly QuantizedCopy[] {
  const root = quantizedRoot(home);
  if (!existsSync(root)) return [];
  const keys = withFile(root, 'a folder that can be read', () => readdirSync(root)).filter((name) => keyPattern.test(name));
  return keys.map((key) => copyIn(path.join(root, key), key)).sort((a, b) => a.lastUsedMs - b.lastUsedMs);
}

function copyIn(folder: string, key: string): QuantizedCopy {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => path.join(folder, name));
  const manifest = readManifest(path.join(folder, manifestFile));
  const noted = statSync(path.join(folder, manifestFile), { throwIfNoEntry: false }) ?? statSync(folder);
  return {
    key,
    bytes: files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0),
    lastUsedMs: noted.mtimeMs,
    contents: manifest && { model: manifest.model, scheme: manifest.scheme, made: manifest.made },
  };
}

/**
 * Removes a copy; it is made anew when it is wanted again. A model that has it open goes on with it, except on Windows,
 * where it cannot be removed then.
 * @throws InputError where there is no such copy, or it cannot be removed.
 */
export function removeQuantizedCopy(home: string, key: string): void {
  const folder = path.join(quantizedRoot(home), key);
  if (!keyPattern.test(key) || !existsSync(folder)) {
    const keys = listQuantizedCopies(home).map((copy) => copy.key);
    throw new InputError({ thing: `quantised copy ${key}`, expected: keys.length === 0 ? 'one that is there' : `one of ${keys.join(', ')}`, found: keys.length === 0 ? `none in ${quantizedRoot(home)}` : 'no such copy', remedy: 'List the copies, and choose one.' });
  }
  // Its name goes first, so that nobody opens what is half gone. What a crash leaves of it is cleared away later.
  const leaving = `${folder}.${randomUUID()}.tmp`;
  withFile(folder, 'a folder that can be removed', () => {
    renameSync(folder, leaving);
    rmSync(leaving, { recursive: true, force: true });
  });
}
