import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';

const againMs = 250;

/**
 * Runs a task while no other process does one under the same lock. The lock is SQLite's on a file: the system takes it
 * back from a process that dies, which a file with a process number in it does not.
 */
export async function whileLocked<T>(file: string, onWait: () => void, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  const database = new Database(file, { timeout: 0 });
  try {
    for (let first = true; !acquired(database); first = false) {
      if (first) onWait();
      await pause(againMs, undefined, signal && { signal });
    }
    return await task();
  } finally {
    database.close();
  }
}

function acquired(database: Database.Database): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}
