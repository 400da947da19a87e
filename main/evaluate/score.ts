import type { Score } from '../records/score.ts';
import { scoreAnswer } from '../reward/text-metrics.ts';
import { type Benchmark, type Scorer, metricOf, splitByPosition } from './benchmarks.ts';
import { type Estimate, bootstrap, bootstrapSeed } from './statistics.ts';

/** One item of a benchmark with what was predicted for it. */
export type Prediction = {
  readonly id: string;
  /** null: nothing was answered. */
  readonly answer: string | null;
  readonly golds: readonly string[];
  readonly split?: string;
};

export type PartFigures = { readonly n: number; readonly unanswered: number; readonly f1: Estimate; readonly em: Estimate };

/** Of no items: there is no figure, not a figure of 0. */
export type NoFigures = { readonly n: 0; readonly unanswered: 0; readonly f1: null; readonly em: null };

export type Scores = {
  readonly benchmark: string;
  readonly scorer: Scorer;
  readonly all: PartFigures | NoFigures;
  readonly splits: Readonly<Record<string, PartFigures>>;
  readonly items: readonly (Prediction & Score)[];
  readonly notes: readonly string[];
};

/** Scores predictions, whole and by the benchmark's parts (an item's own split, else by position): the items in 0…1, the figures in percent with 95 % intervals. */
export function scorePredictions(benchmark: Benchmark, scorer: Scorer, predictions: readonly Prediction[]): Scores {
  const metric = metricOf(benchmark, scorer);
  const items = predictions.map((each, i) => {
    const split = each.split ?? splitByPosition(benchmark, i, predictions.length);
    return { ...each, ...(split !== undefined && { split }), ...scoreAnswer(metric, each.answer, each.golds) };
  });
  const names = [...new Set(items.flatMap(({ split }) => (split === undefined ? [] : [split])))];
  const splits = names.map((name) => [name, figuresOf(items.filter(({ split }) => split === name))] as const);
  const { items: expected, title } = benchmark;
  const notes = expected !== undefined && expected !== items.length ? [`${title} has ${expected} items, these are ${items.length}`] : [];
  const goldless = items.filter(({ golds }) => golds.length === 0).length;
  if (goldless > 0) notes.push(`${goldless} items have no gold answer and score 0`);
  const again = repeated(items.map(({ id }) => id));
  if (again.length > 0) notes.push(`${again.length} ids come more than once, and each of their rows counts: ${again.slice(0, 10).join(', ')}${again.length > 10 ? ' …' : ''}`);
  return { benchmark: benchmark.name, scorer, all: items.length === 0 ? { n: 0, unanswered: 0, f1: null, em: null } : figuresOf(items), splits: Object.fromEntries(splits), items, notes };
}

function repeated(ids: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return [...new Set(ids.filter((id) => seen.has(id) || !seen.add(id)))];
}

/** Of one item or more. */
function figuresOf(items: readonly (Prediction & Score)[]): PartFigures {
  const unanswered = items.filter(({ answer }) => answer === null || answer.trim() === '').length;
  const [f1, em] = bootstrap([Float64Array.from(items, (item) => item.f1), Float64Array.from(items, (item) => item.em)], bootstrapSeed) as [Estimate, Estimate];
  return { n: items.length, unanswered, f1, em };
}
