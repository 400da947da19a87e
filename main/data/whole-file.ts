import { once } from 'node:events';
import { type WriteStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../home.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { partOf, removeOldParts } from './unfinished-files.ts';

/** A text file that is written piece by piece, in a folder that is made for it, and gets its name when it is whole. */
export class WholeFile {
  readonly #file: string;
  readonly #part: string;
  readonly #out: WriteStream;
  readonly #failed: Promise<never>;
  #waiting = '';

  constructor(file: string) {
    [this.#file, this.#part] = [file, partOf(file)];
    this.#out = this.#opened();
    this.#failed = new Promise((_, reject) => this.#out.on('error', reject));
    this.#failed.catch(() => {}); // is told by the next write
  }

  /** Nothing to wait for while little is waiting: a promise for every row would cost more than the row. */
  write(text: string): Promise<void> | undefined {
    this.#waiting += text;
    return this.#waiting.length < 1 << 20 ? undefined : this.#flush();
  }

  /** @throws InputError where it cannot be written. */
  async finish(): Promise<void> {
    await this.#named(async () => {
      this.#out.end(this.#waiting);
      await Promise.race([once(this.#out, 'close'), this.#failed]);
      await rename(this.#part, this.#file);
      await removeOldParts(this.#file);
    });
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#out.destroy();
    await rm(this.#part, { force: true });
  }

  #opened(): WriteStream {
    try {
      makeFolders(path.dirname(path.resolve(this.#file)));
      return createWriteStream(this.#part);
    } catch (error) {
      return unwritable(this.#file, error);
    }
  }

  async #flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    await this.#named(async () => {
      if (!this.#out.write(text)) await Promise.race([once(this.#out, 'drain'), this.#failed]);
    });
  }

  async #named(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      return unwritable(this.#file, error);
    }
  }
}

const unwritable = (file: string, error: unknown): never =>
  withFile(file, 'a file that can be written', () => {
    throw error;
  });
