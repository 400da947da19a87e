import { keepPreviousData, useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { AnnotationState } from '../../../main/records/annotation.ts';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { engineKey } from '../../connection/queries.ts';
import { pageOfRows, pageSize } from './page-of-rows.ts';

type Page = Calls<AppContract>['annotate.page']['output'];
export type Row = Page['rows'][number];
export type Counts = Page['counts'];

export type Rows = {
  /** Undefined until they are known. */
  readonly total: number | undefined;
  readonly counts: Counts | undefined;
  readonly error: unknown;
  readonly at: (index: number) => Row | undefined;
  /** The row, fetched where it is not there yet. */
  readonly fetch: (index: number) => Promise<Row | undefined>;
  /** How many rows stand before a sample, and whether it is one of them. `guess`: where it may be. */
  readonly locate: (ordinal: number, guess?: number) => Promise<{ readonly index: number; readonly there: boolean }>;
};

/** The samples in a state, by their ordinals, of which only those from `first` to `last` are fetched. */
export function useRows(dataset: number, state: AnnotationState | null, [first, last]: readonly [number, number]): Rows {
  const client = useQueryClient();
  const input = (page: number) => pageOfRows(dataset, state, page);
  const top = useEngine('annotate.page', input(0), { keepPrevious: true });
  const total = top.data?.total;
  const from = Math.floor(first / pageSize);
  const numbers = Array.from({ length: Math.max(0, Math.floor(last / pageSize) - from + 1) }, (_, i) => from + i).filter((page) => page > 0 && page * pageSize < (total ?? 0));
  const pages = useQueries({
    queries: numbers.map((page) => ({
      queryKey: engineKey('annotate.page', input(page)),
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => engine.call('annotate.page', input(page), signal),
      placeholderData: keepPreviousData as never,
    })),
  });
  const at = (index: number): Row | undefined => {
    const page = Math.floor(index / pageSize);
    return (page === 0 ? top : pages[numbers.indexOf(page)])?.data?.rows[index % pageSize];
  };
  const ask = useCallback(
    async (page: number): Promise<Page> => client.fetchQuery({ queryKey: engineKey('annotate.page', pageOfRows(dataset, state, page)), queryFn: ({ signal }) => engine.call('annotate.page', pageOfRows(dataset, state, page), signal), staleTime: Number.POSITIVE_INFINITY }),
    [client, dataset, state],
  );
  const fetch = useCallback(async (index: number): Promise<Row | undefined> => (index < 0 ? undefined : (await ask(Math.floor(index / pageSize))).rows[index % pageSize]), [ask]);
  const locate = useCallback(
    async (ordinal: number, guess?: number) => {
      if (guess !== undefined && (await fetch(guess))?.ordinal === ordinal) return { index: guess, there: true };
      let [low, high] = [0, (await ask(0)).total];
      while (low < high) {
        const middle = (low + high) >> 1;
        const row = await fetch(middle);
        if (row && row.ordinal < ordinal) low = middle + 1;
        else high = middle;
      }
      return { index: low, there: (await fetch(low))?.ordinal === ordinal };
    },
    [ask, fetch],
  );
  return { total, counts: top.data?.counts, error: top.error, at, fetch, locate };
}
