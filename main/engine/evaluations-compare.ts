import { comparedKinds } from '../../preload/contract/evaluations.ts';
import { type Comparison, compare } from '../evaluate/compare.ts';
import type { Scores } from '../evaluate/score.ts';
import { InputError } from '../records/input-error.ts';
import type { Scored } from './evaluations-figures.ts';

export type ComparedKind = (typeof comparedKinds)[number];

type Item = Scores['items'][number];
export type Pair = { readonly id: string; readonly question: string | null; readonly golds: readonly string[]; readonly before: Item & { readonly index: number }; readonly after: Item & { readonly index: number } };

const tests: Readonly<Record<ComparedKind, (pair: Pair) => boolean>> = {
  all: () => true,
  better: ({ before, after }) => after.f1 > before.f1,
  worse: ({ before, after }) => after.f1 < before.f1,
  same: ({ before, after }) => after.f1 === before.f1,
  onlyBefore: ({ before, after }) => before.em > after.em,
  onlyAfter: ({ before, after }) => after.em > before.em,
  bothRight: ({ before, after }) => before.em === 1 && after.em === 1,
  bothWrong: ({ before, after }) => before.em < 1 && after.em < 1,
};

/** The items that both have, in the order of the first. */
export function pairsOf(before: Scored, after: Scored): readonly Pair[] {
  const others = new Map(after.scores.items.map((item, i) => [item.id, { ...item, index: after.places[i] as number }]));
  return before.scores.items.flatMap((item, i) => {
    const other = others.get(item.id);
    if (!other) return [];
    const index = before.places[i] as number;
    const question = before.samples?.[index]?.question || after.samples?.[other.index]?.question || null;
    return [{ id: item.id, question, golds: item.golds, before: { ...item, index }, after: other }];
  });
}

export const ofKind = (pairs: readonly Pair[], kind: ComparedKind): readonly Pair[] => pairs.filter(tests[kind]);

export const countKinds = (pairs: readonly Pair[]): Record<ComparedKind, number> => Object.fromEntries(comparedKinds.map((kind) => [kind, ofKind(pairs, kind).length])) as Record<ComparedKind, number>;

/**
 * Pairs two evaluations. Imported predictions carry no questions, so nothing but gold answers tells whether they
 * measure the same: these must agree, item by item.
 * @throws InputError when the two do not measure the same.
 */
export function compareScored(before: Scored, after: Scored, names: readonly [string, string], imported: boolean): Comparison {
  if (!imported) return compare(before, after, names);
  const pairs = pairsOf(before, after);
  const other = pairs.find((pair) => JSON.stringify([...pair.golds].sort()) !== JSON.stringify([...pair.after.golds].sort()));
  if (other) throw new InputError({ thing: `${names[1]}: item ${other.id}`, expected: `the gold answers of ${names[0]}: ${short(other.golds)}`, found: short(other.after.golds), remedy: 'Compare predictions for the same items; give them the benchmark’s own ids and gold answers.' });
  return compare(before, { ...after, config: { ...after.config, dataHash: before.config.dataHash } }, names);
}

const short = (golds: readonly string[]): string => golds.join(' / ').slice(0, 120) || 'none';
