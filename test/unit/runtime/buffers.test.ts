import { afterEach, expect, test } from 'vitest';
import { dropBuffers, returnBuffer, takeBuffer } from '../../../main/runtime/buffers.ts';
import { release, unwritten } from '../../../main/runtime/tensor.ts';

const mebibyte = 2 ** 20;
afterEach(dropBuffers);

test('a buffer that was returned is used again, also for a little less', () => {
  const first = takeBuffer(5 * mebibyte);
  new Uint8Array(first).fill(7);
  returnBuffer(first);
  expect(first.detached).toBe(true);
  const second = takeBuffer(5 * mebibyte - 1000);
  expect(second.byteLength).toBe(first.byteLength || 5 * mebibyte);
  expect(new Uint8Array(second)[0]).toBe(7);
  expect(new Uint8Array(takeBuffer(5 * mebibyte))[0]).toBe(0);
});

test('a buffer is at most a sixteenth larger than asked for', () => {
  for (const bytes of [mebibyte, mebibyte + 1, 3 * mebibyte - 5, 100 * mebibyte + 3]) {
    const { byteLength } = takeBuffer(bytes);
    expect(byteLength).toBeGreaterThanOrEqual(bytes);
    expect(byteLength).toBeLessThanOrEqual(bytes * 1.0625 + 1);
  }
  expect(takeBuffer(1000).byteLength).toBe(1000);
  expect(takeBuffer(0).byteLength).toBe(0);
});

test('those that wait go as others come, the longest waiting first: no more are held than were in use at once', () => {
  const marked = [4, 4, 4].map((size, i) => {
    const buffer = takeBuffer(size * mebibyte);
    new Uint8Array(buffer)[0] = i + 1;
    return buffer;
  });
  for (const buffer of marked) returnBuffer(buffer);
  takeBuffer(7 * mebibyte); // two of them go for it
  expect(new Uint8Array(takeBuffer(4 * mebibyte))[0]).toBe(3);
  expect(new Uint8Array(takeBuffer(4 * mebibyte))[0]).toBe(0);
});

test('what was released has nothing in it, and may be released again; memory from elsewhere is not kept', () => {
  const tensor = unwritten('float32', [3, mebibyte]);
  expect(tensor.data.length).toBe(3 * mebibyte);
  release([tensor, tensor]);
  expect(tensor.data.length).toBe(0);
  const foreign = new ArrayBuffer(3 * mebibyte + 4);
  returnBuffer(foreign);
  expect(foreign.detached).toBe(true);
  const again = takeBuffer(12 * mebibyte);
  expect(again.byteLength).toBe(12 * mebibyte);
  expect(takeBuffer(12 * mebibyte)).not.toBe(again);
});
