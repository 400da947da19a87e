import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { lockOwner } from '../process-lock.ts';
import { InputError } from '../records/input-error.ts';
import { runsFolder } from '../train/run-folder.ts';
import type { Connection } from './connection.ts';
import { keyOf } from './datasets/keys.ts';
import { eraseDataset } from './datasets/import-dataset.ts';
import { eraseSamples } from './datasets/write-samples.ts';
import { type EvaluationScan, evaluationsFolder } from './evaluations/evaluation-scan.ts';
import { type RunScan, foldersIn } from './runs/run-scan.ts';
import { inSlices } from './slices.ts';

export type BinTarget =
  | { readonly kind: 'run' | 'evaluation'; readonly name: string }
  | { readonly kind: 'dataset'; readonly dataset: number }
  | { readonly kind: 'samples'; readonly dataset: number; readonly ordinals: readonly number[] };

export type BinRow = { readonly id: number; readonly kind: BinTarget['kind']; readonly name: string; readonly removedAt: string; /** Of a dataset, or removed from one. */ readonly samples: number };

/** A run's marks, kept with it. */
const marks = z.object({ note: z.string(), pinned: z.number(), archived: z.number(), config_hash: z.string(), tags: z.array(z.string()) });

/** Where folders of each kind are, and the file that says that a process works in one. */
const places = { run: { folderOf: runsFolder, lock: 'pid' }, evaluation: { folderOf: evaluationsFolder, lock: 'lock' } } as const;

/** What was removed and can be had back: folders lie under bin/<id>/, rows carry the bin's number. */
export class Bin {
  readonly #home: string;
  readonly #database: Connection;
  readonly #runs: RunScan;
  readonly #evaluations: EvaluationScan;

  constructor(home: string, database: Connection, runs: RunScan, evaluations: EvaluationScan) {
    [this.#home, this.#database, this.#runs, this.#evaluations] = [home, database, runs, evaluations];
    this.#reconcile();
  }

  /** The last removed first. */
  list(): readonly BinRow[] {
    return this.#database.rows<BinRow>(`SELECT id, kind, name, removed_at AS removedAt,
      CASE kind WHEN 'samples' THEN (SELECT count(*) FROM sample WHERE sample.bin = bin.id) WHEN 'dataset' THEN (SELECT count(*) FROM sample JOIN dataset ON dataset.id = sample.dataset WHERE dataset.bin = bin.id) ELSE 0 END AS samples
      FROM bin ORDER BY id DESC`);
  }

  /** @returns the bin's number for it. @throws InputError where it is not there, or a process works on it. */
  async remove(what: BinTarget): Promise<number> {
    switch (what.kind) {
      case 'run':
      case 'evaluation':
        return this.#removeFolder(what.kind, what.name);
      case 'dataset':
        return this.#database.write(() => {
          const name = this.#datasetName(what.dataset);
          const id = this.#add('dataset', name);
          this.#database.run('UPDATE dataset SET bin = ? WHERE id = ?', id, what.dataset);
          return id;
        });
      case 'samples':
        return this.#database.write(() => {
          const id = this.#add('samples', this.#datasetName(what.dataset));
          const moved = what.ordinals.reduce((sum, ordinal) => sum + this.#database.run('UPDATE sample SET bin = ? WHERE key = ? AND bin IS NULL', id, keyOf(what.dataset, ordinal)).changes, 0);
          if (moved === 0) throw new InputError({ thing: 'samples to remove', expected: 'samples of the dataset', found: 'none', remedy: 'Choose them from the list; they may have been removed.' });
          return id;
        });
    }
  }

  /** Puts it back. @returns its name, with a number where the old name is taken meanwhile. */
  async restore(id: number): Promise<string> {
    const row = this.#row(id);
    const name = row.kind === 'run' || row.kind === 'evaluation' ? this.#restoreFolder(row) : this.#restoreRows(row);
    return name;
  }

  /** Removes for good what is in the bin, or these of it. */
  async empty(ids: readonly number[] = this.list().map(({ id }) => id)): Promise<void> {
    for (const id of ids) {
      this.#row(id);
      for (const { dataset } of this.#database.rows<{ dataset: number }>('SELECT id AS dataset FROM dataset WHERE bin = ?', id)) await eraseDataset(this.#database, dataset);
      await inSlices(() => eraseSamples(this.#database, { bin: id }, 200));
      await rm(this.#folder(id), { recursive: true, force: true });
      this.#database.run('DELETE FROM bin WHERE id = ?', id);
    }
    // Samples that were removed before their dataset was are gone with it.
    this.#database.run("DELETE FROM bin WHERE kind = 'samples' AND NOT EXISTS (SELECT 1 FROM sample WHERE sample.bin = bin.id)");
  }

  async #removeFolder(kind: 'run' | 'evaluation', name: string): Promise<number> {
    const { folderOf, lock } = places[kind];
    const folder = path.join(folderOf(this.#home), name);
    if (!foldersIn(folderOf(this.#home)).includes(name)) throw new InputError({ thing: `${kind} ${name}`, expected: 'a folder of the data folder', found: 'none of this name', remedy: 'Choose one of the list; it may have been removed.' });
    const owner = lockOwner(path.join(folder, lock));
    if (owner !== undefined) throw new InputError({ thing: `${kind} ${name}`, expected: 'no process at work on it', found: `process ${owner}`, remedy: 'Stop it first.' });
    const id = this.#database.write(() => this.#add(kind, name, kind === 'run' ? this.#takeMarks(name) : {}));
    try {
      mkdirSync(this.#folder(id), { recursive: true });
      renameSync(folder, path.join(this.#folder(id), name));
    } catch (error) {
      this.#giveMarks(id, name);
      this.#database.run('DELETE FROM bin WHERE id = ?', id);
      throw new InputError({ thing: folder, expected: 'a folder that can be moved into the bin', found: (error as Error).message, remedy: 'Check the permissions of the data folder, and that no other program uses the folder.' }, { cause: error });
    }
    if (kind === 'run') await this.#runs.forget(name);
    else this.#evaluations.forget(name);
    return id;
  }

  #restoreFolder({ id, kind, name }: BinRow): string {
    const home = places[kind as keyof typeof places].folderOf(this.#home);
    mkdirSync(home, { recursive: true });
    let free = name;
    for (let n = 2; existsSync(path.join(home, free)); n++) free = `${name}-${n}`;
    renameSync(path.join(this.#folder(id), name), path.join(home, free));
    this.#database.write(() => {
      this.#giveMarks(id, free);
      this.#database.run('DELETE FROM bin WHERE id = ?', id);
    });
    // Empty by now: nothing is lost where it stays.
    void rm(this.#folder(id), { recursive: true, force: true }).catch(() => {});
    return free;
  }

  #restoreRows({ id, kind, name }: BinRow): string {
    return this.#database.write(() => {
      let free = name;
      if (kind === 'dataset') {
        for (let n = 2; this.#database.row('SELECT 1 FROM dataset WHERE name = ? AND bin IS NULL AND importing_by IS NULL', free); n++) free = `${name} ${n}`;
        this.#database.run('UPDATE dataset SET bin = NULL, name = ? WHERE bin = ?', free, id);
      } else this.#database.run('UPDATE sample SET bin = NULL WHERE bin = ?', id);
      this.#database.run('DELETE FROM bin WHERE id = ?', id);
      return free;
    });
  }

  #takeMarks(name: string): object {
    const note = this.#database.row<object>('SELECT note, pinned, archived, config_hash FROM run_note WHERE name = ?', name);
    if (!note) return {};
    const tags = this.#database.tuples<readonly [string]>('SELECT tag FROM run_tag WHERE name = ?', name).map(([tag]) => tag);
    this.#database.run('DELETE FROM run_note WHERE name = ?', name);
    this.#database.run('DELETE FROM run_tag WHERE name = ?', name);
    return { ...note, tags };
  }

  #giveMarks(id: number, name: string): void {
    const detail = this.#database.row<{ detail: string }>('SELECT detail FROM bin WHERE id = ?', id)?.detail ?? '{}';
    const kept = marks.safeParse(JSON.parse(detail)).data;
    if (!kept) return;
    this.#database.run('INSERT OR REPLACE INTO run_note(name, config_hash, note, pinned, archived) VALUES (?, ?, ?, ?, ?)', name, kept.config_hash, kept.note, kept.pinned, kept.archived);
    for (const tag of kept.tags) this.#database.run('INSERT OR IGNORE INTO run_tag VALUES (?, ?)', name, tag);
  }

  #add(kind: BinTarget['kind'], name: string, detail: object = {}): number {
    return Number(this.#database.run('INSERT INTO bin(kind, name, removed_at, detail) VALUES (?, ?, ?, ?)', kind, name, new Date().toISOString(), JSON.stringify(detail)).lastInsertRowid);
  }

  #datasetName(dataset: number): string {
    const row = this.#database.row<{ name: string }>('SELECT name FROM dataset WHERE id = ? AND bin IS NULL AND importing_by IS NULL', dataset);
    if (row) return row.name;
    throw new InputError({ thing: `dataset ${dataset}`, expected: 'a dataset', found: 'none of this number', remedy: 'Choose a dataset from the list; it may have been removed.' });
  }

  #row(id: number): BinRow {
    const row = this.list().find((each) => each.id === id);
    if (row) return row;
    throw new InputError({ thing: `number ${id} in the bin`, expected: 'something that was removed', found: 'nothing', remedy: 'Look at the bin again; it may have been emptied.' });
  }

  #folder(id: number): string {
    return path.join(this.#home, 'bin', String(id));
  }

  /** Rows whose folder never came, or came back, before a crash; folders whose row is gone with an older database. */
  #reconcile(): void {
    for (const { id, kind, name } of this.list()) {
      if (kind !== 'run' && kind !== 'evaluation') continue;
      if (existsSync(path.join(this.#folder(id), name))) continue;
      this.#giveMarks(id, name);
      this.#database.run('DELETE FROM bin WHERE id = ?', id);
    }
    const known = new Set(this.list().map(({ id }) => String(id)));
    const bin = path.join(this.#home, 'bin');
    for (const number of foldersIn(bin)) {
      const [name] = known.has(number) || !/^\d+$/.test(number) ? [] : readdirSync(path.join(bin, number));
      if (name === undefined) continue;
      const kind = existsSync(path.join(bin, number, name, 'evaluation.json')) ? 'evaluation' : 'run';
      this.#database.run("INSERT INTO bin(id, kind, name, removed_at, detail) VALUES (?, ?, ?, ?, '{}')", Number(number), kind, name, new Date().toISOString());
    }
  }
}
