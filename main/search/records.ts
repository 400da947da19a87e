import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { InputError } from '../records/input-error.ts';
import { ToolFault } from '../records/tools.ts';
import type { Passage } from '../records/trajectory.ts';

// Every result by engine, query and options, so that a run repeats without network and without another bill.

/** `off` neither reads nor keeps; `record` takes what is kept, else asks and keeps it; `only` never asks. */
export const replayModes = ['off', 'record', 'only'] as const;

export type ReplayMode = (typeof replayModes)[number];

/** All that a result depends on. */
export type RecordKey = { readonly engine: string; readonly query: string; readonly options: Readonly<Record<string, string | number | boolean>> };

const passages: z.ZodType<readonly Passage[]> = z.array(z.strictObject({ id: z.string(), title: z.string(), text: z.string(), url: z.string().exactOptional(), score: z.number().exactOptional() }));

const formatVersion = 1;
const table = 'CREATE TABLE IF NOT EXISTS result(hash TEXT PRIMARY KEY, engine TEXT NOT NULL, query TEXT NOT NULL, options TEXT NOT NULL, passages TEXT NOT NULL, asked_at TEXT NOT NULL) WITHOUT ROWID';
/** Another process may be writing for this long. */
const waitMs = 10_000;

/** Results that were kept; any number of processes may have the file open. */
export class SearchRecords {
  readonly #database: Database.Database;
  readonly #get: Database.Statement<[string], string>;
  readonly #put: Database.Statement<[string, string, string, string, string, string]>;

  /** @throws InputError where the file is no such database. */
  constructor(home: string) {
    mkdirSync(home, { recursive: true });
    const file = path.join(home, 'search-records.db');
    this.#database = open(file);
    this.#get = this.#database.prepare<[string], string>('SELECT passages FROM result WHERE hash = ?').pluck();
    // The first one stays: whoever asked at the same time takes it too, so both runs repeat alike.
    this.#put = this.#database.prepare('INSERT INTO result VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING');
  }

  get(key: RecordKey): readonly Passage[] | undefined {
    const found = this.#get.get(hashOf(key));
    return found === undefined ? undefined : passages.parse(JSON.parse(found));
  }

  /** Keeps a result. @returns what is kept: an earlier one where there is. */
  put(key: RecordKey, found: readonly Passage[]): readonly Passage[] {
    const { engine, query, options } = key;
    this.#put.run(hashOf(key), engine, query.toWellFormed(), JSON.stringify(sorted(options)), JSON.stringify(found), new Date().toISOString());
    return this.get(key) ?? found;
  }

  /** The result of a search: kept, or asked for. @throws ToolFault where it may not be asked for. */
  async through(mode: ReplayMode, key: RecordKey, ask: () => Promise<readonly Passage[]>): Promise<readonly Passage[]> {
    if (mode === 'off') return ask();
    const kept = this.get(key);
    if (kept) return kept;
    if (mode === 'only') throw new ToolFault('search', `${key.engine}: no recorded result for the query ${JSON.stringify(shortened(key.query))}, and only recorded ones are allowed. Record it first (--replay record)`);
    return this.put(key, await ask());
  }

  close(): void {
    this.#database.close();
  }
}

function open(file: string): Database.Database {
  try {
    const database = new Database(file, { timeout: waitMs });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    const version = database.pragma('user_version', { simple: true });
    if (version !== 0 && version !== formatVersion) throw new Error(`format ${String(version)}; this program reads format ${formatVersion}`);
    // Two processes may get here at once.
    if (version === 0) database.exec(`BEGIN IMMEDIATE; ${table}; PRAGMA user_version = ${formatVersion}; COMMIT`);
    return database;
  } catch (error) {
    throw new InputError({ thing: file, expected: 'the recorded search results', found: (error as Error).message, remedy: 'Move the file away; a new one is made.' }, { cause: error });
  }
}

const hashOf = ({ engine, query, options }: RecordKey): string => createHash('sha256').update(JSON.stringify([engine, query, sorted(options)])).digest('hex');

const sorted = (options: RecordKey['options']): RecordKey['options'] => Object.fromEntries(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const shortened = (query: string): string => (query.length > 200 ? `${query.slice(0, 200)}…` : query);
