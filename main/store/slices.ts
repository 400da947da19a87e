import { setImmediate } from 'node:timers/promises';

/** Work that would hold the thread for long gives it up after this time. */
export const sliceMs = 20;

/** Calls `part` until it returns false, and lets the thread do other things in between. @throws the signal's reason when it is aborted. */
export async function inSlices(part: () => boolean, signal?: AbortSignal): Promise<void> {
  for (let more = true; more; ) {
    signal?.throwIfAborted();
    more = part();
    if (more) await setImmediate();
  }
}
