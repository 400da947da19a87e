import { InputError } from '../records/input-error.ts';
import { type RunConfig, runConfig } from '../records/run-config.ts';
import { isAlive } from '../process-lock.ts';
import type { Connection } from './connection.ts';

/** A run that is to begin when those before it are done. `taken`: a process is beginning it. */
export type QueueRow = { readonly id: number; readonly config: RunConfig; readonly addedAt: string; readonly taken: boolean };

type Row = { readonly id: number; readonly config: string; readonly added_at: string; readonly taken_by: number | null };

/** Configurations that wait to be run, in their order. */
export class RunQueue {
  readonly #database: Connection;

  constructor(database: Connection) {
    this.#database = database;
  }

  add(config: RunConfig): number {
    return Number(this.#database.run('INSERT INTO queue(place, config, added_at) VALUES ((SELECT coalesce(max(place), 0) + 1 FROM queue), ?, ?)', JSON.stringify(config), new Date().toISOString()).lastInsertRowid);
  }

  /** Those that this version of the program knows how to run; others stay for one that does. */
  list(): readonly QueueRow[] {
    return this.#database.rows<Row>('SELECT id, config, added_at, taken_by FROM queue ORDER BY place').flatMap(({ id, config, added_at: addedAt, taken_by: by }) => {
      const { data } = runConfig.safeParse(JSON.parse(config));
      return data ? [{ id, config: data, addedAt, taken: by !== null && isAlive(by) }] : [];
    });
  }

  /** Once its run has begun, or when it is not wanted any more. */
  remove(id: number): void {
    if (this.#database.run('DELETE FROM queue WHERE id = ?', id).changes === 0) throw unknown(id);
  }

  /** Gives it another place, counted from 0. */
  move(id: number, to: number): void {
    this.#database.write(() => {
      const others = this.#database.rows<{ id: number }>('SELECT id FROM queue ORDER BY place').map((row) => row.id);
      if (!others.includes(id)) throw unknown(id);
      const order = others.filter((each) => each !== id).toSpliced(to, 0, id);
      for (const [place, each] of order.entries()) this.#database.run('UPDATE queue SET place = ? WHERE id = ?', place, each);
    });
  }

  /** The first that nobody has taken, for this process to begin. Should this process end before it is removed, it waits again. */
  take(): QueueRow | undefined {
    return this.#database.write(() => {
      const first = this.list().find(({ taken }) => !taken);
      if (first) this.#database.run('UPDATE queue SET taken_by = ? WHERE id = ?', process.pid, first.id);
      return first && { ...first, taken: true };
    });
  }

  /** Puts back what was taken and could not begin. */
  putBack(id: number): void {
    if (this.#database.run('UPDATE queue SET taken_by = NULL WHERE id = ?', id).changes === 0) throw unknown(id);
  }
}

const unknown = (id: number): InputError => new InputError({ thing: `place ${id} in the queue`, expected: 'a run that waits', found: 'none', remedy: 'Look at the queue again; the run may have begun.' });
