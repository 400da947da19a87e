import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, openSync, readFileSync, readSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { assertFile, withFile } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';

// By which a checkpoint is known to be what was written: a flipped bit among weights or moments is a number like any other, and
// a run would go on with it without a word. In the form of sha256sum, which checks it without this program.

export const sumsFile = 'SHA256SUMS';

/** Bytes that are read at a time. */
const pieceBytes = 4 * 1024 ** 2;

/** Writes the sums of a folder's files beside them. */
export function writeSums(folder: string): void {
  const lines = readdirSync(folder).sort().map((name) => `${sumOf(path.join(folder, name))}  ${name}\n`);
  writeFileSync(path.join(folder, sumsFile), lines.join(''));
}

/** @throws InputError for a file that is another than when it was written, or gone. Checkpoints of earlier versions have no sums. */
export function assertSums(folder: string, only: (name: string) => boolean = () => true): void {
  for (const { name, file, sum } of sumsOf(folder)) if (only(name) && sumOf(file) !== sum) throw damaged(file);
}

/** The same with other things done in between: all weights of a model take their time. @throws the signal's reason, too. */
export async function checkSums(folder: string, signal?: AbortSignal): Promise<void> {
  for (const { file, sum } of sumsOf(folder)) {
    assertFile(file);
    const hash = createHash('sha256');
    for await (const piece of createReadStream(file, { highWaterMark: pieceBytes, ...(signal && { signal }) })) hash.update(piece as Uint8Array);
    if (hash.digest('hex') !== sum) throw damaged(file);
  }
}

function sumsOf(folder: string): readonly { readonly name: string; readonly file: string; readonly sum: string }[] {
  const list = path.join(folder, sumsFile);
  if (!existsSync(list)) return [];
  // One name among those of this folder: what was changed may be the name.
  return readFileSync(list, 'utf8').split('\n').slice(0, -1).map((line) => ({ name: line.slice(66), file: path.join(folder, path.basename(line.slice(66))), sum: line.slice(0, 64) }));
}

const damaged = (file: string): InputError => new InputError({ thing: file, expected: 'the bytes that were written', found: 'others', remedy: 'It was changed or damaged: put back what was there.' });

function sumOf(file: string): string {
  return withFile(file, 'a file that can be read', () => {
    const hash = createHash('sha256');
    const descriptor = openSync(file, 'r');
    try {
      const piece = Buffer.allocUnsafe(pieceBytes);
      for (let bytes = readSync(descriptor, piece); bytes > 0; bytes = readSync(descriptor, piece)) hash.update(piece.subarray(0, bytes));
    } finally {
      closeSync(descriptor);
    }
    return hash.digest('hex');
  });
}
