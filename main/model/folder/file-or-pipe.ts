import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { InputError } from '../../records/input-error.ts';
import { mostBytes, noFile, readFileOf, tooLarge, withFile } from './file-errors.ts';

/** For this long a pipe may have no writer: the one that is meant to write may just be starting. */
const withoutWriterMs = 3000;
const againMs = 10;

/**
 * The bytes of a file, or of a pipe (`<(…)`, `/dev/stdin`) to its end. The wait for what is written there ends with the signal.
 * @throws InputError for anything else, a pipe that nobody writes to among it.
 */
export async function readFileOrPipe(file: string, expected = 'a file that can be read', signal?: AbortSignal): Promise<Buffer> {
  if (!withFile(file, expected, () => statSync(file)).isFIFO()) return readFileOf(file, expected);
  const descriptor = withFile(file, expected, () => openSync(file, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const found = fstatSync(descriptor);
    if (!found.isFIFO()) throw noFile(file, expected, found);
    return await readPipe(file, descriptor, expected, signal);
  } finally {
    closeSync(descriptor);
  }
}

async function readPipe(file: string, descriptor: number, expected: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let [bytes, aloneMs] = [0, 0];
  for (;;) {
    signal?.throwIfAborted();
    const piece = withFile(file, expected, () => nextPiece(descriptor));
    if (piece instanceof Buffer) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > mostBytes) throw tooLarge(file, mostBytes, 'a pipe that brings more');
      continue;
    }
    // The end of what was written, too, is that nobody writes any more.
    if (piece === 'no writer' && bytes > 0) return Buffer.concat(pieces);
    aloneMs = piece === 'no writer' ? aloneMs + againMs : 0;
    if (aloneMs > withoutWriterMs) throw new InputError({ thing: file, expected, found: 'a pipe that nobody writes to', remedy: 'Start what writes to it, or give a file.' });
    await pause(againMs, undefined, signal && { signal });
  }
}

function nextPiece(descriptor: number): Buffer | 'nothing yet' | 'no writer' {
  const piece = Buffer.allocUnsafe(1 << 16);
  try {
    const count = readSync(descriptor, piece);
    return count === 0 ? 'no writer' : piece.subarray(0, count);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 'nothing yet';
    throw error;
  }
}
