import { InputError } from '../../records/input-error.ts';
import type { Connection } from '../connection.ts';
import { hasSpans, spanSteps } from './spans.ts';
import { type Points, type Stretch, thinned } from './thinned.ts';

/** The points of a metric; `total` of them before they were thinned out. */
export type Series = Points & { readonly total: number };

export type SeriesWish = {
  /** A name that ends in * stands for all metrics of the run that begin so. */
  readonly names: readonly string[];
  /** The first and the last step that count. */
  readonly fromStep?: number;
  readonly toStep?: number;
  /** Points of each series, at least 4; beyond it the lowest and the highest of each stretch are kept. 2000 by default. */
  readonly maxPoints?: number;
};

type Point = readonly [step: number, value: number];

const nothing: Series = { steps: new Float64Array(), values: new Float64Array(), total: 0 };

/** One series for each name; empty where the run has no such metric. @throws InputError for less than 4 points. */
export function seriesOf(database: Connection, run: number, { names, fromStep = 0, toStep = Number.MAX_SAFE_INTEGER, maxPoints = 2000 }: SeriesWish): Readonly<Record<string, Series>> {
  if (!Number.isInteger(maxPoints) || maxPoints < 4) throw new InputError({ thing: 'points of a series', expected: 'a whole number from 4', found: String(maxPoints), remedy: 'Ask for more points.' });
  const known = database.rows<{ id: number; name: string }>('SELECT id, name FROM metric_name WHERE EXISTS (SELECT 1 FROM metric WHERE run = ? AND metric.name = metric_name.id)', run);
  const wanted = names.flatMap((name) => (name.endsWith('*') ? known.filter((each) => each.name.startsWith(name.slice(0, -1))).map((each) => each.name) : [name]));
  return Object.fromEntries(wanted.map((name) => {
    const id = known.find((each) => each.name === name)?.id;
    return [name, id === undefined ? nothing : new Metric(database, run, id).between(fromStep, toStep, maxPoints)];
  }));
}

class Metric {
  readonly #spans: boolean;
  readonly #rows: <T extends readonly unknown[]>(columns: string, table: 'metric' | 'metric_span', condition: string, ...values: readonly number[]) => T[];

  constructor(database: Connection, run: number, name: number) {
    this.#spans = hasSpans(database, run);
    this.#rows = (columns, table, condition, ...values) => database.tuples(`SELECT ${columns} FROM ${table} WHERE run = ? AND name = ? AND ${condition}`, run, name, ...values);
  }

  between(from: number, to: number, most: number): Series {
    const end = (order: 'ASC' | 'DESC'): Point | undefined => this.#rows<Point>('step, value', 'metric', `step BETWEEN ? AND ? ORDER BY step ${order} LIMIT 1`, from, to)[0];
    const [first, last] = [end('ASC'), end('DESC')];
    if (!first || !last) return nothing;
    // Spans are coarse: they serve where each is less than two buckets, so at most 16 · most rows are read point by point.
    // Grouping those in SQL takes longer than reading them: it sorts, and an extreme and its step are had from one column a pass.
    if (!this.#spans || last[0] - first[0] < (most / 4) * spanSteps) return this.#exactly(first, last, most);
    const [begin, until] = [Math.ceil(from / spanSteps), Math.floor((to + 1) / spanSteps)];
    const inner = this.#rows<Stretch>('low_step, low, high_step, high, count, total', 'metric_span', 'span >= ? AND span < ? ORDER BY span', begin, until);
    const stretches = [...this.#points(from, begin * spanSteps - 1).map(alone), ...inner, ...this.#points(until * spanSteps, to).map(alone)];
    const total = stretches.reduce((sum, [, , , , count]) => sum + count, 0);
    return total <= most ? this.#exactly(first, last, most) : { ...thinned(stretches, first, last, most), total };
  }

  #exactly(first: Point, last: Point, most: number): Series {
    const points = this.#points(first[0], last[0]);
    if (points.length > most) return { ...thinned(points.map(alone), first, last, most), total: points.length };
    return { steps: Float64Array.from(points, ([step]) => step), values: Float64Array.from(points, ([, value]) => value), total: points.length };
  }

  #points(from: number, to: number): Point[] {
    return to < from ? [] : this.#rows<Point>('step, value', 'metric', 'step BETWEEN ? AND ? ORDER BY step', from, to);
  }
}

const alone = ([step, value]: Point): Stretch => [step, value, step, value, 1, value];
