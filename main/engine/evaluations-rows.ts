import type { z } from 'zod';
import type { evaluationsContract } from '../../preload/contract/evaluations.ts';
import type { Scorer } from '../evaluate/benchmarks.ts';
import { InputError } from '../records/input-error.ts';
import type { EvaluationRow } from '../store/evaluations/evaluations.ts';
import type { EngineContext } from './context.ts';
import type { EvaluationFigures } from './evaluations-figures.ts';
import { type Command, failureIn, isImported, notBegun, readCommand } from './evaluations-folder.ts';
import { Pace } from './evaluations-pace.ts';
import type { EvaluationStarter } from './evaluations-starter.ts';

export type Row = z.input<(typeof evaluationsContract)['evaluations.list']['output']>['rows'][number];

type Waiting = { readonly name: string; readonly command: Command };

/** Evaluations as rows of a table: those of the index, and those whose process has not written its folder yet. */
export class EvaluationRows {
  readonly #home: string;
  readonly #evaluations: EngineContext['store']['evaluations'];
  readonly #starter: EvaluationStarter;
  readonly #figures: EvaluationFigures;
  readonly #pace = new Pace();

  constructor({ home, store }: EngineContext, starter: EvaluationStarter, figures: EvaluationFigures) {
    this.#home = home;
    this.#evaluations = store.evaluations;
    this.#starter = starter;
    this.#figures = figures;
  }

  of(row: EvaluationRow, scorer: Scorer | null): Row {
    const { name, benchmark, data, policy, mode, done, total, invalid, startedAt, endedAt } = row;
    const own = row.scorer as Scorer;
    const imported = isImported(this.#home, name);
    const tools = imported ? undefined : this.#figures.report(name)?.tools;
    if (row.state !== 'running') this.#pace.forget(name);
    const counted = row.done - row.invalid;
    return {
      name, benchmark, data, policy, mode, scorer: scorer ?? own, prompts: this.#evaluations.config(name).prompts, ...this.#stateOf(name, row.state),
      origin: imported ? 'imported' : readCommand(this.#home, name) ? 'app' : 'elsewhere',
      done, total, invalid, secondsLeft: row.state === 'running' ? this.#pace.secondsLeft(name, done, total) : null,
      parts: [...this.#figures.parts(row, scorer ?? own)], toolUse: tools && counted > 0 ? Math.min(100, (100 * tools.itemsWithTools) / counted) : null, startedAt, endedAt,
    };
  }

  /** @throws InputError where there is none of this name, waiting or kept. */
  named(name: string, scorer: Scorer | null): { readonly row: Row; readonly kept: EvaluationRow | undefined } {
    const waiting = this.#waiting().find((each) => each.name === name);
    if (waiting) return { row: this.#beginning(waiting), kept: undefined };
    const kept = this.#evaluations.get(name);
    return { row: this.of(kept, scorer), kept };
  }

  isWaiting(name: string): boolean {
    return this.#waiting().some((each) => each.name === name);
  }

  /** Those that wait and have all these words, in lower case, in what their rows show. */
  waitingWith(words: readonly string[]): readonly Row[] {
    return this.#waiting()
      .filter(({ name, command: { benchmark, policy, mode } }) => words.every((word) => `${name} ${benchmark} ${policy} ${mode}`.toLowerCase().includes(word)))
      .map((each) => this.#beginning(each));
  }

  #waiting(): readonly Waiting[] {
    return notBegun(this.#home, (name) => this.#isKnown(name));
  }

  #isKnown(name: string): boolean {
    try {
      return this.#evaluations.get(name).name === name;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  }

  #beginning({ name, command: { benchmark, data, policy, mode, scorer, prompts, at } }: Waiting): Row {
    return { name, benchmark, data, policy, mode, scorer, prompts, origin: 'app', ...this.#stateOf(name, 'stopped'), done: 0, total: 0, invalid: 0, secondsLeft: null, parts: [], toolUse: null, startedAt: at, endedAt: null };
  }

  #stateOf(name: string, state: Row['state']): Pick<Row, 'state' | 'failure'> {
    if (state === 'running' || state === 'finished') return { state, failure: null };
    if (this.#starter.isStarting(name)) return { state: 'starting', failure: null };
    const failure = this.#starter.wordsOfEnd(name) === undefined ? failureIn(this.#home, name) : (failureIn(this.#home, name) ?? this.#starter.wordsOfEnd(name));
    return failure === undefined ? { state: 'stopped', failure: null } : { state: 'failed', failure };
  }
}
