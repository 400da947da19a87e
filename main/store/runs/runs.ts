import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type SelectQueryBuilder, sql } from 'kysely';
import { InputError } from '../../records/input-error.ts';
import { type RunConfig, runConfig } from '../../records/run-config.ts';
import { schemaFaultText } from '../../records/schema-fault.ts';
import { RunFolder, runsFolder } from '../../train/run-folder.ts';
import type { Connection } from '../connection.ts';
import { likePattern } from '../like.ts';
import type { RunTable, Tables } from '../tables.ts';
import { configHash } from './run-scan.ts';

export const runStatuses = ['running', 'stopped', 'finished', 'failed', 'interrupted'] as const;
/** `interrupted`: its log has no end, and no process works on it. */
export type RunStatus = (typeof runStatuses)[number];

export type RunRow = {
  /** Its folder's name. */
  readonly name: string;
  /** As its configuration calls it. */
  readonly title: string;
  readonly status: RunStatus;
  /** Why it failed, or who stopped it. */
  readonly reason: string | null;
  /** Steps that are done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Mean of the last step. */
  readonly reward: number | null;
  /** Held-out F1 in percent. */
  readonly lastF1: number | null;
  readonly bestF1: number | null;
  readonly bestStep: number | null;
  readonly alarms: number;
  readonly note: string;
  readonly tags: readonly string[];
  readonly pinned: boolean;
  readonly archived: boolean;
};

export const runOrders = ['started', 'name', 'step', 'bestF1', 'reward'] as const;

export type RunFilter = {
  /** In its name, title, note, tags or configuration. */
  readonly text?: string;
  readonly status?: readonly RunStatus[];
  readonly tag?: string;
  /** Archived runs, or those that are not; the latter by default. */
  readonly archived?: boolean;
  readonly order?: (typeof runOrders)[number];
  readonly descending?: boolean;
  readonly offset?: number;
  readonly limit?: number;
};

export type RunMarks = { readonly note?: string; readonly tags?: readonly string[]; readonly pinned?: boolean; readonly archived?: boolean };

export const runEventKinds = ['started', 'stopped', 'finished', 'failed', 'alarm', 'checkpoint', 'evaluation'] as const;

export type RunNotice = { readonly kind: (typeof runEventKinds)[number]; readonly step: number; readonly at: string | null; /** The rest of the event, as the log has it. */ readonly detail: Readonly<Record<string, unknown>> };

const columnOf = { started: 'run.started_at', name: 'run.name', step: 'run.step', bestF1: 'run.best_f1', reward: 'run.reward' } as const;

/** The runs of the data folder, as the index has them. */
export class Runs {
  readonly #home: string;
  readonly #database: Connection;

  constructor(home: string, database: Connection) {
    [this.#home, this.#database] = [home, database];
  }

  /** Pinned runs come first. */
  list(filter: RunFilter = {}): { readonly total: number; readonly rows: readonly RunRow[] } {
    const { order = 'started', descending = order !== 'name', offset = 0, limit = 100 } = filter;
    const found = this.#filtered(filter);
    const total = this.#database.first(found.select((e) => e.fn.countAll<number>().as('total')))?.total ?? 0;
    const direction = descending ? 'desc' : 'asc';
    const rows = this.#database.all(withMarks(found).orderBy(sql`coalesce(run_note.pinned, 0)`, 'desc').orderBy(columnOf[order], (by) => (descending ? by.desc().nullsLast() : by.asc().nullsLast())).orderBy('run.id', direction).limit(limit).offset(offset));
    return { total, rows: rows.map(rowOf) };
  }

  /** @throws InputError where there is no such run. */
  get(name: string): RunRow {
    const row = this.#database.first(withMarks(this.#joined().where('run.name', '=', name)));
    if (!row) throw this.#unknown(name);
    return rowOf(row);
  }

  /** @throws InputError where there is none, or it is of another version. */
  config(name: string): RunConfig {
    const value: unknown = JSON.parse(this.#row(name).config);
    const parsed = runConfig.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new InputError({ thing: `run ${name}: config.json`, expected: 'a configuration of this version', found: schemaFaultText(parsed.error, value), remedy: 'Mend the file, or look at the run with the version that made it.' });
  }

  tags(): readonly { readonly tag: string; readonly count: number }[] {
    return this.#database.rows('SELECT tag, count(*) AS count FROM run_tag WHERE name IN (SELECT name FROM run) GROUP BY tag ORDER BY tag');
  }

  metricNames(name: string): readonly string[] {
    return this.#database.rows<{ name: string }>('SELECT name FROM metric_name WHERE EXISTS (SELECT 1 FROM metric WHERE run = ? AND metric.name = metric_name.id) ORDER BY name', this.#row(name).id).map((each) => each.name);
  }

  /** In the order of the log. */
  events(name: string, kind?: RunNotice['kind']): readonly RunNotice[] {
    const rows = this.#database.rows<{ kind: RunNotice['kind']; step: number; at: string | null; detail: string }>(`SELECT kind, step, at, detail FROM run_event WHERE run = ? ${kind === undefined ? '' : 'AND kind = ?'} ORDER BY bytes`, this.#row(name).id, ...(kind === undefined ? [] : [kind]));
    return rows.map(({ detail, ...row }) => ({ ...row, detail: JSON.parse(detail) as Record<string, unknown> }));
  }

  /** Checkpoints that are on the disk. */
  checkpoints(name: string): readonly { readonly step: number; readonly folder: string; readonly best: boolean; readonly bytes: number }[] {
    const best = new Set(this.events(name, 'checkpoint').flatMap(({ step, detail }) => (detail['best'] === true ? [step] : [])));
    return RunFolder.open(this.#home, path.join(runsFolder(this.#home), name)).checkpoints.list().map((each) => ({ ...each, best: best.has(each.step), bytes: bytesOf(each.folder) }));
  }

  /** Marks are kept in the database alone; what is left out stays. */
  annotate(name: string, { note, tags, pinned, archived }: RunMarks): void {
    const hash = configHash(readFileSync(path.join(runsFolder(this.#home), this.#row(name).name, 'config.json'), 'utf8'));
    this.#database.write(() => {
      this.#database.run('INSERT INTO run_note(name, config_hash) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET config_hash = excluded.config_hash', name, hash);
      this.#database.run('UPDATE run_note SET note = coalesce(?, note), pinned = coalesce(?, pinned), archived = coalesce(?, archived) WHERE name = ?', note ?? null, pinned === undefined ? null : Number(pinned), archived === undefined ? null : Number(archived), name);
      if (!tags) return;
      this.#database.run('DELETE FROM run_tag WHERE name = ?', name);
      for (const tag of new Set(tags.map((each) => each.trim()))) if (tag !== '') this.#database.run('INSERT INTO run_tag VALUES (?, ?)', name, tag);
    });
  }

  /** The row of a run. @throws InputError where there is none. */
  #row(name: string): { readonly id: number; readonly name: string; readonly config: string } {
    const row = this.#database.row<{ id: number; name: string; config: string }>('SELECT id, name, config FROM run WHERE name = ?', name);
    if (!row) throw this.#unknown(name);
    return row;
  }

  #unknown(name: string): InputError {
    const names = this.#database.rows<{ name: string }>('SELECT name FROM run ORDER BY started_at DESC LIMIT 8').map((each) => each.name);
    return new InputError({ thing: `run ${name}`, expected: names.length > 0 ? `one of ${names.join(', ')} …` : 'a run', found: 'none of this name', remedy: 'Choose a run from the list; it may have been removed.' });
  }

  #joined() {
    return this.#database.query.selectFrom('run').leftJoin('run_note', 'run_note.name', 'run.name');
  }

  #filtered({ text, status, tag, archived = false }: RunFilter) {
    let found = this.#joined().where(sql`coalesce(run_note.archived, 0)`, '=', Number(archived));
    if (status) found = found.where('run.status', 'in', status);
    if (tag !== undefined) found = found.where((e) => e.exists(e.selectFrom('run_tag').select('run_tag.tag').whereRef('run_tag.name', '=', 'run.name').where('run_tag.tag', '=', tag)));
    for (const word of (text ?? '').split(/\s+/).filter((each) => each !== '')) {
      const like = likePattern(word);
      found = found.where(sql<boolean>`(run.name LIKE ${like} ESCAPE '\\' OR run.title LIKE ${like} ESCAPE '\\' OR run_note.note LIKE ${like} ESCAPE '\\' OR run.config LIKE ${like} ESCAPE '\\' OR EXISTS (SELECT 1 FROM run_tag WHERE run_tag.name = run.name AND run_tag.tag LIKE ${like} ESCAPE '\\'))`);
    }
    return found;
  }
}

type Joined = SelectQueryBuilder<Tables & { run_note: { [K in keyof Tables['run_note']]: Tables['run_note'][K] | null } }, 'run' | 'run_note', object>;

const withMarks = (query: Joined) =>
  query.select(['run.name', 'run.title', 'run.status', 'run.reason', 'run.step', 'run.steps', 'run.started_at', 'run.ended_at', 'run.reward', 'run.last_f1', 'run.best_f1', 'run.best_step', 'run.alarms', 'run_note.note', 'run_note.pinned', 'run_note.archived', sql<string>`(SELECT json_group_array(tag ORDER BY tag) FROM run_tag WHERE run_tag.name = run.name)`.as('tags')]);

type Marked = Omit<RunTable, 'id' | 'config' | 'log_bytes' | 'log_tail' | 'log_seen'> & { readonly note: string | null; readonly pinned: number | null; readonly archived: number | null; readonly tags: string };

const rowOf = ({ started_at: startedAt, ended_at: endedAt, last_f1: lastF1, best_f1: bestF1, best_step: bestStep, status, note, pinned, archived, tags, ...row }: Marked): RunRow => ({
  ...row, status: status as RunStatus, startedAt, endedAt, lastF1, bestF1, bestStep, note: note ?? '', tags: JSON.parse(tags) as string[], pinned: pinned === 1, archived: archived === 1,
});

const bytesOf = (folder: string): number => readdirSync(folder).reduce((sum, name) => sum + (statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
