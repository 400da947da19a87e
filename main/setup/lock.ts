import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { withFile } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';

const againMs = 250;

/**
 * Runs a task while no other process does one under the same lock. The lock is SQLite's on a file: the system takes it
 * back from a process that dies, which a file with a process number in it does not.
 * @throws InputError where the file cannot be written.
 */
export async function whileLocked<T>(file: string, onWait: () => void, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
  withFile(file, 'a file that can be written', () => {
    mkdirSync(path.dirname(file), { recursive: true });
    // SQLite would say no more than that it cannot open it.
    closeSync(openSync(file, 'a'));
  });
  const database = new Database(file, { timeout: 0 });
  try {
    for (let first = true; !acquired(database, file); first = false) {
      if (first) onWait();
      await pause(againMs, undefined, signal && { signal });
    }
    return await task();
  } finally {
    database.close();
  }
}

function acquired(database: Database.Database, file: string): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return false;
    throw new InputError({ thing: file, expected: 'a file that can be written', found: (error as Error).message, remedy: 'Free space, or set ARFT_HOME to a folder on another disk.' }, { cause: error });
  }
}
