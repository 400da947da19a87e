import { assertRoom, freeBytes, noRoom } from '../home.ts';

/** What is done, in words, and how far that is. */
export type SetUpProgress = { readonly label: string; readonly done: number; readonly total: number };

/** With less than this left, a disk is full for whoever writes files to it. */
const fullBytes = 4 * 1024 ** 2;

/**
 * Runs a task that writes `bytes` of what is named in words into the data folder. Where it ends on a full disk `clear` takes away
 * what is of no use by halves.
 * @throws InputError where there is too little room before or during it; else what the task throws.
 */
export async function withRoom<T>(home: string, { bytes, what, signal }: { readonly bytes: number; readonly what: string; readonly signal: AbortSignal | undefined }, task: () => Promise<T>, clear: () => void): Promise<T> {
  assertRoom(home, bytes, what);
  try {
    return await task();
  } catch (error) {
    if (signal?.aborted || freeBytes(home) > fullBytes) throw error;
    clear();
    throw noRoom(home, bytes, what, freeBytes(home), error);
  }
}
