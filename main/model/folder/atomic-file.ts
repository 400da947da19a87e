import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { withFile } from './file-errors.ts';
import { flushFolder } from './flush.ts';

/**
 * Writes a file so that a reader sees the old one or the whole new one, also after a crash:
 * into a temporary file of the same folder, flushed to the disk, then renamed.
 * @throws InputError when the disk is full or the folder cannot be written; the temporary file is removed.
 */
export function writeFileAtomic(file: string, write: (append: (bytes: Uint8Array) => void) => void): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`);
  withFile(file, 'a file that can be written', () => {
    try {
      const descriptor = openSync(temporary, 'wx');
      try {
        write((bytes) => {
          for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done, bytes.length - done);
        });
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    flushFolder(path.dirname(file));
  });
}

/** Likewise a text. */
export const writeTextAtomic = (file: string, text: string): void => writeFileAtomic(file, (append) => append(Buffer.from(text)));
