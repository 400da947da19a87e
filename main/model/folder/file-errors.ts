import { constants } from 'node:buffer';
import { type Stats, readFileSync, statSync } from 'node:fs';
import { InputError } from '../../records/input-error.ts';

/** What the system's error codes mean to the user: [found, remedy]. Other codes are shown as they are. */
const MEANINGS: Readonly<Record<string, readonly [found: string, remedy: string]>> = {
  ENOENT: ['no such file or folder', 'Check the path, or copy the missing file into the folder.'],
  ENOTDIR: ['a file where a folder should be', 'Give the folder, not a file in it.'],
  EEXIST: ['a file where a folder should be', 'Choose another folder.'],
  EISDIR: ['a folder where a file should be', 'Give a file, not a folder.'],
  ELOOP: ['a link that leads back to itself', 'Remove the link, or copy the file again.'],
  ENXIO: ['a socket where a file should be', 'Remove the socket, or copy the file again.'],
  EACCES: ['no permission', 'Give your user the right to use it (chmod or chown), or choose another place.'],
  EPERM: ['no permission', 'Give your user the right to use it (chmod or chown), or choose another place.'],
  ENOSPC: ['no space left on the disk', 'Free some space, or choose a folder on another disk.'],
  EDQUOT: ['the disk quota used up', 'Free some space, or choose a folder on another disk.'],
  EROFS: ['a read-only file system', 'Choose a folder that can be written.'],
  EMFILE: ['too many open files', 'Close other programs, or raise the limit of open files.'],
};

/**
 * Runs a file operation; the system's refusal becomes an InputError.
 * @param thing path of the file or folder, and whatever else names it to the user.
 * @param expected what the operation needs, e.g. "a file that can be read".
 */
export function withFile<T>(thing: string, expected: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw inWords(thing, expected, error);
  }
}

/** For the `catch` of what works with files in its own time: as withFile does. */
export const refusedBySystem = (thing: string, expected: string) => (error: unknown): never => {
  throw inWords(thing, expected, error);
};

/** The same for an operation that is waited for. */
export async function withFileAsync<T>(thing: string, expected: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw inWords(thing, expected, error);
  }
}

function inWords(thing: string, expected: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // Only the system's own codes (E…); Node's ERR_… are faults of this program, and an abort is none.
  if (code === undefined || code.startsWith('ERR_') || code === 'ABORT_ERR') return error;
  const [found, remedy] = MEANINGS[code] ?? [`the error ${code}`, 'Check the file and its disk.'];
  return new InputError({ thing, expected, found: `${found} (${code})`, remedy }, { cause: error });
}

// A file that the user named may be whatever has a path: opening a pipe can wait without an end, and so can reading a device.

/** @throws InputError where something else than a file stands there. */
export function assertFile(file: string, expected = 'a file that can be read'): void {
  const found = withFile(file, expected, () => statSync(file));
  if (!found.isFile()) throw noFile(file, expected, found);
}

export const noFile = (thing: string, expected: string, found: Stats): InputError =>
  new InputError({ thing, expected, found: kindOf(found), remedy: found.isDirectory() ? 'Give a file, not a folder.' : 'Give a file; what a pipe or a device brings can be written into one.' });

/** What stands at a path where no file does, in words. */
export function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder where a file should be';
  return found.isFIFO() ? 'a pipe' : found.isSocket() ? 'a socket where a file should be' : 'a device';
}

/** As many bytes as one text may have. */
export const mostBytes = constants.MAX_STRING_LENGTH;

export const tooLarge = (thing: string, most: number, found: string): InputError => new InputError({ thing, expected: `at most ${most} bytes`, found, remedy: 'Check that it is the right file, or part it.' });

/** The bytes of a file. @throws InputError for what is none, cannot be read or is too large. */
export function readFileOf(file: string, expected = 'a file that can be read'): Buffer {
  assertFile(file, expected);
  return withFile(file, expected, () => {
    const { size } = statSync(file);
    if (size > mostBytes) throw tooLarge(file, mostBytes, `${size} bytes`);
    return readFileSync(file);
  });
}

/** @throws InputError when the file cannot be read or is not JSON. */
export const readJsonFile = (path: string): unknown => jsonOf(path, readFileOf(path, 'a JSON file that can be read').toString('utf8'));

/** The value of a file's text. @throws InputError where it is not JSON. */
export function jsonOf(path: string, text: string): unknown {
  try {
    // Editors of Windows begin a file with a mark.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InputError({
      thing: path, expected: 'JSON', found: error instanceof Error ? error.message : String(error), remedy: 'Correct the file, or copy it again.',
    }, { cause: error });
  }
}
