import { QueryClient } from '@tanstack/react-query';
import type { AppContract } from '../../preload/contract.ts';
import { EngineError } from '../../preload/rpc/connect.ts';
import type { CallName, Calls } from '../../preload/rpc/frames.ts';
import { engine } from './engine.ts';

/** The answers that the window holds. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Answers grow old by the engine's word (useChanges), not by the clock.
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      networkMode: 'always',
      retry: (failures, error) => failures < 3 && error instanceof EngineError && error.code === 'DISCONNECTED',
    },
    mutations: { networkMode: 'always' },
  },
});

/** The key under which a method's answers are kept; the part before the dot is the topic that makes them old. */
export const engineKey = (method: string, input?: unknown): readonly unknown[] => [method.slice(0, method.indexOf('.')), method, ...(input === undefined ? [] : [input])];

/** Asks for what a page will want, before the page is there. */
export function askAhead<M extends CallName<AppContract>>(method: M, input: Calls<AppContract>[M]['input']): Promise<void> {
  return queries.prefetchQuery({ queryKey: engineKey(method, input), queryFn: ({ signal }) => engine.call(method, input, signal) });
}
