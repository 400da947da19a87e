import { InputError } from '../records/input-error.ts';

/** Of the 255 that file systems take, so that a number fits behind. */
const mostBytes = 200;

/**
 * The folder of a run of this name: letters, digits and . _ - , and what commands take for no option and no hidden file.
 * @throws InputError for a name that no file system holds.
 */
export function runFolderName(name: string): string {
  const folder = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+/, '') || 'run';
  const bytes = Buffer.byteLength(folder);
  if (bytes > mostBytes) throw new InputError({ thing: 'name', expected: `at most ${mostBytes} bytes`, found: `${bytes} bytes`, remedy: 'Choose a shorter name.' });
  return folder;
}
