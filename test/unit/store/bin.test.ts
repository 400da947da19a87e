import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../../../main/records/input-error.ts';
import { newHome, newRun, opened, sampleOf, tellStep } from './fixture.ts';

test('a run goes to the bin with its marks, and comes back', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r');
  tellStep(run, 0);
  await store.indexer.look();
  store.runs.annotate('r', { note: 'mine', tags: ['a'] });
  const id = await store.bin.remove({ kind: 'run', name: 'r' });
  expect([existsSync(run.folder), store.runs.list().total]).toEqual([false, 0]);
  expect(store.bin.list()).toMatchObject([{ id, kind: 'run', name: 'r' }]);
  newRun(home, 'r', 77);
  await store.indexer.look();
  expect(store.runs.get('r').note).toBe('');
  expect(await store.bin.restore(id)).toBe('r-2');
  await store.indexer.look();
  expect(store.runs.get('r-2')).toMatchObject({ note: 'mine', tags: ['a'], step: 1 });
  expect(store.bin.list()).toEqual([]);
});

test('a run at work is not removed', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r');
  run.claim();
  await expect(store.bin.remove({ kind: 'run', name: 'r' })).rejects.toThrow(/Stop it first/);
  await expect(store.bin.remove({ kind: 'run', name: '../runs/r' })).rejects.toThrow(InputError);
  run.unclaim();
  await store.bin.remove({ kind: 'run', name: 'r' });
});

test('samples and datasets go and come back; emptied, they are gone for good', async () => {
  const store = opened();
  const { id } = store.datasets.create('d');
  for (let i = 0; i < 6; i++) store.datasets.add(id, sampleOf(i));
  store.datasets.tag(id, [1, 2], 't', true);
  const ordinals = (): readonly number[] => store.datasets.page(id).rows.map(({ ordinal }) => ordinal);
  const some = await store.bin.remove({ kind: 'samples', dataset: id, ordinals: [1, 4] });
  expect([ordinals(), store.datasets.get(id).samples, store.datasets.counts(id).tags, store.datasets.find('s1')]).toEqual([[0, 2, 3, 5], 4, { t: 1 }, []]);
  expect(store.datasets.page(id, { filter: { text: 'question' } }).total).toBe(4);
  expect(() => store.datasets.sample(id, 1)).toThrow(InputError);
  const all = await store.bin.remove({ kind: 'dataset', dataset: id });
  expect([store.datasets.list(), store.datasets.find('s0')]).toEqual([[], []]);
  expect(store.bin.list()).toMatchObject([{ kind: 'dataset', samples: 6 }, { kind: 'samples', samples: 2 }]);
  store.datasets.create('d');
  expect(await store.bin.restore(all)).toBe('d 2');
  await store.bin.restore(some);
  expect([ordinals(), store.datasets.counts(id).tags]).toEqual([[0, 1, 2, 3, 4, 5], { t: 2 }]);
  await store.bin.remove({ kind: 'samples', dataset: id, ordinals: [0] });
  const last = await store.bin.remove({ kind: 'dataset', dataset: id });
  await store.bin.empty([last]);
  expect([store.bin.list(), store.datasets.list().length, store.datasets.find('s3')]).toEqual([[], 1, []]);
  await expect(store.bin.restore(all)).rejects.toThrow(InputError);
  await expect(store.bin.remove({ kind: 'dataset', dataset: id })).rejects.toThrow(InputError);
});

test('after a crash between row and folder, the bin says what is there', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r');
  await store.indexer.look();
  store.runs.annotate('r', { note: 'mine' });
  const id = await store.bin.remove({ kind: 'run', name: 'r' });
  renameSync(path.join(home, 'bin', String(id), 'r'), run.folder); // as if the kill came before the folder was moved
  const again = opened(home);
  expect(again.bin.list()).toEqual([]);
  await again.indexer.look();
  expect(again.runs.get('r').note).toBe('mine');
  mkdirSync(path.join(home, 'bin', '9'), { recursive: true });
  renameSync(run.folder, path.join(home, 'bin', '9', 'r')); // as if the database were older than the bin
  const third = opened(home);
  expect(third.bin.list()).toMatchObject([{ id: 9, kind: 'run', name: 'r' }]);
  expect(await third.bin.restore(9)).toBe('r');
});
