import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { exportFile } from '../../../main/data/export.ts';
import { InputError } from '../../../main/records/input-error.ts';
import type { Sample } from '../../../main/records/sample.ts';
import type { Store } from '../../../main/store/store.ts';
import { newHome, opened, sampleOf } from './fixture.ts';

function written(home: string, samples: readonly (Sample | string)[], name = 'samples.jsonl'): string {
  const file = path.join(home, name);
  writeFileSync(file, samples.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join(''));
  return file;
}

async function imported(samples: readonly (Sample | string)[]): Promise<{ readonly store: Store; readonly id: number; readonly home: string }> {
  const home = newHome();
  const store = opened(home);
  const { id } = await store.datasets.import({ name: 'set', files: [written(home, samples)], images: false });
  return { store, id, home };
}

const numbers = (count: number): readonly Sample[] => Array.from({ length: count }, (_, i) => sampleOf(i));

test('an import: samples in their order, whole; broken rows with line and reason', async () => {
  const home = newHome();
  const store = opened(home);
  const samples = [sampleOf(0, { split: 'test', extra: { b: 1, a: [1.5] } }), sampleOf(1), sampleOf(2)];
  const file = written(home, [samples[0] as Sample, '{"broken": ', samples[1] as Sample, samples[2] as Sample]);
  const told: number[] = [];
  const row = await store.datasets.import({ name: ' set ', files: [file], onProgress: ({ samples: done }) => told.push(done) });
  expect(row).toMatchObject({ name: 'set', source: file, format: 'samples', samples: 3, faults: 1 });
  expect(told.at(-1)).toBe(3);
  expect(store.datasets.faults(row.id)).toMatchObject({ total: 1, rows: [{ file: 'samples.jsonl', row: 1, line: 2, kept: false }] });
  for (const [ordinal, sample] of samples.entries()) expect(store.datasets.sample(row.id, ordinal).sample).toMatchObject(sample);
  expect(store.datasets.page(row.id).rows.map(({ ordinal, id, kind, split }) => [ordinal, id, kind, split])).toEqual([[0, 's0', 'coding', 'test'], [1, 's1', 'search', null], [2, 's2', 'coding', null]]);
  expect(store.datasets.find('s2')).toEqual([{ dataset: row.id, ordinal: 2 }]);
  expect(() => store.datasets.sample(row.id, 3)).toThrow(InputError);
  await expect(store.datasets.import({ name: 'set', files: [file] })).rejects.toThrow(/another dataset/);
});

test('what is imported and exported is the same file', async () => {
  const { store, id, home } = await imported([sampleOf(0, { extra: { '图': '像' } }), '  {"version":1,  "id":"odd", "task":"search","question":"1.0","answers":[],"images":[],"extra":{"n":1.0}}', sampleOf(2)]);
  const layout = store.datasets.layout(id);
  if (!layout) throw new Error('the file’s layout was not kept');
  await exportFile(path.join(home, 'out.jsonl'), [...store.datasets.records(id)], layout, { store: store.images });
  expect(readFileSync(path.join(home, 'out.jsonl'))).toEqual(readFileSync(path.join(home, 'samples.jsonl')));
});

test('several files become one dataset, whatever their ids', async () => {
  const home = newHome();
  const store = opened(home);
  const files = ['a.jsonl', 'b.jsonl', 'c.jsonl'].map((name) => written(home, [sampleOf(0), sampleOf(1)], name));
  const { id, samples } = await store.datasets.import({ name: 'all', files });
  expect(samples).toBe(6);
  expect(store.datasets.page(id).rows.map((row) => row.id)).toEqual(['s0', 's1', 'b.jsonl:s0', 'b.jsonl:s1', 'c.jsonl:s0', 'c.jsonl:s1']);
  expect(store.datasets.layout(id)).toBeUndefined();
});

test('an import that is cancelled, or finds nothing, leaves nothing', async () => {
  const home = newHome();
  const store = opened(home);
  const abort = new AbortController();
  const file = written(home, numbers(3000));
  await expect(store.datasets.import({ name: 'x', files: [file], signal: abort.signal, onProgress: ({ samples }) => samples >= 400 && abort.abort(new Error('enough')) })).rejects.toThrow('enough');
  await expect(store.datasets.import({ name: 'x', files: [written(home, ['{"a":1}'], 'no.jsonl')] })).rejects.toThrow(InputError);
  await expect(store.datasets.import({ name: 'x', files: [path.join(home, 'gone.jsonl')] })).rejects.toThrow(InputError);
  expect(store.datasets.list()).toEqual([]);
  expect(store.datasets.find('s1')).toEqual([]);
  expect((await store.datasets.import({ name: 'x', files: [file] })).samples).toBe(3000);
});

test('full text: words of question and answers, beginnings while typing, Chinese by its signs', async () => {
  const { store, id } = await imported([
    sampleOf(0, { question: 'Which colour has the café?', answers: ['Red'] }),
    sampleOf(1, { question: '图中的红色汽车是什么牌子？', answers: ['丰田'] }),
    sampleOf(2, { question: 'The colours of the "sea"', answers: ['blue'] }),
    sampleOf(3, { question: '车是红的', answers: [] }),
  ]);
  const found = (text: string): readonly number[] => store.datasets.page(id, { filter: { text } }).rows.map(({ ordinal }) => ordinal);
  expect(found('colour')).toEqual([0, 2]);
  expect(found('colour ')).toEqual([0]);
  expect(found('CAFE')).toEqual([0]);
  expect(found('red which')).toEqual([0]);
  expect(found('red blue ')).toEqual([]);
  expect(found('红色')).toEqual([1]);
  expect(found('红')).toEqual([1, 3]);
  expect(found('丰田 汽车')).toEqual([1]);
  expect(found('"sea" OR NOT *')).toEqual([]);
  expect(found('"sea"')).toEqual([2]);
  expect(found('  ')).toEqual([0, 1, 2, 3]);
});

test('filters, counts and pages agree with a count by hand', async () => {
  const samples = Array.from({ length: 50 }, (_, i) => sampleOf(i, { ...(i % 5 === 0 && { split: 'test' }), images: i % 3 === 0 ? [`img${i}.png`] : [], ...(i % 7 === 0 && { issues: ['dark', 'noise'] as const }) }));
  const { store, id } = await imported(samples);
  store.datasets.tag(id, [1, 2, 4], 'look', true);
  store.datasets.tag(id, [2], 'look', false);
  const cases: readonly (readonly [Parameters<typeof store.datasets.counts>[1] & object, (sample: Sample, i: number) => boolean])[] = [
    [{ kind: 'coding' }, ({ task }) => task === 'coding'],
    [{ split: 'test' }, ({ split }) => split === 'test'],
    [{ split: '' }, ({ split }) => split === undefined],
    [{ image: true }, ({ images }) => images.length > 0],
    [{ image: false, kind: 'search' }, ({ images, task }) => images.length === 0 && task === 'search'],
    [{ issue: 'noise' }, ({ issues }) => issues !== undefined],
    [{ tag: 'look' }, (_, i) => i === 1 || i === 4],
    [{ text: 'number 1', kind: 'search' }, ({ task, question }) => task === 'search' && /number 1/.test(question)],
  ];
  for (const [filter, fits] of cases) {
    const wanted = samples.flatMap((sample, i) => (fits(sample, i) ? [i] : []));
    expect(store.datasets.page(id, { filter }), JSON.stringify(filter)).toMatchObject({ total: wanted.length, rows: wanted.map((ordinal) => ({ ordinal })) });
    expect(store.datasets.page(id, { filter, offset: 1, limit: 3 }).rows.map(({ ordinal }) => ordinal)).toEqual(wanted.slice(1, 4));
    expect(store.datasets.page(id, { filter, after: wanted[0] ?? 0, limit: 2 }).rows.map(({ ordinal }) => ordinal)).toEqual(wanted.slice(1, 3));
    expect(store.datasets.counts(id, filter).total).toBe(wanted.length);
    expect([...store.datasets.records(id, filter)].map((sample) => sample.id)).toEqual(wanted.map((i) => `s${i}`));
  }
  expect(store.datasets.counts(id)).toEqual({ total: 50, kinds: { coding: 25, search: 25 }, splits: { '': 40, test: 10 }, issues: { dark: 8, noise: 8 }, tags: { look: 2 }, withImage: 17, withoutImage: 33 });
  const { answers, images, questionLength } = store.datasets.statistics(id);
  expect([answers, images]).toEqual([{ none: 0, one: 50, several: 0 }, { 0: 33, 1: 17 }]);
  const [edges, counts] = [questionLength.edges, questionLength.counts];
  for (const [i, count] of counts.entries()) expect(count).toBe(samples.filter(({ question }) => question.length >= (edges[i] as number) && question.length < (edges[i + 1] as number)).length);
});

test('a dataset made by hand: samples added, changed, and refused', () => {
  const store = opened();
  const { id } = store.datasets.create('mine');
  expect([store.datasets.add(id, sampleOf(0)), store.datasets.add(id, sampleOf(1, { question: '旧的' }))]).toEqual([0, 1]);
  expect(() => store.datasets.add(id, sampleOf(0))).toThrow(/an id that the dataset has not yet/);
  store.datasets.update(id, 1, sampleOf(1, { question: '新的', split: 'train' }));
  const found = (text: string): number => store.datasets.page(id, { filter: { text } }).total;
  expect([found('旧的'), found('新的'), store.datasets.get(id).samples]).toEqual([0, 1, 2]);
  expect(store.datasets.sample(id, 1).sample).toMatchObject({ question: '新的', split: 'train' });
  expect(() => store.datasets.update(id, 1, sampleOf(0))).toThrow(InputError);
  expect(() => store.datasets.update(id, 7, sampleOf(7))).toThrow(InputError);
  store.datasets.rename(id, 'ours');
  expect(store.datasets.get(id).name).toBe('ours');
  expect(() => store.datasets.create('ours')).toThrow(InputError);
  expect(() => store.datasets.create('  ')).toThrow(InputError);
});

test('splits by share: all samples, the same for the same seed, whatever the order', async () => {
  const { store, id } = await imported(numbers(101));
  expect(await store.datasets.assignSplits(id, { shares: { train: 8, validation: 1, test: 1 }, seed: 3 })).toEqual({ train: 81, validation: 10, test: 10 });
  const splits = (dataset: number): Readonly<Record<string, string | undefined>> => Object.fromEntries([...store.datasets.records(dataset)].map((sample) => [sample.id, sample.split]));
  const before = splits(id);
  const { id: other } = store.datasets.create('other way round');
  for (const sample of numbers(101).toReversed()) store.datasets.add(other, sample);
  await store.datasets.assignSplits(other, { shares: { train: 0.8, validation: 0.1, test: 0.1 }, seed: 3 });
  expect(splits(other)).toEqual(before);
  await store.datasets.assignSplits(id, { shares: { train: 0.8, validation: 0.1, test: 0.1 }, seed: 4 });
  expect(splits(id)).not.toEqual(before);
  await expect(store.datasets.assignSplits(id, { shares: { a: 0 }, seed: 1 })).rejects.toThrow(InputError);
  await expect(store.datasets.assignSplits(id, { shares: { a: 2, b: -1 }, seed: 1 })).rejects.toThrow(InputError);
});
