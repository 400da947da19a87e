import { keepPreviousData, useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { engineKey } from '../../connection/queries.ts';
import type { Filter } from './address.ts';
import { pageOfSamples, pageSize } from './page-of-samples.ts';

type Page = Calls<AppContract>['datasets.page']['output'];
export type SampleRow = Page['rows'][number];

/** Pages that were left are kept this long: a list of 100,000 would fill the memory. */
const keptMs = 30_000;

export type Samples = {
  /** Undefined until it is known. */
  readonly total: number | undefined;
  readonly error: unknown;
  readonly at: (index: number) => SampleRow | undefined;
  /** The row, fetched where it is not there yet. */
  readonly fetch: (index: number) => Promise<SampleRow | undefined>;
};

/** The samples of a dataset that fit, of which only those from `first` to `last` are fetched. */
export function useSamples(dataset: number, filter: Filter, [first, last]: readonly [number, number]): Samples {
  const client = useQueryClient();
  const input = (page: number) => pageOfSamples(dataset, filter, page);
  const top = useEngine('datasets.page', input(0), { keepPrevious: true });
  const shown = useRef(dataset);
  // Of another dataset nothing is kept.
  const foreign = top.isPlaceholderData && shown.current !== dataset;
  if (!top.isPlaceholderData) shown.current = dataset;
  const total = foreign ? undefined : top.data?.total;
  const from = Math.floor(first / pageSize);
  const numbers = Array.from({ length: Math.max(0, Math.floor(last / pageSize) - from + 1) }, (_, i) => from + i).filter((page) => page > 0 && page * pageSize < (total ?? 0));
  const pages = useQueries({
    queries: numbers.map((page) => ({
      queryKey: engineKey('datasets.page', input(page)),
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => engine.call('datasets.page', input(page), signal),
      gcTime: keptMs,
      placeholderData: keepPreviousData as never,
    })),
  });
  const at = (index: number): SampleRow | undefined => {
    const page = Math.floor(index / pageSize);
    if (foreign) return undefined;
    const result = page === 0 ? top : pages[numbers.indexOf(page)];
    return page > 0 && result?.isPlaceholderData ? undefined : result?.data?.rows[index % pageSize];
  };
  const key = JSON.stringify([dataset, filter]);
  const fetch = useCallback(
    async (index: number): Promise<SampleRow | undefined> => {
      const page = Math.floor(index / pageSize);
      const { rows } = await client.fetchQuery({ queryKey: engineKey('datasets.page', input(page)), queryFn: ({ signal }) => engine.call('datasets.page', input(page), signal), staleTime: Number.POSITIVE_INFINITY, gcTime: keptMs });
      return rows[index % pageSize];
    },
    // The filter is compared by value.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [client, key],
  );
  return { total, error: top.error, at, fetch };
}
