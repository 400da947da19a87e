import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// A file to which whole lines are appended, read from where one left off.

/** A line and where it stands, in bytes; the line end counts to its length. */
export type Line = { readonly bytes: number; readonly length: number; readonly text: string };

const chunkBytes = 1 << 20;
/** Of what stands before a place, this much tells whether the file still agrees. Lines have times in them. */
const tailBytes = 512;

/** An open file of lines. */
export class LineFile {
  readonly #descriptor: number;

  constructor(file: string) {
    this.#descriptor = openSync(file, 'r');
  }

  get size(): number {
    return fstatSync(this.#descriptor).size;
  }

  /** The whole lines from a place on; what stands after the last line end is not finished yet. */
  *from(start: number): Generator<Line> {
    let rest: Buffer = Buffer.alloc(0);
    let at = start; // of the rest
    for (let next = start; ; ) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const count = readSync(this.#descriptor, chunk, 0, chunkBytes, next);
      if (count === 0) return;
      next += count;
      // A line may be many chunks long: only the new one is searched.
      let end = chunk.subarray(0, count).indexOf(10);
      if (end >= 0) end += rest.length;
      rest = rest.length === 0 ? chunk.subarray(0, count) : Buffer.concat([rest, chunk.subarray(0, count)]);
      let begin = 0;
      for (; end >= 0; end = rest.indexOf(10, begin)) {
        yield { bytes: at + begin, length: end + 1 - begin, text: rest.toString('utf8', begin, end) };
        begin = end + 1;
      }
      rest = rest.subarray(begin);
      at += begin;
    }
  }

  read(start: number, length: number): string {
    const bytes = Buffer.alloc(length);
    return bytes.toString('utf8', 0, readSync(this.#descriptor, bytes, 0, length, start));
  }

  /** A hash of what stands before a place; empty where the file does not reach it. */
  tailBefore(place: number): string {
    const length = Math.min(tailBytes, place);
    const bytes = Buffer.alloc(length);
    const count = length === 0 ? 0 : readSync(this.#descriptor, bytes, 0, length, place - length);
    return count < length ? '' : createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
