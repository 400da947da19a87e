import { z } from 'zod';
import type { EngineContext } from './context.ts';

const key = 'backup.at';
const dayMs = 24 * 3_600_000;
const lookMs = 3_600_000;

/** Copies the database once a day while the app is open: damaged, it loses what was done since the last copy. */
export function backUpDaily({ store, closing, log }: Pick<EngineContext, 'store' | 'closing' | 'log'>, now: () => number = Date.now): void {
  const look = async (): Promise<void> => {
    if (now() - store.settings.get(key, z.number(), 0) < dayMs) return;
    try {
      await store.backup();
      store.settings.set(key, now());
    } catch (error) {
      if (!closing.aborted) log(`The database could not be copied: ${(error as Error).message}`);
    }
  };
  // Not while the first window is being drawn.
  const first = setTimeout(() => void look(), 60_000).unref();
  const timer = setInterval(() => void look(), lookMs).unref();
  closing.addEventListener('abort', () => {
    clearTimeout(first);
    clearInterval(timer);
  });
}
