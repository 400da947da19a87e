import { InputError } from '../records/input-error.ts';

const reasons: Readonly<Record<string, string>> = { ENOSPC: 'the disk is full', EDQUOT: 'the quota of the disk is used up', EFBIG: 'a file became larger than it may be' };

/** What ended a run, in words, where it is that nothing more could be written; undefined for anything else. An error of the worker carries its code in its message alone. */
export function fullDisk(error: unknown, folder: string, lastCheckpoint: number | undefined): InputError | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  const found = Object.entries(reasons).find(([name]) => code === name || message.includes(name));
  if (!found) return undefined;
  const kept = lastCheckpoint === undefined ? 'no checkpoint was written yet' : `the checkpoint of step ${lastCheckpoint} is kept`;
  return new InputError({ thing: folder, expected: 'room for the log and a checkpoint', found: `${found[1]}; ${kept}`, remedy: 'Free some room, or lower checkpoint.keep; then arft resume goes on from there.' });
}
