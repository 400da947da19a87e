import Database from 'better-sqlite3';
import { type CompiledQuery, DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { wordsOf } from './faults.ts';
import type { Tables } from './tables.ts';

/** Another process may be writing for this long. */
const waitMs = 10_000;
/** Statements that are kept compiled; queries with filters have many forms. */
const mostStatements = 300;

/** A value that SQLite takes. */
type Bound = string | number | bigint | null | Uint8Array;

/**
 * An open database. Calls are synchronous, so nothing of this process comes between the statements of a transaction;
 * kysely writes queries that vary, and does not run them.
 */
export class Connection {
  readonly file: string;
  readonly sqlite: Database.Database;
  readonly query = new Kysely<Tables>({ dialect: { createAdapter: () => new SqliteAdapter(), createDriver: () => new DummyDriver(), createIntrospector: (db) => new SqliteIntrospector(db), createQueryCompiler: () => new SqliteQueryCompiler() } });
  readonly #statements = new Map<string, Database.Statement>();

  /** Throws SQLite's own errors. */
  constructor(file: string) {
    this.file = file;
    this.sqlite = new Database(file, { timeout: waitMs });
    try {
      for (const pragma of ['journal_mode = WAL', 'synchronous = NORMAL', 'foreign_keys = ON', 'cache_size = -32768', 'temp_store = MEMORY']) this.sqlite.pragma(pragma);
    } catch (error) {
      this.sqlite.close();
      throw error;
    }
  }

  all<T>(query: { compile(): CompiledQuery<T> }): T[] {
    const { sql, parameters } = query.compile();
    return this.rows<T>(sql, ...(parameters as Bound[]));
  }

  first<T>(query: { compile(): CompiledQuery<T> }): T | undefined {
    const { sql, parameters } = query.compile();
    return this.row<T>(sql, ...(parameters as Bound[]));
  }

  rows<T>(sql: string, ...values: Bound[]): T[] {
    return this.#inWords(() => this.#prepared(sql).all(...values) as T[]);
  }

  row<T>(sql: string, ...values: Bound[]): T | undefined {
    return this.#inWords(() => this.#prepared(sql).get(...values) as T | undefined);
  }

  /** Rows as arrays of their columns, which is the fastest for many of them. */
  tuples<T extends readonly unknown[]>(sql: string, ...values: Bound[]): T[] {
    return this.#inWords(() => this.#prepared(`${sql} `, true).all(...values) as T[]);
  }

  run(sql: string, ...values: Bound[]): Database.RunResult {
    return this.#inWords(() => this.#prepared(sql).run(...values));
  }

  /** One transaction, which other writers wait for; within another one, a part of it. */
  write<T>(change: () => T): T {
    return this.#inWords(() => this.sqlite.transaction(change).immediate());
  }

  close(): void {
    this.#statements.clear();
    if (this.sqlite.open) this.sqlite.close();
  }

  #prepared(sql: string, raw = false): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.sqlite.prepare(sql);
      if (raw) statement.raw();
      if (this.#statements.size >= mostStatements) this.#statements.clear();
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #inWords<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw wordsOf(this.file, error);
    }
  }
}
