import type { z } from 'zod';
import type { Connection } from './connection.ts';

/** Values by key, as JSON. Who keeps one knows its schema. */
export class Settings {
  readonly #database: Connection;

  constructor(database: Connection) {
    this.#database = database;
  }

  /** The value; `otherwise` where there is none, or it does not fit the schema any more. */
  get<T>(key: string, schema: z.ZodType<T>, otherwise: T): T {
    const row = this.#database.row<{ value: string }>('SELECT value FROM setting WHERE key = ?', key);
    const parsed = row && schema.safeParse(JSON.parse(row.value));
    return parsed?.success ? parsed.data : otherwise;
  }

  set(key: string, value: unknown): void {
    this.#database.run('INSERT OR REPLACE INTO setting VALUES (?, ?)', key, JSON.stringify(value));
  }

  delete(key: string): void {
    this.#database.run('DELETE FROM setting WHERE key = ?', key);
  }
}
