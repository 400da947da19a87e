import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../../main/engine/engine.ts';
import { takeUpload } from '../../../main/serve/files.ts';
import type { AppContract } from '../../../preload/contract.ts';
import { type Client, EngineError } from '../../../preload/rpc/connect.ts';
import { openClient } from './open-client.ts';

let home: string;
let data: string;
let engine: Engine;
let client: Client<AppContract>;
let dataset: number;

const png = (shade: number): Promise<Buffer> => sharp({ create: { width: 8, height: 6, channels: 3, background: { r: shade, g: 0, b: 0 } } }).png().toBuffer();
const row = (i: number) => ({ version: 1, id: `s${i}`, task: i % 3 === 0 ? 'search' : 'coding', question: `which sign number ${i}`, answers: [`a${i}`], images: i % 3 === 0 ? [] : [`p${i % 2}.png`], ...(i < 30 && { split: 'train' }), ...(i % 5 === 0 && { issues: ['dark'] }) });
const lines = (rows: readonly unknown[]): string => rows.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n');

beforeAll(async () => {
  [home, data] = [mkdtempSync(path.join(os.tmpdir(), 'arft-datasets-')), mkdtempSync(path.join(os.tmpdir(), 'arft-data-'))];
  for (const shade of [0, 1]) writeFileSync(path.join(data, `p${shade}.png`), await png(shade));
  writeFileSync(path.join(data, 'set.jsonl'), lines([...Array.from({ length: 40 }, (_, i) => row(i)), '{"cut": ', { ...row(41), images: ['gone.png'] }]));
  ({ engine, client } = await openClient(home));
});
afterAll(async () => {
  await engine.close();
  for (const folder of [home, data]) rmSync(folder, { recursive: true, force: true });
});

const imported = async (input: AppContractInput): Promise<{ readonly id: number; readonly samples: number; readonly faults: number }> => {
  for await (const item of client.stream('datasets.import', input)) if (item.kind === 'done') return item.dataset;
  throw new Error('no end');
};
type AppContractInput = Parameters<typeof client.stream<'datasets.import'>>[1];

test('a folder is looked at without a trace: format, first rows, what is broken and why', async () => {
  const { files: [file] } = await client.call('datasets.preview', { places: [data], format: null, images: null });
  expect(file).toMatchObject({ name: 'set.jsonl', refused: null, format: 'samples', container: 'lines', found: 40, whole: true });
  expect(file?.samples).toHaveLength(20);
  expect(file?.samples[1]).toMatchObject({ id: 's1', question: 'which sign number 1', images: 1, split: 'train' });
  expect(existsSync(path.join(home, 'images')) ? readdirSync(path.join(home, 'images')) : []).toEqual([]);
  expect(await client.call('datasets.list', undefined)).toEqual([]);
  writeFileSync(path.join(data, 'few.jsonl'), lines([row(1), '{"cut": ', { ...row(41), images: ['gone.png'] }]));
  const { files: [few] } = await client.call('datasets.preview', { places: [path.join(data, 'few.jsonl')], format: null, images: null });
  expect([few?.whole, few?.faulty]).toEqual([true, 2]);
  expect(few?.faults).toMatchObject([{ line: 2, kept: false }, { line: 3, reason: expect.stringContaining('gone.png'), kept: false }]);
  rmSync(path.join(data, 'few.jsonl'));
  expect(existsSync(path.join(home, 'images')) ? readdirSync(path.join(home, 'images')) : []).toEqual([]);
  writeFileSync(path.join(data, 'no.csv'), 'a,b\n1,2\n');
  writeFileSync(path.join(data, 'long.jsonl'), lines(Array.from({ length: 400 }, (_, i) => ({ ...row(3 * i), id: `l${i}` }))));
  expect((await client.call('datasets.preview', { places: [path.join(data, 'long.jsonl')], format: null, images: null })).files).toMatchObject([{ whole: false, format: 'samples' }]);
  rmSync(path.join(data, 'long.jsonl'));
  const { files: [no] } = await client.call('datasets.preview', { places: [path.join(data, 'no.csv')], format: null, images: null });
  expect(no?.refused).toMatch(/JSON/);
  await expect(client.call('datasets.preview', { places: ['set.jsonl'], format: null, images: null })).rejects.toThrow(/whole path/);
});

test('an import tells its progress and its faults', async () => {
  const row = await imported({ name: 'signs', files: [path.join(data, 'set.jsonl')], format: null, images: null });
  expect(row).toMatchObject({ name: 'signs', files: ['set.jsonl'], format: 'samples', samples: 40, faults: 2 });
  dataset = row.id;
  expect(await client.call('datasets.faults', { dataset, offset: 0, limit: 10 })).toMatchObject({ total: 2, rows: [{ line: 41 }, { line: 42 }] });
  await expect(imported({ name: 'signs', files: [path.join(data, 'set.jsonl')], format: null, images: null })).rejects.toThrow(/name of its own/);
});

test('pages, filters, and counts beside each filter', async () => {
  const { total, rows } = await client.call('datasets.page', { dataset, filter: { kind: 'coding' }, offset: 20, limit: 3 });
  expect([total, rows.map(({ ordinal }) => ordinal)]).toEqual([26, [31, 32, 34]]);
  const counts = await client.call('datasets.counts', { dataset, filter: { kind: 'coding', split: 'train' } });
  expect(counts).toMatchObject({ total: 20, kinds: { coding: 20, search: 10 }, splits: { train: 20, '': 6 }, withImage: 20, withoutImage: 0 });
  expect(await client.call('datasets.sample', { dataset, ordinal: 32, filter: { kind: 'coding' } })).toMatchObject({ index: 21, sample: { id: 's32' } });
  expect((await client.call('datasets.page', { dataset, filter: { text: 'sign 17' }, offset: 0, limit: 9 })).rows.map(({ id }) => id)).toEqual(['s17']);
});

test('tags, splits, and samples that go and come back', async () => {
  await client.call('datasets.tag', { dataset, ordinals: [1, 2], tag: 'odd', on: true });
  expect(await client.call('datasets.counts', { dataset, filter: { tag: 'odd' } })).toMatchObject({ total: 2, tags: { odd: 2 } });
  expect(await client.call('datasets.assignSplits', { dataset, shares: { train: 3, test: 1 }, seed: 7 })).toEqual({ train: 30, test: 10 });
  const { bin } = await client.call('datasets.removeSamples', { dataset, ordinals: [0, 1] });
  expect((await client.call('datasets.list', undefined))[0]?.samples).toBe(38);
  await client.call('settings.restore', { id: bin });
  expect((await client.call('datasets.list', undefined))[0]?.samples).toBe(40);
  expect(await client.call('datasets.statistics', { dataset })).toMatchObject({ total: 40, answers: { one: 40 }, splits: { train: 30, test: 10 } });
});

test('an export lies in a folder of its own, with its images, and nothing is overwritten', async () => {
  const folder = path.join(data, 'out');
  const first = await client.call('datasets.export', { dataset, filter: { kind: 'coding' }, format: 'mat-coding', folder, images: true });
  expect(first).toMatchObject({ file: path.join(folder, 'signs', 'signs.json'), images: 2 });
  expect(first.rows + first.left).toBe(26);
  expect(JSON.parse(readFileSync(first.file, 'utf8'))).toHaveLength(first.rows);
  const second = await client.call('datasets.export', { dataset, filter: {}, format: null, folder, images: false });
  expect(second).toMatchObject({ file: path.join(folder, 'signs-2', 'signs-2.jsonl'), rows: 40 });
  expect(await client.call('datasets.asFile', { dataset, filter: {} })).toEqual({ file: path.join(home, 'exports', 'signs', 'signs.jsonl') });
});

test('what samples would be scored as, by their kinds; why not where they are mixed or none', async () => {
  const as = (filter: object, of = dataset) => client.call('datasets.scoredAs', { dataset: of, filter });
  const { kinds, total } = await client.call('datasets.counts', { dataset, filter: {} });
  expect(await as({})).toEqual({ benchmark: null, why: 'mixed', count: total });
  expect(await as({ kind: 'coding' })).toEqual({ benchmark: 'mat-coding', why: null, count: kinds['coding'] });
  expect(await as({ kind: 'search' })).toEqual({ benchmark: 'mat-search', why: null, count: kinds['search'] });
  expect(await as({ text: 'nothing says this' })).toEqual({ benchmark: null, why: 'empty', count: 0 });
});

test('dropped files: data and images find each other, and are gone after the import', async () => {
  const drop = (name: string, bytes: Buffer): Promise<string> => takeUpload(home, name, Readable.from(bytes));
  const files = [await drop('dropped.jsonl', Buffer.from(lines([row(1)]))), await drop('p1.png', await png(1))];
  expect(await imported({ name: 'dropped', files, format: null, images: null })).toMatchObject({ samples: 1, faults: 0, files: ['dropped.jsonl'] });
  expect(readdirSync(path.join(home, 'uploads'))).toEqual([]);
});

test('the built-in task is a dataset after one call; a cancelled one leaves nothing', async () => {
  const items = [];
  for await (const item of client.stream('datasets.importMini', { name: 'mini', seed: 1, train: 6, test: 3 })) items.push(item);
  expect(items.at(-1)).toMatchObject({ kind: 'done', dataset: { samples: 9, faults: 0 } });
  const mini = (await client.call('datasets.list', undefined)).find(({ name }) => name === 'mini');
  expect(await client.call('datasets.scoredAs', { dataset: mini?.id ?? 0, filter: { split: 'test' } })).toEqual({ benchmark: 'mat-mini', why: null, count: 3 });
  const abort = new AbortController();
  await expect(async () => {
    for await (const item of client.stream('datasets.importMini', { name: 'never', seed: 1, train: 4000, test: 0 }, { signal: abort.signal })) if (item.kind === 'making') abort.abort();
  }).rejects.toThrow();
  expect((await client.call('datasets.list', undefined)).map(({ name }) => name)).not.toContain('never');
});

test('a dataset that is removed comes back, and what is not there is refused', async () => {
  await client.call('datasets.rename', { dataset, name: 'other' });
  const { bin } = await client.call('datasets.remove', { dataset });
  await expect(client.call('datasets.page', { dataset: 999, filter: {}, offset: 0, limit: 1 })).rejects.toThrow(EngineError);
  expect(await client.call('settings.restore', { id: bin })).toEqual({ name: 'other' });
  mkdirSync(path.join(data, 'empty'));
  await expect(client.call('datasets.preview', { places: [path.join(data, 'empty')], format: null, images: null })).rejects.toThrow(/data file/);
});
