import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { parseJson } from '../../records/parse-json.ts';
import { isBroken, wordsOf } from '../faults.ts';
import { databaseFile } from '../open-database.ts';
import { sliceMs } from '../slices.ts';
import type { HashSearch } from './hash-search.ts';
import { dataIn } from './run-data-places.ts';

/**
 * Looks into every text of the database as it stands at one moment, the bin, the annotations' undo, drafts and settings among
 * them, and into its copies, which may be put in its place.
 * @returns where queued runs have their data.
 */
export async function searchDatabases(home: string, search: HashSearch, signal?: AbortSignal): Promise<readonly string[]> {
  for (const copy of databaseCopies(home)) {
    await searchDatabase(copy, search, signal).catch((error: unknown) => {
      // One that is damaged is put in the place of nothing, and one may be gone as a newer one came.
      if (!isBroken(error) && existsSync(copy)) throw wordsOf(copy, error);
    });
  }
  return existsSync(databaseFile(home))
    ? searchDatabase(databaseFile(home), search, signal).catch((error: unknown) => {
        throw wordsOf(databaseFile(home), error);
      })
    : [];
}

export const databaseCopies = (home: string): readonly string[] => (existsSync(home) ? readdirSync(home) : []).filter((name) => /^arft-backup-.*\.db$/.test(name)).sort().map((name) => path.join(home, name));

async function searchDatabase(file: string, search: HashSearch, signal: AbortSignal | undefined): Promise<readonly string[]> {
  // Opened as one that may write, the last that closes it takes away SQLite's files beside it; nothing is written all the same.
  const database = new Database(file, { fileMustExist: true });
  try {
    database.pragma('query_only = ON');
    // One moment of the database for all tables: what moves from one to another meanwhile is found in its old place.
    database.exec('BEGIN');
    const queued: string[] = [];
    for (const { name } of database.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'").all()) {
      const columns = database.prepare<[string], string>("SELECT name FROM pragma_table_info(?) WHERE type = 'TEXT'").pluck().all(name);
      if (columns.length === 0) continue;
      let until = performance.now() + sliceMs;
      for (const texts of database.prepare<[], (string | null)[]>(`SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(name)}`).raw().iterate()) {
        for (const text of texts) if (typeof text === 'string') search.text(text);
        if (name === 'queue') queued.push(...dataIn(parseJson(texts[columns.indexOf('config')] ?? '')));
        if (performance.now() < until) continue;
        await setImmediate();
        signal?.throwIfAborted();
        until = performance.now() + sliceMs;
      }
    }
    return queued;
  } finally {
    database.close();
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
