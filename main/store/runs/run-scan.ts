import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { lockOwner } from '../../process-lock.ts';
import { parseJson } from '../../records/parse-json.ts';
import { type RunConfig, runConfig } from '../../records/run-config.ts';
import { runsFolder } from '../../train/run-folder.ts';
import type { Connection } from '../connection.ts';
import { RunIndex } from './run-index.ts';
import type { RunStatus } from './runs.ts';

type Known = { readonly id: number; readonly config: string; readonly log_seen: string; readonly status: RunStatus };

/** Keeps the tables of runs as the folders of runs are. */
export class RunScan {
  readonly #home: string;
  readonly #database: Connection;
  readonly #index: RunIndex;

  constructor(home: string, database: Connection) {
    [this.#home, this.#database, this.#index] = [home, database, new RunIndex(database)];
  }

  /** @returns the names of runs that changed, came or went. */
  async look(signal?: AbortSignal): Promise<readonly string[]> {
    const folders = foldersIn(runsFolder(this.#home));
    const changed: string[] = [];
    for (const name of folders) {
      signal?.throwIfAborted();
      if (await this.#lookAt(name, signal)) changed.push(name);
    }
    const there = new Set(folders);
    for (const { id, name } of this.#database.rows<{ id: number; name: string }>('SELECT id, name FROM run')) {
      if (there.has(name)) continue;
      await this.#index.remove(id);
      changed.push(name);
    }
    return changed;
  }

  /** Takes a run out of the index, before its folder is moved. */
  async forget(name: string): Promise<void> {
    const known = this.#known(name);
    if (known) await this.#index.remove(known.id);
  }

  #known(name: string): Known | undefined {
    return this.#database.row<Known>('SELECT id, config, log_seen, status FROM run WHERE name = ?', name);
  }

  async #lookAt(name: string, signal: AbortSignal | undefined): Promise<boolean> {
    const folder = path.join(runsFolder(this.#home), name);
    const log = path.join(folder, 'log.jsonl');
    const [logStat, configStat] = [statSync(log, { throwIfNoEntry: false, bigint: true }), statSync(path.join(folder, 'config.json'), { throwIfNoEntry: false, bigint: true })];
    if (!configStat) return false; // being made, or none of ours
    const seen = [configStat.mtimeNs, configStat.size, logStat?.mtimeNs ?? 0, logStat?.size ?? 0].join(' ');
    const before = this.#known(name);
    const working = lockOwner(path.join(folder, 'pid')) !== undefined;
    if (before?.log_seen === seen && (before.status === 'running') === working) return false;
    const id = this.#takeConfig(name, readFileSync(path.join(folder, 'config.json'), 'utf8'), before);
    if (id === undefined) return false;
    if (logStat) await this.#index.catchUp(id, log, signal);
    else if (before) this.#index.restart(id);
    this.#summarise(id, working, logStat && new Date(Number(logStat.mtimeMs)).toISOString());
    this.#database.run('UPDATE run SET log_seen = ? WHERE id = ?', seen, id);
    return true;
  }

  /** @returns the run's number; nothing where the config is not whole. */
  #takeConfig(name: string, text: string, before: Known | undefined): number | undefined {
    if (before?.config === text) return before.id;
    const config = readConfig(text);
    if (!config) return before?.id;
    return this.#database.write(() => {
      if (before) {
        this.#database.run('UPDATE run SET config = ?, title = ?, steps = ? WHERE id = ?', text, config.name, config.steps, before.id);
        return before.id;
      }
      // Notes of an earlier run of this name are not this one's; its own come back with its folder.
      const hash = configHash(text);
      if (this.#database.row('SELECT 1 FROM run_note WHERE name = ? AND config_hash <> ?', name, hash)) {
        this.#database.run('DELETE FROM run_note WHERE name = ?', name);
        this.#database.run('DELETE FROM run_tag WHERE name = ?', name);
      }
      return Number(this.#database.run("INSERT INTO run(name, config, title, steps, status) VALUES (?, ?, ?, ?, 'interrupted')", name, text, config.name, config.steps).lastInsertRowid);
    });
  }

  /** What a list of runs shows, from what is indexed. */
  #summarise(id: number, working: boolean, logTime: string | undefined): void {
    const database = this.#database;
    const last = database.row<{ kind: string; at: string; detail: string }>("SELECT kind, at, detail FROM run_event WHERE run = ? AND kind IN ('started', 'stopped', 'finished', 'failed') ORDER BY bytes DESC LIMIT 1", id);
    const started = database.row<{ at: string }>("SELECT at FROM run_event WHERE run = ? AND kind = 'started' ORDER BY bytes LIMIT 1", id)?.at ?? null;
    const ended = last !== undefined && last.kind !== 'started';
    const status: RunStatus = working ? 'running' : ended ? (last.kind as RunStatus) : 'interrupted';
    const metric = (name: string, order: string): { step: number; value: number } | undefined => database.row(`SELECT step, value FROM metric WHERE run = ? AND name = (SELECT id FROM metric_name WHERE name = ?) ORDER BY ${order} LIMIT 1`, id, name);
    const step = database.row<{ step: number | null }>('SELECT max(step) AS step FROM log_place WHERE run = ?', id)?.step ?? -1;
    const [f1, best] = [metric('heldOut.f1', 'step DESC'), metric('heldOut.f1', 'value DESC, step')];
    const alarms = database.row<{ count: number }>("SELECT count(*) AS count FROM run_event WHERE run = ? AND kind = 'alarm'", id)?.count ?? 0;
    database.run(
      'UPDATE run SET status = ?, reason = ?, step = ?, started_at = ?, ended_at = ?, reward = ?, last_f1 = ?, best_f1 = ?, best_step = ?, alarms = ? WHERE id = ?',
      status, ended && !working ? reasonOf(last.kind, last.detail) : null, step + 1, started, working ? null : ended ? last.at : (logTime ?? null),
      metric('rewardMean', 'step DESC')?.value ?? null, f1?.value ?? null, best?.value ?? null, best?.step ?? null, alarms, id,
    );
  }
}

/** Why a run ended, as its last event has it. */
function reasonOf(kind: string, detail: string): string | null {
  const { why, reason } = JSON.parse(detail) as { readonly why?: string; readonly reason?: string };
  return kind === 'failed' ? (reason ?? null) : (why ?? null);
}

export const configHash = (text: string): string => createHash('sha256').update(text).digest('hex');

export function readConfig(text: string): RunConfig | undefined {
  return runConfig.safeParse(parseJson(text)).data;
}

/** Names of the folders in a folder; none where there is no such folder. */
export const foldersIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() && !entry.name.startsWith('.') ? [entry.name] : [])) : []);
