import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { evaluationConfig } from '../../evaluate/folder.ts';
import { lockOwner } from '../../process-lock.ts';
import { parseJson } from '../../records/parse-json.ts';
import type { Connection } from '../connection.ts';
import { type Line, LineFile } from '../../lines.ts';
import { foldersIn } from '../runs/run-scan.ts';
import { inSlices, sliceMs } from '../slices.ts';
import { csvRows } from './csv-rows.ts';
import type { EvaluationState, Outcome } from './evaluations.ts';

export const evaluationsFolder = (home: string): string => path.join(home, 'evaluations');

/** What the index takes from a line of items.jsonl. */
const itemFacts = z.object({
  index: z.int().nonnegative(),
  id: z.string(),
  trajectory: z.object({ startedAt: z.string(), ms: z.number(), ending: z.object({ kind: z.string(), answer: z.string().optional() }) }),
});

const estimate = z.object({ mean: z.number(), low: z.number(), high: z.number() });
const reportFacts = z.object({ scores: z.object({ all: z.object({ f1: estimate, em: estimate }) }) });

/** Columns of report.csv: id, split, f1, em, answer, gold. */
const [f1Column, emColumn, goldColumn] = [2, 3, 5];

type Known = { readonly id: number; readonly config: string; readonly seen: string; readonly state: EvaluationState };

/** Keeps the tables of evaluations as their folders are. */
export class EvaluationScan {
  readonly #home: string;
  readonly #database: Connection;

  constructor(home: string, database: Connection) {
    [this.#home, this.#database] = [home, database];
  }

  /** @returns the names of evaluations that changed, came or went. */
  async look(signal?: AbortSignal): Promise<readonly string[]> {
    const folders = foldersIn(evaluationsFolder(this.#home));
    const changed: string[] = [];
    for (const name of folders) {
      signal?.throwIfAborted();
      if (await this.#lookAt(name, signal)) changed.push(name);
    }
    const there = new Set(folders);
    for (const { name } of this.#database.rows<{ name: string }>('SELECT name FROM evaluation')) {
      if (there.has(name)) continue;
      this.forget(name);
      changed.push(name);
    }
    return changed;
  }

  /** Takes an evaluation out of the index, before its folder is moved. */
  forget(name: string): void {
    this.#database.run('DELETE FROM evaluation WHERE name = ?', name);
  }

  async #lookAt(name: string, signal: AbortSignal | undefined): Promise<boolean> {
    const folder = path.join(evaluationsFolder(this.#home), name);
    const file = (each: string): string => path.join(folder, each);
    const seen = ['evaluation.json', 'items.jsonl', 'report.json'].map((each) => {
      const found = statSync(file(each), { throwIfNoEntry: false, bigint: true });
      return found ? `${found.mtimeNs} ${found.size}` : '-';
    }).join(', ');
    if (seen.startsWith('-')) return false;
    const before = this.#database.row<Known>('SELECT id, config, seen, state FROM evaluation WHERE name = ?', name);
    const working = lockOwner(file('lock')) !== undefined;
    if (before?.seen === seen && (before.state === 'running') === working) return false;
    const id = this.#takeConfig(name, readFileSync(file('evaluation.json'), 'utf8'), before);
    if (id === undefined) return false;
    const grew = existsSync(file('items.jsonl')) && (await this.#takeItems(id, file('items.jsonl'), signal));
    this.#database.write(() => {
      if (!grew || before?.seen.split(', ')[2] !== seen.split(', ')[2]) this.#takeReport(id, folder);
      this.#summarise(id, working);
      this.#database.run('UPDATE evaluation SET seen = ? WHERE id = ?', seen, id);
    });
    return true;
  }

  #takeConfig(name: string, text: string, before: Known | undefined): number | undefined {
    if (before?.config === text) return before.id;
    const config = evaluationConfig.safeParse(parseJson(text)).data;
    if (!config) return before?.id;
    return this.#database.write(() => {
      this.forget(name); // another evaluation took its place
      return Number(this.#database.run("INSERT INTO evaluation(name, config, benchmark, policy, mode, total, state) VALUES (?, ?, ?, ?, ?, ?, 'stopped')", name, text, config.benchmark, config.policy, config.mode, config.items).lastInsertRowid);
    });
  }

  /** @returns whether there were new lines only: false where the file was written anew. */
  async #takeItems(id: number, file: string, signal: AbortSignal | undefined): Promise<boolean> {
    const database = this.#database;
    const items = new LineFile(file);
    try {
      const { bytes, tail } = database.row<{ bytes: number; tail: string }>('SELECT items_bytes AS bytes, items_tail AS tail FROM evaluation WHERE id = ?', id) as { bytes: number; tail: string };
      const agrees = bytes === 0 || (items.size >= bytes && items.tailBefore(bytes) === tail);
      if (!agrees) database.write(() => {
        database.run('DELETE FROM evaluation_item WHERE evaluation = ?', id);
        database.run("UPDATE evaluation SET items_bytes = 0, items_tail = '' WHERE id = ?", id);
      });
      const lines = items.from(agrees ? bytes : 0);
      await inSlices(() => database.write(() => {
        const until = performance.now() + sliceMs;
        for (let end: number | undefined; ; ) {
          const { value: line, done } = lines.next();
          if (!done) {
            this.#takeItem(id, line);
            end = line.bytes + line.length;
          }
          if (!done && performance.now() < until) continue;
          if (end !== undefined) database.run('UPDATE evaluation SET items_bytes = ?, items_tail = ? WHERE id = ?', end, items.tailBefore(end), id);
          return !done;
        }
      }), signal);
      return agrees;
    } finally {
      items.close();
    }
  }

  #takeItem(evaluation: number, { text, bytes, length }: Line): void {
    const item = itemFacts.safeParse(parseJson(text)).data;
    if (!item) return;
    const { index, id, trajectory: { ending, startedAt, ms } } = item;
    const outcome: Outcome = ending.kind === 'answered' ? 'unscored' : ending.kind === 'invalid' ? 'invalid' : 'unanswered';
    this.#database.run('INSERT OR REPLACE INTO evaluation_item(evaluation, place, id, outcome, answer, bytes, length) VALUES (?, ?, ?, ?, ?, ?, ?)', evaluation, index, id, outcome, ending.answer ?? null, bytes, length);
    const endedAt = new Date(Date.parse(startedAt) + ms);
    const ended = Number.isNaN(endedAt.getTime()) ? startedAt : endedAt.toISOString();
    this.#database.run('UPDATE evaluation SET started_at = min(coalesce(started_at, ?), ?), ended_at = max(coalesce(ended_at, ?), ?) WHERE id = ?', startedAt, startedAt, ended, ended, evaluation);
  }

  /** Scores are in the report, in the order of the valid items; a report of fewer items than there are now tells nothing of the others. */
  #takeReport(id: number, folder: string): void {
    const database = this.#database;
    const [figures, csv] = ['report.json', 'report.csv'].map((name) => path.join(folder, name)) as [string, string];
    const report = existsSync(figures) && existsSync(csv) ? reportFacts.safeParse(parseJson(readFileSync(figures, 'utf8'))).data : undefined;
    database.run('UPDATE evaluation SET f1 = ?, em = ? WHERE id = ?', report ? JSON.stringify(report.scores.all.f1) : null, report ? JSON.stringify(report.scores.all.em) : null, id);
    if (!report) return;
    const rows = csvRows(readFileSync(csv, 'utf8')).slice(1);
    const items = database.rows<{ place: number; id: string; outcome: Outcome }>("SELECT place, id, outcome FROM evaluation_item WHERE evaluation = ? AND outcome <> 'invalid' ORDER BY place", id);
    let next = 0;
    for (const { place, id: item, outcome } of items) {
      const row = rows[next];
      if (row?.[0] !== item && row?.[0] !== `'${item}`) continue;
      next += 1;
      const em = Number(row[emColumn]);
      const scored: Outcome = outcome === 'unanswered' ? 'unanswered' : em === 1 ? 'right' : 'wrong';
      database.run('UPDATE evaluation_item SET outcome = ?, f1 = ?, em = ?, gold = ? WHERE evaluation = ? AND place = ?', scored, Number(row[f1Column]), em, row[goldColumn] ?? null, id, place);
    }
  }

  #summarise(id: number, working: boolean): void {
    const counts = this.#database.row<{ done: number; invalid: number }>("SELECT count(*) AS done, count(*) FILTER (WHERE outcome = 'invalid') AS invalid FROM evaluation_item WHERE evaluation = ?", id) ?? { done: 0, invalid: 0 };
    this.#database.run('UPDATE evaluation SET done = ?, invalid = ? WHERE id = ?', counts.done, counts.invalid, id);
    this.#database.run("UPDATE evaluation SET state = CASE WHEN ? THEN 'running' WHEN done >= total THEN 'finished' ELSE 'stopped' END WHERE id = ?", Number(working), id);
  }
}

