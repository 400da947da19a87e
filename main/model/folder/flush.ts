import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Waits until a file's bytes are on the disk. Windows flushes only what is open for writing. */
export const flushFile = (file: string): void => flush(file, 'r+');

/** Makes what was renamed in a folder last through a power cut. Windows cannot flush a folder, and needs not. */
export function flushFolder(folder: string): void {
  if (process.platform !== 'win32') flush(folder, 'r');
}

function flush(place: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(place, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
