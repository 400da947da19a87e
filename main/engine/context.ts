import type { ImageStore } from '../data/image-store.ts';
import type { Store } from '../store/store.ts';
import type { Changes } from './changes.ts';

/** What the parts of the engine share. */
export type EngineContext = {
  readonly home: string;
  readonly store: Store;
  readonly images: ImageStore;
  readonly changes: Changes;
  /** Aborted when the engine closes. */
  readonly closing: AbortSignal;
  readonly log: (message: string) => void;
  /** The last lines that were logged. */
  readonly recentLog: () => readonly string[];
};
