import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { benchmarkNames, published } from './published.ts';

export type Row = Calls<AppContract>['evaluations.list']['output']['rows'][number];
export type Part = Row['parts'][number];
export type Outcome = Calls<AppContract>['evaluations.items']['output']['rows'][number]['outcome'];
export type Scorer = Row['scorer'];

/** null: each row by its own. */
export const readScorer = (text: string): Scorer | null => (text === 'paper' || text === 'standard' ? text : null);

export type Group = { readonly benchmark: string; readonly rows: readonly Row[]; /** `all` first. */ readonly parts: readonly string[] };

/** Rows by benchmark, in the order of the paper's tables, with the parts that any of them, or the published ones, has. */
export function groupsOf(rows: readonly Row[]): readonly Group[] {
  const by = Map.groupBy(rows, ({ benchmark }) => benchmark);
  const order = [...benchmarkNames, ...[...by.keys()].filter((name) => !benchmarkNames.includes(name))];
  return order.flatMap((benchmark) => {
    const own = by.get(benchmark);
    return own ? [{ benchmark, rows: own, parts: partNames(benchmark, own) }] : [];
  });
}

/** Parts beyond these would make the table wider than a page; the figures of the others stand on the evaluation's page. */
const mostParts = 4;

function partNames(benchmark: string, rows: readonly Row[]): readonly string[] {
  const known = published.filter((each) => each.benchmark === benchmark).flatMap(({ parts }) => Object.keys(parts));
  const names = [...new Set(['all', ...known, ...rows.flatMap(({ parts }) => parts.map(({ name }) => name))])];
  // One part that holds everything says nothing more.
  const telling = names.filter((name) => name === 'all' || known.includes(name) || rows.some(({ parts }) => parts.some((part) => part.name === name && part.n < (parts[0]?.n ?? 0))));
  return telling.slice(0, mostParts);
}

/** script:mini-expert → mini-expert, and what kind it is. */
export function policyWords(policy: string): { readonly kind?: 'script' | 'local' | 'endpoint'; readonly name: string } {
  const match = /^(script|local|endpoint):(.+)$/s.exec(policy);
  return match ? { kind: match[1] as 'script' | 'local' | 'endpoint', name: match[2] as string } : { name: policy };
}

export const evaluationPath = (name: string): string => `#/evaluate/${encodeURIComponent(name)}`;

export const two = (value: number): string => value.toFixed(2);
export const one = (value: number): string => value.toFixed(1);
