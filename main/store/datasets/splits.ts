import { createHash } from 'node:crypto';
import { InputError } from '../../records/input-error.ts';
import type { Connection } from '../connection.ts';
import { inSlices, sliceMs } from '../slices.ts';

export type SplitShares = {
  /** Parts of the whole by the name of the split; scaled to a sum of 1. */
  readonly shares: Readonly<Record<string, number>>;
  readonly seed: number;
};

/**
 * Puts every sample of a dataset into a split. The samples are drawn by a hash of seed and id: the same seed gives the same
 * splits, in whatever order the samples are. They are written a part at a time; after a kill the same call finishes it.
 * @returns samples of each split; the shares of the whole, rounded so that all are given out.
 * @throws InputError for shares that are none.
 */
export async function assignSplits(database: Connection, dataset: number, { shares, seed }: SplitShares): Promise<Readonly<Record<string, number>>> {
  const names = Object.keys(shares);
  const sum = Object.values(shares).reduce((a, b) => a + b, 0);
  if (!(sum > 0) || !Number.isFinite(sum) || Object.values(shares).some((share) => share < 0) || names.some((name) => name.trim() === '')) throw new InputError({ thing: 'shares of splits', expected: 'names with numbers from 0, one of them above', found: JSON.stringify(shares), remedy: 'Give each split its share: { "train": 0.9, "test": 0.1 }.' });
  const keys = database
    .tuples<readonly [number, string]>('SELECT key, id FROM sample WHERE dataset = ? AND bin IS NULL', dataset)
    .map(([key, id]) => ({ key, id, draw: createHash('sha256').update(`${seed} ${id}`).digest('hex') }))
    .sort((a, b) => (a.draw < b.draw ? -1 : a.draw > b.draw ? 1 : 0));
  const counts: Record<string, number> = {};
  const wanted: { readonly key: number; readonly name: string }[] = [];
  let share = 0;
  for (const name of names) {
    share += shares[name] ?? 0;
    const part = keys.slice(wanted.length, Math.round((keys.length * share) / sum));
    counts[name] = part.length;
    for (const { key } of part) wanted.push({ key, name });
  }
  let done = 0;
  await inSlices(() => database.write(() => {
    for (const until = performance.now() + sliceMs; done < wanted.length && performance.now() < until; done++) {
      const { key, name } = wanted[done] as { key: number; name: string };
      database.run('UPDATE sample SET split = ? WHERE key = ? AND split <> ?', name, key, name);
    }
    database.run('UPDATE dataset SET edited_at = ? WHERE id = ?', new Date().toISOString(), dataset);
    return done < wanted.length;
  }));
  return counts;
}
