import type { Sample } from '../records/sample.ts';
import { paperCodingMetric, paperMetric } from '../reward/paper-metrics.ts';
import { standardMetric } from '../reward/standard-metric.ts';
import type { TextMetric } from '../reward/text-metrics.ts';

/** Parts of a benchmark by position: the first `count` items, then the next part. */
export type SplitByPosition = { readonly name: string; readonly count: number };

export type Benchmark = {
  readonly name: string;
  readonly title: string;
  readonly task: 'coding' | 'search';
  /** How the published figures were counted. */
  readonly paperMetric: TextMetric;
  readonly splits: readonly SplitByPosition[];
  /** Items of the whole benchmark; another number is scored too, and said. */
  readonly items: number | undefined;
};

const multiHop = (name: string, title: string, items: number): Benchmark => ({ name, title, task: 'search', paperMetric, splits: [], items });

/** The benchmarks of the paper's tables, and the built-in task. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'mat-coding', title: 'MAT-Coding', task: 'coding', paperMetric: paperCodingMetric, splits: [{ name: 'simple', count: 70 }, { name: 'hard', count: 130 }], items: 200 },
  { name: 'mat-search', title: 'MAT-Search', task: 'search', paperMetric, splits: [{ name: 'simple', count: 75 }, { name: 'hard', count: 75 }], items: 150 },
  multiHop('2wiki', '2WikiMultihopQA', 12_576),
  multiHop('hotpotqa', 'HotpotQA', 7405),
  multiHop('musique', 'MuSiQue', 2417),
  multiHop('bamboogle', 'Bamboogle', 125),
  { name: 'mat-mini', title: 'MAT-mini', task: 'coding', paperMetric: standardMetric, splits: [], items: undefined },
];

export const scorers = ['standard', 'paper'] as const;
export type Scorer = (typeof scorers)[number];

/** How a scorer compares the answers of a benchmark. */
export const metricOf = ({ paperMetric: paper }: Benchmark, scorer: Scorer): TextMetric => (scorer === 'paper' ? paper : standardMetric);

/** The name of the part that item `index` of `total` is in; undefined where the benchmark has no parts or another length. */
export function splitByPosition({ splits, items }: Benchmark, index: number, total: number): string | undefined {
  if (splits.length === 0 || total !== items) return undefined;
  let end = 0;
  return splits.find(({ count }) => index < (end += count))?.name;
}

/** In words, that all samples are of another kind than the benchmark's; undefined where one is of its own. */
export function otherKind({ name, title, task }: Benchmark, samples: readonly Sample[]): string | undefined {
  if (name === 'mat-mini' || samples.length === 0 || samples.some((sample) => sample.task === task)) return undefined;
  return `${title} has ${task} questions, and this file has none: it may be another file.`;
}
