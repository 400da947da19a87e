import { createReadStream } from 'node:fs';
import { withFileAsync } from '../../model/folder/file-errors.ts';

const digits = 64;

/**
 * Looks for the hashes of pictures in texts of any form: whatever field names a picture, and whatever format the text has,
 * its 64 digits stand there.
 */
export class HashSearch {
  /** Those that were not found yet. */
  readonly unnamed: Set<string>;

  constructor(hashes: Iterable<string>) {
    this.unnamed = new Set(hashes);
  }

  text(text: string): void {
    for (const [run] of text.matchAll(/[0-9a-f]{64,}/g)) {
      for (let at = 0; at + digits <= run.length; at++) this.unnamed.delete(run.slice(at, at + digits));
    }
  }

  /** A file's bytes; one that is gone meanwhile names nothing. @throws InputError where it cannot be read. */
  async file(file: string, signal?: AbortSignal): Promise<void> {
    let before = '';
    try {
      await withFileAsync(file, 'a file that can be read, for the pictures that it names', async () => {
        for await (const piece of createReadStream(file, { encoding: 'latin1', highWaterMark: 1 << 20, ...(signal && { signal }) })) {
          this.text(before + (piece as string));
          before = (piece as string).slice(1 - digits);
        }
      });
    } catch (error) {
      if ((error as { cause?: NodeJS.ErrnoException }).cause?.code !== 'ENOENT') throw error;
    }
  }
}
