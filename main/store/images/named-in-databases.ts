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
  const copies = existsSync(home) ? readdirSync(home).filter((name) => /^arft-backup-.*\.db(?:\.part)?$/.test(name)) : [];
  for (const name of copies) await searchDatabase(path.join(home, name), search, signal).catch((error: unknown) => passOver(error));
  return existsSync(databaseFile(home)) ? searchDatabase(databaseFile(home), search, signal) : [];
}

/** A copy that is damaged, or gone as a newer one came, is put in the place of nothing. */
function passOver(error: unknown): void {
  if (!isBroken(error) && !(error instanceof Database.SqliteError && error.code === 'SQLITE_CANTOPEN')) throw error;
}

async function searchDatabase(file: string, search: HashSearch, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
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
  } catch (error) {
    throw isBroken(error) ? error : wordsOf(file, error);
  } finally {
    database.close();
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
