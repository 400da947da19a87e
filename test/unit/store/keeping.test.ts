import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { InputError } from '../../../main/records/input-error.ts';
import { runConfig } from '../../../main/records/run-config.ts';
import { newHome, newRun, opened, tellStep } from './fixture.ts';

test('the queue: in order, moved, taken once, put back', () => {
  const home = newHome();
  const [store, other] = [opened(home), opened(home)];
  const [a, b, c] = ['a', 'b', 'c'].map((name) => store.queue.add(runConfig.parse({ name }))) as [number, number, number];
  store.queue.move(c, 0);
  const names = (): readonly string[] => other.queue.list().map(({ config }) => config.name);
  expect(names()).toEqual(['c', 'a', 'b']);
  expect(store.queue.take()).toMatchObject({ id: c, taken: true });
  expect(other.queue.take()?.id).toBe(a);
  store.queue.putBack(c);
  expect(store.queue.take()?.id).toBe(c);
  store.queue.remove(c);
  expect(names()).toEqual(['a', 'b']);
  expect(() => store.queue.remove(c)).toThrow(InputError);
  expect(() => store.queue.move(99, 0)).toThrow(InputError);
  expect([store.queue.take()?.id, store.queue.take()]).toEqual([b, undefined]);
});

test('settings: by their schema; what does not fit any more is not there', () => {
  const store = opened();
  const schema = z.object({ side: z.number() });
  expect(store.settings.get('ui', schema, { side: 1 })).toEqual({ side: 1 });
  store.settings.set('ui', { side: 3 });
  expect(store.settings.get('ui', schema, { side: 1 })).toEqual({ side: 3 });
  expect(store.settings.get('ui', z.string(), 'none')).toBe('none');
  store.settings.delete('ui');
  expect(store.settings.get('ui', schema, { side: 1 })).toEqual({ side: 1 });
});

test('thumbnails: made once, for whoever asks at the same time; what is no image is said', async () => {
  const store = opened();
  const reference = await store.images.put(await sharp({ create: { width: 900, height: 300, channels: 3, background: 'teal' } }).png().toBuffer());
  const made = await Promise.all([store.thumbnails.thumbnail(reference, 256), store.thumbnails.thumbnail(reference, 256)]);
  expect(made[0]).toBe(made[1]);
  expect(await sharp(made[0]).metadata()).toMatchObject({ format: 'webp', width: 256, height: 85 });
  const folder = path.join(store.home, 'images', 'thumbnails');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files).toHaveLength(1);
  await expect(store.thumbnails.thumbnail(await store.images.put(Buffer.from('no image')), 128)).rejects.toThrow(/an image that can be decoded/);
  await expect(store.thumbnails.thumbnail('/etc/hostname', 128)).rejects.toThrow(InputError);
  await expect(store.thumbnails.thumbnail(`sha256:${'0'.repeat(64)}`, 128)).rejects.toThrow(InputError);
});

test('sizes by kind, as the files have them; what can go goes', async () => {
  const home = newHome();
  const store = opened(home);
  const write = (file: string, bytes: number): void => {
    mkdirSync(path.dirname(path.join(home, file)), { recursive: true });
    writeFileSync(path.join(home, file), Buffer.alloc(bytes));
  };
  for (const [file, bytes] of [['runs/a/checkpoints/step-000001/weights', 1000], ['images/ab/abc', 10], ['images/thumbnails/128/ab/abc.webp', 20], ['quantized/key/weights.bin', 300], ['corpora/c.db', 40], ['notes.txt', 5]] as const) write(file, bytes);
  tellStep(newRun(home, 'b'), 0);
  await store.indexer.look();
  await store.bin.remove({ kind: 'run', name: 'b' });
  const sizes = async (): Promise<Readonly<Record<string, number>>> => Object.fromEntries((await store.storage.sizes()).map(({ kind, bytes }) => [kind, bytes]));
  const before = await sizes();
  expect(before).toMatchObject({ runs: 0, checkpoints: 1000, images: 10, thumbnails: 20, quantized: 300, corpora: 40, models: 0, python: 0 });
  expect(before['database']).toBeGreaterThanOrEqual(statSync(path.join(home, 'arft.db')).size);
  expect(before['bin']).toBeGreaterThan(500);
  expect(await store.storage.free('thumbnails')).toBe(20);
  expect(await store.storage.free('quantized')).toBe(300);
  expect(await store.storage.free('bin')).toBe(before['bin']);
  expect(await sizes()).toMatchObject({ thumbnails: 0, quantized: 0, bin: 0, checkpoints: 1000, images: 10 });
  expect([store.bin.list(), existsSync(path.join(home, 'bin', '1'))]).toEqual([[], false]);
});
