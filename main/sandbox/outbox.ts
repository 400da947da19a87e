import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, unlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// What a job leaves is mostly pixels. Read from the socket they come in a dozen pieces, each with a buffer of its own for
// the collector; from a file they come at once, at a third of the processor time. Jobs never have this file open.

const keptBytes = 4 * 1024 ** 2;

/** A file without a name, in memory where the system offers that, into which a zygote copies the result of a job. */
export class Outbox {
  readonly descriptor: number;

  constructor() {
    this.descriptor = openUnnamed();
  }

  /** The first `count` bytes; undefined where the file is shorter. */
  take(count: number): Uint8Array | undefined {
    const bytes = Buffer.allocUnsafe(count);
    let filled = 0;
    while (filled < count) {
      const read = readSync(this.descriptor, bytes, filled, count - filled, filled);
      if (read === 0) return undefined;
      filled += read;
    }
    if (count > keptBytes) ftruncateSync(this.descriptor, 0);
    return bytes;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function openUnnamed(): number {
  const name = `arft-result-${randomUUID()}`;
  const open = (folder: string): number => {
    const file = path.join(folder, name);
    const descriptor = openSync(file, 'wx+', 0o600);
    unlinkSync(file);
    return descriptor;
  };
  try {
    return open('/dev/shm');
  } catch {
    return open(os.tmpdir());
  }
}
