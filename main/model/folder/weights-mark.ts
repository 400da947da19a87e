import { type Hash, createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { headerLength } from './safetensors-header.ts';

/** Places in a file that are looked at besides its header, evenly apart, and bytes at each. */
const places = 64;
const placeBytes = 4 * 1024;

/**
 * What tells one weight file from another without reading it all: its name, its size, and a hash over its header and
 * over bytes at many places, both ends among them. Training changes nearly every weight.
 */
export function weightsMark(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const header = 8 + headerLength(file, bytesAt(descriptor, 0, 8), size);
    const hash = createHash('sha256').update(bytesAt(descriptor, 0, header));
    hashPlaces(hash, descriptor, { from: header, size, places });
    return `${path.basename(file)} ${size} ${hash.digest('hex')}`;
  } finally {
    closeSync(descriptor);
  }
}

/** Adds bytes at so many places between `from` and the end of a file. */
export function hashPlaces(hash: Hash, descriptor: number, { from, size, places: count }: { readonly from: number; readonly size: number; readonly places: number }): void {
  const last = Math.max(from, size - placeBytes);
  for (let i = 0; i < count; i++) hash.update(bytesAt(descriptor, from + Math.floor(((last - from) * i) / (count - 1)), placeBytes));
}

/** Up to `count` bytes from a place in a file; fewer where it ends before. */
function bytesAt(descriptor: number, position: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let done = 0;
  for (let more = -1; done < count && more !== 0; done += more) more = readSync(descriptor, bytes, done, count - done, position + done);
  return bytes.subarray(0, done);
}
