import path from 'node:path';
import { sql } from 'kysely';
import { type EvaluatedItem, type EvaluationConfig, evaluatedItem, evaluationConfig } from '../../evaluate/folder.ts';
import type { Estimate } from '../../evaluate/statistics.ts';
import { InputError } from '../../records/input-error.ts';
import { parseJson } from '../../records/parse-json.ts';
import type { Connection } from '../connection.ts';
import { likePattern } from '../like.ts';
import { readLine } from '../runs/run-data.ts';
import type { EvaluationTable } from '../tables.ts';
import { evaluationsFolder } from './evaluation-scan.ts';

export const evaluationStates = ['running', 'stopped', 'finished'] as const;
/** `stopped`: items are left, and no process works on them. */
export type EvaluationState = (typeof evaluationStates)[number];

export const outcomes = ['right', 'wrong', 'unanswered', 'invalid', 'unscored'] as const;
/** `right`: the exact score is 1. `invalid`: a fault of ours. `unscored`: no report counts it yet. */
export type Outcome = (typeof outcomes)[number];

export type EvaluationRow = {
  /** Its folder's name. */
  readonly name: string;
  readonly benchmark: string;
  readonly data: string;
  readonly policy: string;
  readonly mode: 'agent' | 'direct';
  readonly scorer: string;
  readonly state: EvaluationState;
  readonly done: number;
  readonly total: number;
  readonly invalid: number;
  /** Of the last report, in percent with a 95 % interval. */
  readonly f1: Estimate | null;
  readonly em: Estimate | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
};

export type EvaluationFilter = { readonly text?: string; readonly benchmark?: string; readonly state?: EvaluationState; readonly offset?: number; readonly limit?: number };

export type ItemRow = { readonly index: number; readonly id: string; readonly outcome: Outcome; readonly answer: string | null; readonly gold: string | null; readonly f1: number | null; readonly em: number | null };

export type ItemFilter = { readonly outcome?: Outcome; /** In its id, answer or gold answers. */ readonly text?: string; readonly offset?: number; readonly limit?: number };

/** The evaluations of the data folder, as the index has them. */
export class Evaluations {
  readonly #home: string;
  readonly #database: Connection;

  constructor(home: string, database: Connection) {
    [this.#home, this.#database] = [home, database];
  }

  /** The latest first. */
  list({ text, benchmark, state, offset = 0, limit = 100 }: EvaluationFilter = {}): { readonly total: number; readonly rows: readonly EvaluationRow[] } {
    let found = this.#database.query.selectFrom('evaluation');
    if (benchmark !== undefined) found = found.where('benchmark', '=', benchmark);
    if (state !== undefined) found = found.where('state', '=', state);
    for (const word of (text ?? '').split(/\s+/).filter((each) => each !== '')) found = found.where(sql<boolean>`(name || ' ' || benchmark || ' ' || policy || ' ' || mode) LIKE ${likePattern(word)} ESCAPE '\\'`);
    const total = this.#database.first(found.select((e) => e.fn.countAll<number>().as('total')))?.total ?? 0;
    return { total, rows: this.#database.all(found.selectAll().orderBy('started_at', (by) => by.desc().nullsLast()).orderBy('id', 'desc').limit(limit).offset(offset)).map(rowOf) };
  }

  /** @throws InputError where there is no such evaluation. */
  get(name: string): EvaluationRow {
    return rowOf(this.#row(name));
  }

  config(name: string): EvaluationConfig {
    return evaluationConfig.parse(JSON.parse(this.#row(name).config));
  }

  /** Finished items in the order of the benchmark; `counts` are of all. */
  items(name: string, { outcome, text, offset = 0, limit = 100 }: ItemFilter = {}): { readonly total: number; readonly rows: readonly ItemRow[]; readonly counts: Readonly<Record<Outcome, number>> } {
    const { id } = this.#row(name);
    let found = this.#database.query.selectFrom('evaluation_item').where('evaluation', '=', id);
    if (outcome !== undefined) found = found.where('outcome', '=', outcome);
    if (text) found = found.where(sql<boolean>`(id || ' ' || coalesce(answer, '') || ' ' || coalesce(gold, '')) LIKE ${likePattern(text)} ESCAPE '\\'`);
    const total = this.#database.first(found.select((e) => e.fn.countAll<number>().as('total')))?.total ?? 0;
    const rows = this.#database.all(found.select(['place as index', 'id', 'outcome', 'answer', 'gold', 'f1', 'em']).orderBy('place').limit(limit).offset(offset)) as ItemRow[];
    const counted = this.#database.rows<{ outcome: Outcome; count: number }>('SELECT outcome, count(*) AS count FROM evaluation_item WHERE evaluation = ? GROUP BY outcome', id);
    const counts = Object.fromEntries(outcomes.map((each) => [each, counted.find((row) => row.outcome === each)?.count ?? 0])) as Record<Outcome, number>;
    return { total, rows, counts };
  }

  /** A whole item, read from its file. @throws InputError where there is none. */
  item(name: string, index: number): EvaluatedItem {
    const thing = `evaluation ${name}, item ${index}`;
    const place = this.#database.row<{ bytes: number; length: number }>('SELECT bytes, length FROM evaluation_item WHERE evaluation = ? AND place = ?', this.#row(name).id, index);
    if (!place) throw new InputError({ thing, expected: 'a finished item', found: 'none', remedy: 'Choose one of the list.' });
    const parsed = evaluatedItem.safeParse(parseJson(readLine(path.join(evaluationsFolder(this.#home), name, 'items.jsonl'), place, thing)));
    if (parsed.success && parsed.data.index === index) return parsed.data;
    throw new InputError({ thing, expected: 'its line in items.jsonl', found: 'something else', remedy: 'Look again in a moment, when the file has been read anew.' });
  }

  #row(name: string): EvaluationRowTable {
    const row = this.#database.first(this.#database.query.selectFrom('evaluation').selectAll().where('name', '=', name));
    if (row) return row;
    throw new InputError({ thing: `evaluation ${name}`, expected: 'an evaluation of the data folder', found: 'none of this name', remedy: 'Choose one of the list; it may have been removed.' });
  }
}

type EvaluationRowTable = Omit<EvaluationTable, 'id'> & { readonly id: number };

function rowOf({ name, benchmark, policy, mode, state, done, total, invalid, f1, em, started_at: startedAt, ended_at: endedAt, config }: EvaluationRowTable): EvaluationRow {
  const { data, scorer } = JSON.parse(config) as EvaluationConfig;
  const estimateOf = (json: string | null): Estimate | null => (json === null ? null : (JSON.parse(json) as Estimate));
  return { name, benchmark, data, policy, mode: mode as 'agent' | 'direct', scorer, state: state as EvaluationState, done, total, invalid, f1: estimateOf(f1), em: estimateOf(em), startedAt, endedAt };
}
