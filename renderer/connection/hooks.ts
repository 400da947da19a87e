import { type UseQueryResult, keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { AppContract } from '../../preload/contract.ts';
import type { CallName, Calls, StreamName, Streams } from '../../preload/rpc/frames.ts';
import { type ConnectionState, engine } from './engine.ts';
import { engineKey } from './queries.ts';

export const useConnection = (): ConnectionState => useSyncExternalStore(engine.subscribe, () => engine.state);

type QueryOptions = { readonly enabled?: boolean; readonly refetchMs?: number; readonly keepPrevious?: boolean };

/** The answer to a call, asked again when its topic changes. */
export function useEngine<M extends CallName<AppContract>>(method: M, input: Calls<AppContract>[M]['input'], { enabled = true, refetchMs, keepPrevious = false }: QueryOptions = {}): UseQueryResult<Calls<AppContract>[M]['output']> {
  return useQuery({
    queryKey: engineKey(method, input),
    queryFn: ({ signal }) => engine.call(method, input, signal),
    enabled,
    ...(refetchMs !== undefined && { refetchInterval: refetchMs }),
    ...(keepPrevious && { placeholderData: keepPreviousData as never }),
  });
}

/** Whether the page has come to rest once: what it does not show at first is asked for then. */
export function useSettled(): boolean {
  const [settled, settle] = useState(false);
  useEffect(() => {
    const handle = requestIdleCallback(() => settle(true), { timeout: 2000 });
    return () => cancelIdleCallback(handle);
  }, []);
  return settled;
}

/** Follows a stream while the component is shown, again after each reconnection. */
export function useStream<M extends StreamName<AppContract>>(method: M, input: Streams<AppContract>[M]['input'], onItem: (item: Streams<AppContract>[M]['item']) => void): void {
  const state = useConnection();
  const key = JSON.stringify(input ?? null);
  useEffect(() => {
    if (state !== 'open') return undefined;
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const item of engine.stream(method, input, abort.signal)) onItem(item);
    };
    follow().catch(() => {
      // Cancelled by leaving, or the connection broke: then the state changes and the effect runs again.
    });
    return () => abort.abort();
    // The input is compared by value, and the newest onItem is not worth a new stream.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [method, key, state]);
}

/** Answers of other parts that a run changes: what is at work, and which adapters there are. */
const ofRuns = ['app.status', 'models.list', 'playground.choices'] as const satisfies readonly CallName<AppContract>[];

/** Makes answers old when the engine says that something changed, and all of them after a reconnection. */
export function useChanges(): void {
  const client = useQueryClient();
  const state = useConnection();
  useEffect(() => {
    if (state === 'open') void client.invalidateQueries();
  }, [client, state]);
  useStream('app.changes', undefined, ({ topic }) => {
    void client.invalidateQueries({ queryKey: [topic] });
    if (topic === 'runs') for (const method of ofRuns) void client.invalidateQueries({ queryKey: engineKey(method) });
  });
}
