import path from 'node:path';
import { InputError } from '../../records/input-error.ts';
import { parseJson } from '../../records/parse-json.ts';
import type { RunEvent } from '../../records/run-events.ts';
import { runsFolder } from '../../train/run-folder.ts';
import type { Connection } from '../connection.ts';
import { LineFile } from '../../lines.ts';
import { type Series, type SeriesWish, seriesOf } from './series.ts';

export type TrajectoryRow = {
  readonly step: number;
  readonly group: number;
  readonly member: number;
  /** The sample's id. */
  readonly sample: string;
  /** null: ended by a fault of ours. */
  readonly reward: number | null;
  readonly advantage: number;
  /** Code of the agent that failed. */
  readonly toolError: boolean;
  /** All rewards of its group are equal; known when the step is done. */
  readonly zeroSpread: boolean;
  readonly truncated: boolean;
  readonly invalid: boolean;
  /** Length of its line in the log. */
  readonly bytes: number;
};

export const trajectoryMarks = ['toolError', 'zeroSpread', 'truncated', 'invalid'] as const;

export type TrajectoryFilter = { readonly only?: (typeof trajectoryMarks)[number]; readonly order?: 'place' | 'highest' | 'lowest'; readonly limit?: number };

export type TrajectoryPlace = { readonly step: number; readonly group: number; readonly member: number };
export type WholeTrajectory = Extract<RunEvent, { kind: 'trajectory' }>;

const columnOf = { toolError: 'tool_error', zeroSpread: 'zero_spread', truncated: 'truncated', invalid: 'invalid' } as const;
const orderOf = { place: 'part, member', highest: 'reward DESC NULLS LAST, part, member', lowest: 'reward ASC NULLS LAST, part, member' } as const;
const columns = 'step, part, member, sample, reward, advantage, tool_error, zero_spread, truncated, invalid, length';

/** What a run measured and what its agents did. Names of runs that are not there throw InputError. */
export class RunData {
  readonly #home: string;
  readonly #database: Connection;

  constructor(home: string, database: Connection) {
    [this.#home, this.#database] = [home, database];
  }

  /** One series for each name; empty where the run has no such metric. */
  series(run: string, wish: SeriesWish): Readonly<Record<string, Series>> {
    return seriesOf(this.#database, this.#id(run), wish);
  }

  /** Steps that are done, in order. */
  steps(run: string): readonly number[] {
    return this.#database.tuples<readonly [number]>('SELECT step FROM log_place WHERE run = ? ORDER BY step', this.#id(run)).map(([step]) => step);
  }

  trajectories(run: string, step: number, { only, order = 'place', limit = 4096 }: TrajectoryFilter = {}): readonly TrajectoryRow[] {
    return this.#database.rows<Row>(`SELECT ${columns} FROM trajectory WHERE run = ? AND step = ? ${only ? `AND ${columnOf[only]} = 1` : ''} ORDER BY ${orderOf[order]} LIMIT ?`, this.#id(run), step, limit).map(rowOf);
  }

  /** Every trajectory of a sample in a run, by step. */
  drawn(run: string, sample: string): readonly TrajectoryRow[] {
    return this.#database.rows<Row>(`SELECT ${columns} FROM trajectory WHERE run = ? AND sample = ? ORDER BY step, part, member`, this.#id(run), sample).map(rowOf);
  }

  /** A whole trajectory, read from the run's log. @throws InputError where there is none, or the log was changed since. */
  trajectory(run: string, { step, group, member }: TrajectoryPlace): WholeTrajectory {
    const thing = `run ${run}, step ${step + 1}, group ${group}, member ${member}`;
    const place = this.#database.row<{ bytes: number; length: number }>('SELECT bytes, length FROM trajectory WHERE run = ? AND step = ? AND part = ? AND member = ?', this.#id(run), step, group, member);
    if (!place) throw new InputError({ thing, expected: 'a trajectory', found: 'none', remedy: 'Choose one of the step’s list.' });
    const event = parseJson(readLine(path.join(runsFolder(this.#home), run, 'log.jsonl'), place, thing)) as WholeTrajectory | undefined;
    if (event?.kind === 'trajectory' && event.step === step && event.group === group && event.member === member) return event;
    throw new InputError({ thing, expected: 'its line in the run’s log', found: 'something else, since the log was cut back', remedy: 'Look again in a moment, when the log has been read anew.' });
  }

  #id(name: string): number {
    const row = this.#database.row<{ id: number }>('SELECT id FROM run WHERE name = ?', name);
    if (row) return row.id;
    throw new InputError({ thing: `run ${name}`, expected: 'a run of the data folder', found: 'none of this name', remedy: 'Choose a run from the list; it may have been removed.' });
  }
}

/** A line of a file. @throws InputError where the file cannot be read. */
export function readLine(file: string, { bytes, length }: { readonly bytes: number; readonly length: number }, thing: string): string {
  try {
    const lines = new LineFile(file);
    try {
      return lines.read(bytes, length);
    } finally {
      lines.close();
    }
  } catch (error) {
    throw new InputError({ thing, expected: `its line in ${file}`, found: (error as Error).message, remedy: 'Restore the file, or remove what it belongs to from the list.' }, { cause: error });
  }
}

type Row = { readonly step: number; readonly part: number; readonly member: number; readonly sample: string; readonly reward: number | null; readonly advantage: number; readonly tool_error: number; readonly zero_spread: number; readonly truncated: number; readonly invalid: number; readonly length: number };

const rowOf = ({ step, part, member, sample, reward, advantage, tool_error: toolError, zero_spread: zeroSpread, truncated, invalid, length }: Row): TrajectoryRow => ({
  step, group: part, member, sample, reward, advantage, toolError: toolError === 1, zeroSpread: zeroSpread === 1, truncated: truncated === 1, invalid: invalid === 1, bytes: length,
});
