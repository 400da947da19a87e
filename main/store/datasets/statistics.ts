import type { Connection } from '../connection.ts';
import { type SampleFilter, samplesWhere } from './filter.ts';
import { keysOf } from './keys.ts';

type Counts = Readonly<Record<string, number>>;

/** How many samples have each value of what can be filtered by; the split '' is none. */
export type SampleCounts = { readonly total: number; readonly kinds: Counts; readonly splits: Counts; readonly issues: Counts; readonly tags: Counts; readonly withImage: number; readonly withoutImage: number };

export type DatasetStatistics = SampleCounts & {
  readonly answers: { readonly none: number; readonly one: number; readonly several: number };
  /** Samples by their number of images. */
  readonly images: Counts;
  /** Samples by the length of their question in characters: `counts[i]` from `edges[i]` on, below `edges[i + 1]`. */
  readonly questionLength: { readonly edges: readonly number[]; readonly counts: readonly number[] };
  /** Samples with an annotated chain, and the steps of all chains. */
  readonly chains: number;
  readonly chainSteps: number;
};

/** Counts of the samples of a dataset that fit the filter. */
export function countSamples(database: Connection, dataset: number, filter: SampleFilter = {}): SampleCounts {
  const found = samplesWhere(database, dataset, filter);
  const groups = database.all(found.groupBy(['kind', 'split', 'images', 'issues']).select((e) => ['kind', 'split', 'images', 'issues', e.fn.countAll<number>().as('count')]));
  const sum = (namesOf: (group: (typeof groups)[number]) => readonly string[]): Counts => {
    const counts: Record<string, number> = {};
    for (const group of groups) for (const name of namesOf(group)) counts[name] = (counts[name] ?? 0) + group.count;
    return counts;
  };
  const withImage = sum(({ images }) => [images > 0 ? 'with' : 'without']);
  return {
    total: groups.reduce((total, { count }) => total + count, 0),
    kinds: sum(({ kind }) => [kind]),
    splits: sum(({ split }) => [split]),
    issues: sum(({ issues }) => issues.split(' ').filter((issue) => issue !== '')),
    tags: tagCounts(database, dataset, filter),
    withImage: withImage['with'] ?? 0,
    withoutImage: withImage['without'] ?? 0,
  };
}

function tagCounts(database: Connection, dataset: number, filter: SampleFilter): Counts {
  const [first, last] = keysOf(dataset);
  if (!database.row('SELECT 1 FROM sample_tag WHERE key BETWEEN ? AND ? LIMIT 1', first, last)) return {};
  const keys = samplesWhere(database, dataset, filter).select('sample.key');
  const rows = database.all(database.query.selectFrom('sample_tag').where('key', '>=', first).where('key', '<=', last).where('key', 'in', keys).groupBy('tag').orderBy('tag').select((e) => ['tag', e.fn.countAll<number>().as('count')]));
  return Object.fromEntries(rows.map(({ tag, count }) => [tag, count]));
}

/** What is in a dataset, for charts. */
export function statisticsOf(database: Connection, dataset: number): DatasetStatistics {
  const where = 'FROM sample WHERE dataset = ? AND bin IS NULL';
  const counted = (expression: string): readonly (readonly [value: number, count: number])[] => database.tuples(`SELECT ${expression} AS value, count(*) ${where} GROUP BY value ORDER BY value`, dataset);
  const answers = new Map(counted('min(answer_count, 2)'));
  const [chains, chainSteps] = database.tuples<readonly [number, number]>(`SELECT count(*) FILTER (WHERE steps > 0), coalesce(sum(steps), 0) ${where}`, dataset)[0] ?? [0, 0];
  return {
    ...countSamples(database, dataset),
    answers: { none: answers.get(0) ?? 0, one: answers.get(1) ?? 0, several: answers.get(2) ?? 0 },
    images: Object.fromEntries(counted('images')),
    questionLength: histogram(counted('question_length')),
    chains,
    chainSteps,
  };
}

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];
const mostBars = 24;

/** Bars of a round width, few enough to be seen at once. */
function histogram(lengths: readonly (readonly [value: number, count: number])[]): DatasetStatistics['questionLength'] {
  const longest = lengths.at(-1)?.[0] ?? 0;
  const width = steps.find((step) => longest / step < mostBars) ?? Math.ceil((longest + 1) / mostBars);
  const counts = new Array<number>(Math.floor(longest / width) + 1).fill(0);
  for (const [length, count] of lengths) counts[Math.floor(length / width)] = (counts[Math.floor(length / width)] as number) + count;
  return { edges: [...counts.keys(), counts.length].map((i) => i * width), counts };
}
