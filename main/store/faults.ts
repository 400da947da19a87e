import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { InputError } from '../records/input-error.ts';

type Words = { readonly expected: string; readonly found: string; readonly remedy: string };

const readOnly: Words = { expected: 'a data folder that can be written to', found: 'one that cannot', remedy: 'Mend the permissions of the folder and its files, or set ARFT_HOME to another folder.' };
const broken: Words = { expected: 'a whole database', found: 'a damaged one', remedy: 'Start the app again: the damaged file is set aside, and what can be had back is restored.' };

/** What SQLite's result codes mean to the user, by the beginning of the code. */
const words: readonly (readonly [code: string, words: Words])[] = [
  ['SQLITE_FULL', { expected: 'room for what is to be written', found: 'a full disk', remedy: 'Free some space (Settings shows what takes it), and do it again.' }],
  ['SQLITE_READONLY', readOnly],
  ['SQLITE_CANTOPEN', readOnly],
  ['SQLITE_PERM', readOnly],
  ['SQLITE_BUSY', { expected: 'its turn to write within 10 s', found: 'another process that writes all the time', remedy: 'Wait until it is done (an import?), and do it again.' }],
  ['SQLITE_IOERR', { expected: 'a disk that can be read and written', found: 'a failure of the disk', remedy: 'Check the disk; if it was unplugged or is on a network, connect it and start again.' }],
  ['SQLITE_CORRUPT', broken],
  ['SQLITE_NOTADB', broken],
];

/** A file that says that the database was found damaged, so that it is checked when it is opened next. */
export const suspectFile = (database: string): string => `${database}.suspect`;

/** An error of SQLite in words; others as they are. */
export function wordsOf(file: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (isBroken(error)) markSuspect(file);
  const found = words.find(([code]) => error.code.startsWith(code));
  return found ? new InputError({ thing: file, ...found[1] }, { cause: error }) : error;
}

export const isBroken = (error: unknown): boolean => error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);

function markSuspect(file: string): void {
  try {
    writeFileSync(suspectFile(file), '');
  } catch {
    // A disk that cannot be written to is told by what comes next.
  }
}
