import type { Connection } from '../connection.ts';
import { type Line, LineFile } from '../../lines.ts';
import { inSlices, sliceMs } from '../slices.ts';
import { type LogEvent, type LoggedTrajectory, flagsOf, flatNumbers, readLogEvent } from './log-events.ts';
import { fillSpans, removeNumbersAfter, writeNumber } from './spans.ts';

/** A place in a log up to which the index agrees with it. */
type Place = { readonly step: number; readonly bytes: number; readonly tail: string };

const beginning: Place = { step: -1, bytes: 0, tail: '' };

/** Writes what a run's log says into the tables; one for each process. */
export class RunIndex {
  readonly #database: Connection;
  readonly #names = new Map<string, number>();

  constructor(database: Connection) {
    this.#database = database;
  }

  /** Reads on where the index ends, after taking back what the log does not say any more. @returns whether anything changed. */
  async catchUp(run: number, file: string, signal?: AbortSignal): Promise<boolean> {
    const log = new LineFile(file);
    try {
      fillSpans(this.#database, run);
      let changed = this.#takeBack(run, log);
      const lines = log.from(this.#end(run).bytes);
      await inSlices(() => {
        const { read, more } = this.#takeLines(run, log, lines);
        changed ||= read;
        return more;
      }, signal);
      return changed;
    } finally {
      log.close();
    }
  }

  /** Takes a run out of the index, its rows a part at a time; until the end it is there. */
  async remove(run: number): Promise<void> {
    const names = this.#database.rows<{ id: number }>('SELECT id FROM metric_name').map(({ id }) => id);
    await inSlices(() => {
      const name = names.pop();
      if (name !== undefined) this.#database.run('DELETE FROM metric WHERE run = ? AND name = ?', run, name);
      return name !== undefined;
    });
    await inSlices(() => this.#database.run('DELETE FROM trajectory WHERE run = ? AND step IN (SELECT DISTINCT step FROM trajectory WHERE run = ? LIMIT 20)', run, run).changes > 0);
    this.#database.write(() => {
      this.#removeAfter(run, beginning);
      this.#database.run('DELETE FROM run WHERE id = ?', run);
    });
  }

  /** A run whose log is gone: it begins again. */
  restart(run: number): void {
    this.#database.write(() => this.#removeAfter(run, beginning));
  }

  #end(run: number): Place {
    return this.#database.row<Place>('SELECT -1 AS step, log_bytes AS bytes, log_tail AS tail FROM run WHERE id = ?', run) ?? beginning;
  }

  /** A resumed run cuts its log back and writes on: then the index goes back to the last step where both agree. */
  #takeBack(run: number, log: LineFile): boolean {
    const end = this.#end(run);
    if (agrees(log, end)) return false;
    const places = this.#database.rows<Place>('SELECT step, bytes, tail FROM log_place WHERE run = ? ORDER BY bytes', run);
    // Logs are cut and appended to, so the places that agree come first.
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (agrees(log, places[middle] as Place)) low = middle + 1;
      else high = middle;
    }
    this.#database.write(() => this.#removeAfter(run, places[low - 1] ?? beginning));
    return true;
  }

  #removeAfter(run: number, { step, bytes, tail }: Place): void {
    const database = this.#database;
    // Held-out figures too: they carry the step that comes next, and stand behind the metrics of the one before.
    removeNumbersAfter(database, run, step);
    database.run('DELETE FROM trajectory WHERE run = ? AND step > ?', run, step);
    database.run('DELETE FROM run_event WHERE run = ? AND bytes >= ?', run, bytes);
    database.run('DELETE FROM log_place WHERE run = ? AND bytes > ?', run, bytes);
    database.run('UPDATE run SET log_bytes = ?, log_tail = ? WHERE id = ?', bytes, tail, run);
  }

  /** Lines of about one slice, in one transaction with where they end. */
  #takeLines(run: number, log: LineFile, lines: Generator<Line>): { readonly read: boolean; readonly more: boolean } {
    try {
      return this.#database.write(() => {
        const until = performance.now() + sliceMs;
        let end: number | undefined;
        let more = true;
        while (more && performance.now() < until) {
          const { value: line, done } = lines.next();
          if (done) more = false;
          else {
            const event = readLogEvent(line.text);
            end = line.bytes + line.length;
            if (event) this.#take(run, event, line, log);
          }
        }
        if (end !== undefined) this.#database.run('UPDATE run SET log_bytes = ?, log_tail = ? WHERE id = ?', end, log.tailBefore(end), run);
        return { read: end !== undefined, more };
      });
    } catch (error) {
      this.#names.clear(); // names of a transaction that was taken back
      throw error;
    }
  }

  #take(run: number, event: LogEvent, line: Line, log: LineFile): void {
    const database = this.#database;
    switch (event.kind) {
      case 'trajectory':
        return this.#takeTrajectory(run, event, line);
      case 'metrics': {
        this.#takeNumbers(run, event.step, flatNumbers(event.metrics));
        database.run('UPDATE trajectory SET zero_spread = 1 WHERE run = ? AND step = ? AND reward IS NOT NULL AND part IN (SELECT part FROM trajectory WHERE run = ? AND step = ? GROUP BY part HAVING min(reward) = max(reward))', run, event.step, run, event.step);
        const end = line.bytes + line.length;
        database.run('INSERT OR REPLACE INTO log_place VALUES (?, ?, ?, ?)', run, event.step, end, log.tailBefore(end));
        return;
      }
      case 'evaluation':
        this.#takeNumbers(run, event.step, flatNumbers(event.heldOut, 'heldOut.'));
        break;
      case 'started':
      case 'stopped':
      case 'finished':
      case 'failed':
      case 'alarm':
      case 'checkpoint':
        break;
    }
    const { kind, step, ...detail } = event;
    database.run('INSERT OR REPLACE INTO run_event VALUES (?, ?, ?, ?, ?, ?)', run, line.bytes, kind, step, event.at ?? null, JSON.stringify(detail));
  }

  #takeNumbers(run: number, step: number, numbers: readonly (readonly [name: string, value: number])[]): void {
    for (const [name, value] of numbers) writeNumber(this.#database, run, this.#nameId(name), step, value);
  }

  #takeTrajectory(run: number, event: LoggedTrajectory, { bytes, length }: Line): void {
    const { step, group, member, reward, advantage, trajectory } = event;
    const { toolError, truncated, invalid } = flagsOf(event);
    this.#database.run('INSERT OR REPLACE INTO trajectory VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)', run, step, group, member, trajectory.sample, reward?.total ?? null, advantage ?? 0, Number(toolError), Number(truncated), Number(invalid), bytes, length);
  }

  #nameId(name: string): number {
    let id = this.#names.get(name);
    if (id === undefined) {
      this.#database.run('INSERT OR IGNORE INTO metric_name(name) VALUES (?)', name);
      id = (this.#database.row<{ id: number }>('SELECT id FROM metric_name WHERE name = ?', name) as { id: number }).id;
      this.#names.set(name, id);
    }
    return id;
  }
}

const agrees = (log: LineFile, { bytes, tail }: Place): boolean => bytes === 0 || (log.size >= bytes && log.tailBefore(bytes) === tail);
