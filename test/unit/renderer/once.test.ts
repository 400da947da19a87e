import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { doubleClickMs, once } from '../../../renderer/parts/once.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a double click does it once, however fast the answer is; later it is done again', async () => {
  let done = 0;
  const work = async (): Promise<void> => void (done += 1);
  await once('quick', work);
  await once('quick', work);
  expect(done).toBe(1);
  await once('other', work);
  expect(done).toBe(2);
  await vi.advanceTimersByTimeAsync(doubleClickMs);
  await once('quick', work);
  expect(done).toBe(3);
});

test('while it is under way it is not begun again, however long that takes', async () => {
  let [done, end] = [0, (): void => {}];
  const work = (): Promise<void> => {
    done += 1;
    return new Promise((resolve) => (end = resolve));
  };
  const first = once('slow', work);
  await vi.advanceTimersByTimeAsync(60_000);
  await once('slow', work);
  expect(done).toBe(1);
  end();
  await first;
  await vi.advanceTimersByTimeAsync(0);
  void once('slow', work);
  expect(done).toBe(2);
});

test('what failed can be tried again, and says that it failed', async () => {
  const fail = (): Promise<void> => Promise.reject(new Error('no'));
  await expect(once('failing', fail)).rejects.toThrow('no');
  await vi.advanceTimersByTimeAsync(doubleClickMs);
  await expect(once('failing', fail)).rejects.toThrow('no');
});

test('no call to the engine is sent off without somebody who hears that it failed', () => {
  const renderer = path.join(import.meta.dirname, '../../../renderer');
  const lines = readdirSync(renderer, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file)).flatMap((file) => readFileSync(path.join(renderer, file), 'utf8').split('\n').map((line) => [file, line] as const));
  expect(lines.filter(([, line]) => /\bvoid engine\.call\(/.test(line) && !line.includes('.catch('))).toEqual([]);
});
