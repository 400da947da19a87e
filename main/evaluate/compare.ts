import { InputError } from '../records/input-error.ts';
import type { Score } from '../records/score.ts';
import type { Report } from './report.ts';
import { type Estimate, bootstrap, bootstrapSeed, mcnemar } from './statistics.ts';

export type Changed = { readonly id: string; readonly gold: readonly string[]; readonly before: string | null; readonly after: string | null; readonly f1Before: number; readonly f1After: number };

/** What is compared of an evaluation. */
export type Compared = { readonly config: Pick<Report['config'], 'benchmark' | 'items' | 'dataHash' | 'scorer'>; readonly scores: Pick<Report['scores'], 'items'> };

/** Two evaluations of the same items, item by item. */
export type Comparison = {
  readonly n: number;
  /** Items that only one of the two has. */
  readonly unpaired: number;
  readonly before: { readonly f1: Estimate; readonly em: Estimate };
  readonly after: { readonly f1: Estimate; readonly em: Estimate };
  /** After less before, paired, in percent. */
  readonly difference: { readonly f1: Estimate; readonly em: Estimate };
  /** Exact matches that only the first, only the second has, and the p-value of McNemar's exact test. */
  readonly mcnemar: { readonly onlyBefore: number; readonly onlyAfter: number; readonly p: number };
  readonly better: readonly Changed[];
  readonly worse: readonly Changed[];
};

/** @throws InputError when the two do not measure the same. */
export function compare(before: Compared, after: Compared, names: readonly [string, string]): Comparison {
  // Another number of items is other data, too: the number says more than its hash.
  for (const field of ['benchmark', 'items', 'dataHash', 'scorer'] as const) {
    if (before.config[field] !== after.config[field]) {
      throw new InputError({ thing: `${names[1]}: ${field}`, expected: `${before.config[field]}, as in ${names[0]}`, found: String(after.config[field]), remedy: 'Compare evaluations of the same benchmark, data and scorer.' });
    }
  }
  const second = new Map(after.scores.items.map((item) => [item.id, item]));
  const pairs = before.scores.items.flatMap((first) => {
    const other = second.get(first.id);
    return other ? [[first, other] as const] : [];
  });
  if (pairs.length === 0) throw new InputError({ thing: `${names[0]} and ${names[1]}`, expected: 'items that both have finished', found: 'none', remedy: 'Let both run on.' });
  const column = (value: (pair: (typeof pairs)[number]) => number): Float64Array => Float64Array.from(pairs, value);
  const figure = (key: keyof Score): readonly Float64Array[] => [column(([a]) => a[key]), column(([, b]) => b[key]), column(([a, b]) => b[key] - a[key])];
  const estimates = bootstrap([...figure('f1'), ...figure('em')], bootstrapSeed);
  const [f1a, f1b, f1d, ema, emb, emd] = estimates as [Estimate, Estimate, Estimate, Estimate, Estimate, Estimate];
  const onlyBefore = pairs.filter(([a, b]) => a.em > b.em).length;
  const onlyAfter = pairs.filter(([a, b]) => b.em > a.em).length;
  const changed = pairs.flatMap(([a, b]): readonly Changed[] => (a.f1 === b.f1 ? [] : [{ id: a.id, gold: a.golds, before: a.answer, after: b.answer, f1Before: a.f1, f1After: b.f1 }]));
  return {
    n: pairs.length,
    unpaired: before.scores.items.length + after.scores.items.length - 2 * pairs.length,
    before: { f1: f1a, em: ema },
    after: { f1: f1b, em: emb },
    difference: { f1: f1d, em: emd },
    mcnemar: { onlyBefore, onlyAfter, p: mcnemar(onlyBefore, onlyAfter) },
    better: changed.filter(({ f1Before, f1After }) => f1After > f1Before),
    worse: changed.filter(({ f1Before, f1After }) => f1After < f1Before),
  };
}
