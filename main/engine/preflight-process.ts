import type { RunConfig } from '../records/run-config.ts';
import { type Finding, preflight } from '../train/preflight.ts';

// A look before a run loads a model and lets agents run code: in a process of its own, so that it can be dropped at any
// moment and a native fault ends it alone.

export type PreflightOrder = { readonly home: string; readonly config: RunConfig };
export type PreflightWord = { readonly kind: 'progress'; readonly label: string; readonly done: number; readonly total: number } | { readonly kind: 'findings'; readonly findings: readonly Finding[] } | { readonly kind: 'failed'; readonly message: string };

const tell = (word: PreflightWord): void => void process.send?.(word);
const abort = new AbortController();
process.once('disconnect', () => {
  abort.abort();
  process.exit(1);
});
process.once('message', (order) => {
  const { home, config } = order as PreflightOrder;
  preflight({ home, config, onProgress: (label, done, total) => tell({ kind: 'progress', label, done, total }) }, abort.signal)
    .then((findings) => tell({ kind: 'findings', findings }), (error: unknown) => tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }))
    .finally(() => process.disconnect());
});
