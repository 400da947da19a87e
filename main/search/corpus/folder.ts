import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { withFile } from '../../model/folder/file-errors.ts';
import { InputError } from '../../records/input-error.ts';

// Corpora are files <home>/corpora/<name>.db.

const nameOf = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

export const corporaFolder = (home: string): string => path.join(home, 'corpora');

/** The file of a corpus. @throws InputError for a name that is none. */
export function corpusFile(home: string, name: string): string {
  if (!nameOf.test(name)) throw new InputError({ thing: `corpus ${JSON.stringify(name)}`, expected: 'a name of at most 64 letters, digits, dots, dashes and underlines', found: name === '' ? 'nothing' : 'another sign, or too many', remedy: 'Choose another name.' });
  return path.join(corporaFolder(home), `${name}.db`);
}

/** Names of the corpora that are there, sorted. */
export const corpusNames = (home: string): readonly string[] => entries(home).filter((name) => name.endsWith('.db') && nameOf.test(name.slice(0, -3))).map((name) => name.slice(0, -3)).toSorted();

const unfinished = /^\.import-(\d+)-.*\.part(-journal)?$/;

/** A new name for a corpus that is being written. */
export const unfinishedFile = (home: string, label: string): string => path.join(corporaFolder(home), `.import-${process.pid}-${label}.part`);

/** Removes what imports left whose process is gone. */
export function removeUnfinished(home: string): void {
  for (const name of entries(home)) {
    const pid = unfinished.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(path.join(corporaFolder(home), name), { force: true });
  }
}

/** @throws InputError where there is no such corpus, and where it cannot be removed. */
export function removeCorpus(home: string, name: string): { readonly bytes: number } {
  const file = corpusFile(home, name);
  const bytes = existingCorpus(home, name).bytes;
  withFile(corporaFolder(home), 'a folder that can be written', () => {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(file + ending, { force: true });
  });
  return { bytes };
}

/** @throws InputError where there is no such corpus, naming those there are. */
export function existingCorpus(home: string, name: string): { readonly file: string; readonly bytes: number } {
  const file = corpusFile(home, name);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found) return { file, bytes: found.size };
  const names = corpusNames(home);
  throw new InputError({ thing: `corpus ${name}`, expected: `its file in ${corporaFolder(home)}`, found: names.length > 0 ? `only ${names.slice(0, 8).join(', ')}` : 'no corpus there', remedy: '`arft search list` names those there are; arft search import FILES --name NAME makes one.' });
}

function entries(home: string): readonly string[] {
  try {
    return readdirSync(corporaFolder(home));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
