import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../main/engine/engine.ts';
import type { EditedStep } from '../../../main/records/annotation.ts';
import type { Sample } from '../../../main/records/sample.ts';
import { takeUpload } from '../../../main/serve/files.ts';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import type { Client } from '../../../preload/rpc/connect.ts';
import { openClient } from './open-client.ts';

let home: string;
let engine: Engine;
let client: Client<AppContract>;

const picture = (red: number): Promise<Buffer> => sharp({ create: { width: 16, height: 12, channels: 3, background: { r: red, g: 120, b: 60 } } }).png().toBuffer();
const upload = (name: string, bytes: Buffer): Promise<string> => takeUpload(home, name, Readable.from(bytes));
const step = (kind: EditedStep['kind'], body: string, more: Partial<EditedStep> = {}): EditedStep => ({ kind, think: 'so', body, information: '', result: null, ...more });

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'arft-annotate-'));
  ({ engine, client } = await openClient(home));
});
afterAll(async () => {
  await engine.close();
  rmSync(home, { recursive: true, force: true });
});

let made = 0;

/** A new dataset of a sample for each red. */
async function begin(...reds: readonly number[]): Promise<number> {
  const uploads = await Promise.all(reds.map(async (red) => upload(`p${red}.png`, await picture(red))));
  return (await client.call('annotate.add', { dataset: null, name: `set ${++made}`, uploads, task: 'coding' })).dataset;
}

type Change = Calls<AppContract>['annotate.change']['input']['change'];
/** By somebody who has the sample before their eyes. */
async function change(dataset: number, ordinal: number, fields: Change, author = 'Ann') {
  const { sample, steps } = await open(dataset, ordinal);
  return client.call('annotate.change', { dataset, ordinal, author, change: fields, before: { ...written(sample), steps } });
}
const written = ({ images, task, question, answers, split, box }: Calls<AppContract>['annotate.open']['output']['sample']) => ({ image: images[0] ?? null, task, question, answers: [...answers], split: split ?? null, box: (box as [number, number, number, number] | undefined) ?? null });
const spoil = (dataset: number, ordinal: number, issues: Calls<AppContract>['annotate.spoil']['input']['issues'], strength = 2) => client.call('annotate.spoil', { dataset, ordinal, author: 'Ann', issues, strength });
const open = (dataset: number, ordinal: number) => client.call('annotate.open', { dataset, ordinal });
const record = (dataset: number, ordinal: number): Sample => engine.context.store.datasets.sample(dataset, ordinal).sample;

describe('adding', () => {
  test('a sample for each image, named by its hash; broken ones are listed; a taken name gets a number', async () => {
    const [first, second] = [await picture(1), await picture(2)];
    const uploads = [await upload('a.png', first), await upload('bad.png', Buffer.from('no image')), await upload('b.png', second), await upload('again.png', first), '/nowhere/c.png', home];
    const added = await client.call('annotate.add', { dataset: null, name: 'cards', uploads, task: 'coding' });
    expect(added).toMatchObject({ ordinals: [0, 1, 2], refused: [{ file: 'bad.png', reason: expect.stringContaining('an image that can be decoded') }, { file: 'c.png' }, { file: path.basename(home) }] });
    const { rows, total, counts } = await client.call('annotate.page', { dataset: added.dataset, state: null, offset: 0, limit: 10 });
    expect([total, counts]).toEqual([3, { new: 3, draft: 0, submitted: 0, accepted: 0, returned: 0 }]);
    const hex = /^sha256:([0-9a-f]{16})/.exec(rows[0]?.image ?? '')?.[1];
    expect(rows.map(({ id }) => id)).toEqual([hex, expect.stringMatching(/^[0-9a-f]{16}$/), `${hex}-2`]);
    expect(rows[0]).toMatchObject({ ordinal: 0, question: '', state: 'new', annotator: null, reviewer: null, steps: 0, image: rows[2]?.image });
    const bare = await client.call('annotate.add', { dataset: null, name: 'cards', uploads: [], task: 'search' });
    expect(record(bare.dataset, 0)).toMatchObject({ task: 'search', images: [], question: '', answers: [] });
    expect(await client.call('annotate.add', { dataset: bare.dataset, name: '', uploads: [], task: 'search' })).toMatchObject({ dataset: bare.dataset, ordinals: [1] });
    expect((await client.call('annotate.list', undefined)).map(({ name, samples }) => [name, samples])).toEqual([['cards 2', 2], ['cards', 3]]);
    await expect(client.call('annotate.add', { dataset: null, name: 'none', uploads: [await upload('bad.png', Buffer.from('x'))], task: 'coding' })).rejects.toThrow(/decoded/);
    expect((await client.call('annotate.list', undefined)).map(({ name }) => name)).not.toContain('none');
    await expect(client.call('annotate.add', { dataset: 999, name: '', uploads: [], task: 'coding' })).rejects.toThrow(/dataset 999/);
  });
});

describe('changing', () => {
  test('what somebody else changed meanwhile is not written over, but told; the other fields are written', async () => {
    const dataset = await begin(12);
    await change(dataset, 0, { question: 'which digit?', answers: ['4'] });
    const { steps } = await open(dataset, 0);
    const before = { question: '', answers: ['4'], box: null, steps };
    const late = (change: Change, author = 'Bo') => client.call('annotate.change', { dataset, ordinal: 0, author, change, before });
    expect(await late({ question: 'which letter?', box: [0, 0, 500, 500] })).toMatchObject({ refused: ['question'], sample: { question: 'which digit?', box: [0, 0, 500, 500] } });
    expect(await late({ question: 'which letter?' })).toMatchObject({ refused: ['question'], sample: { question: 'which digit?' } });
    // Who wants what is there already, and who says nothing of what was there.
    expect(await late({ question: 'which digit?', answers: ['4', 'four'] })).toMatchObject({ refused: [], sample: { answers: ['4', 'four'] } });
    expect(await late({ split: 'hard' })).toMatchObject({ refused: ['split'] });
    expect(await change(dataset, 0, { question: 'which letter?' }, 'Bo')).toMatchObject({ refused: [], sample: { question: 'which letter?' }, annotation: { annotator: 'Bo' } });
    expect(await client.call('annotate.undo', { dataset })).toMatchObject({ what: 'question' });
    expect(await client.call('annotate.undo', { dataset })).toMatchObject({ what: 'box' });
    expect(record(dataset, 0)).toMatchObject({ question: 'which digit?', answers: ['4'] });
  });

  test('of two faults that come at once the second is refused: it does not know of the first', async () => {
    const dataset = await begin(14);
    const done = await Promise.allSettled([spoil(dataset, 0, ['dark']), spoil(dataset, 0, ['blur'])]);
    expect(done.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [won] = done.flatMap((each) => (each.status === 'fulfilled' ? [each.value.sample.issues] : []));
    expect(record(dataset, 0).issues).toEqual(won);
  });

  test('a question of a file is known however long it is', async () => {
    const dataset = await begin(13);
    engine.context.store.datasets.update(dataset, 0, { ...record(dataset, 0), question: 'x'.repeat(30_000) });
    expect(await change(dataset, 0, { question: 'short' })).toMatchObject({ refused: [], sample: { question: 'short' } });
  });

  test('each field, what is lacking meanwhile, and back again', async () => {
    const dataset = await begin(10, 11);
    expect(await open(dataset, 0)).toMatchObject({ ordinal: 0, lacks: ['question', 'answer'], before: null, next: 1, index: 0, total: 2, annotation: { state: 'new', annotator: null }, steps: [] });
    const first = record(dataset, 0);
    expect(await change(dataset, 0, { question: 'which digit ?' })).toMatchObject({ sample: { question: 'which digit ?' }, lacks: ['answer'], annotation: { state: 'draft', annotator: 'Ann' } });
    expect(await change(dataset, 0, { answers: ['', ' 4 '], split: 'hard', box: [0, 10, 500, 600] })).toMatchObject({ lacks: [], sample: { split: 'hard', box: [0, 10, 500, 600] } });
    const { sample, lacks } = await change(dataset, 0, { split: null, box: null, task: 'search' });
    expect([Object.keys(sample).includes('split'), Object.keys(sample).includes('box'), sample.task, lacks]).toEqual([false, false, 'search', []]);
    await expect(change(dataset, 0, { box: [500, 0, 500, 10] })).rejects.toThrow(/the box: expected x0 below x1/);
    expect(await change(dataset, 1, {})).toMatchObject({ annotation: { state: 'new' } });
    const undone = [];
    for (let last = await client.call('annotate.undo', { dataset }); last; last = await client.call('annotate.undo', { dataset })) undone.push(last.what);
    expect([undone, record(dataset, 0)]).toEqual([['task', 'answers', 'question'], first]);
    expect(await client.call('annotate.redo', { dataset })).toEqual({ ordinal: 0, what: 'question' });
    expect((await open(dataset, 0)).annotation).toMatchObject({ state: 'draft', annotator: 'Ann' });
  });

  test('what a chain lacks, step by step, until it can be submitted', async () => {
    const dataset = await begin(20);
    await change(dataset, 0, { question: 'q', answers: ['Four'] });
    const lacksWith = async (...steps: readonly EditedStep[]) => (await change(dataset, 0, { steps: [...steps] })).lacks;
    const result = record(dataset, 0).images[0] as string;
    expect(await lacksWith(step('problem', ''))).toEqual(['emptyStep', 'lastStep']);
    expect(await lacksWith(step('problem', "{'dark'}"), step('code', 'x'), step('answer', 'five'))).toEqual(['answerStep', 'result']);
    expect(await lacksWith(step('search', 'x'), step('answer', ' four '))).toEqual(['information']);
    const steps = [step('problem', "{'dark'}"), step('search', 'x', { information: 'found' }), step('code', 'x', { result })];
    expect((await change(dataset, 0, { steps })).steps).toEqual(steps);
    expect(await lacksWith(...steps, step('answer', 'four'))).toEqual([]);
    expect(record(dataset, 0).chain?.map(({ kind, context }) => [kind, context.length > 0])).toEqual([['problem', false], ['search', true], ['code', true], ['answer', true]]);
    expect(await client.call('annotate.submit', { dataset, ordinal: 0, author: 'Ann' })).toEqual({ next: null });
    expect((await change(dataset, 0, { steps: [] })).annotation.state).toBe('draft');
    expect(record(dataset, 0)).not.toHaveProperty('chain');
  });
});

describe('exchanging the image', () => {
  const keep = async (red: number) => (await client.call('annotate.keepImage', { upload: await upload(`p${red}.png`, await picture(red)) })).image;
  const made = async (red: number): Promise<EditedStep[]> => [step('problem', "{'dark'}"), step('code', 'x', { result: await keep(red) }), step('search', 'y', { information: 'found' }), step('answer', 'four')];

  test('question, answers, part and chain stay; faults, the clean image and what code made go, and undo brings them back', async () => {
    const dataset = await begin(70);
    await change(dataset, 0, { question: 'q', answers: ['four'], box: [0, 0, 500, 500] });
    await spoil(dataset, 0, ['dark', 'crop']);
    await change(dataset, 0, { steps: await made(71) });
    await client.call('annotate.submit', { dataset, ordinal: 0, author: 'Ann' });
    const before = record(dataset, 0);
    const image = await keep(72);
    const exchanged = await change(dataset, 0, { image }, 'Bo');
    expect(exchanged).toMatchObject({ refused: [], lacks: ['result'], annotation: { state: 'draft', annotator: 'Bo' }, sample: { question: 'q', answers: ['four'], box: [0, 0, 500, 500], images: [image], issues: ['crop'] } });
    expect(exchanged.steps).toEqual([step('problem', "{'dark'}"), step('code', 'x'), step('search', 'y', { information: 'found' }), step('answer', 'four')]);
    expect(record(dataset, 0)).not.toHaveProperty('cleanImage');
    expect(JSON.stringify(record(dataset, 0).chain)).not.toContain('sha256:');
    // Each exchange is one thing to take back, however fast they follow each other.
    await change(dataset, 0, { image: await keep(73) }, 'Bo');
    expect(await client.call('annotate.undo', { dataset })).toEqual({ ordinal: 0, what: 'image' });
    expect(record(dataset, 0).images).toEqual([image]);
    expect(await client.call('annotate.undo', { dataset })).toEqual({ ordinal: 0, what: 'image' });
    expect(record(dataset, 0)).toEqual(before);
    expect((await open(dataset, 0)).annotation.state).toBe('submitted');
    await client.call('annotate.redo', { dataset });
    expect(record(dataset, 0).images).toEqual([image]);
  });

  test('a sample without an image gets one; its first image alone is exchanged', async () => {
    const { dataset } = await client.call('annotate.add', { dataset: null, name: 'bare for an image', uploads: [], task: 'coding' });
    const [image, second] = [await keep(74), await keep(75)];
    expect(await change(dataset, 0, { image })).toMatchObject({ sample: { images: [image] }, lacks: ['question', 'answer'] });
    engine.context.store.datasets.update(dataset, 0, { ...record(dataset, 0), images: [image, second] });
    expect(await change(dataset, 0, { image: await keep(76) })).toMatchObject({ sample: { images: [await keep(76), second] } });
  });

  test('of two windows that exchange it the later one is told; steps written on the image before lose what code made of it', async () => {
    const dataset = await begin(80);
    await change(dataset, 0, { question: 'q', answers: ['four'], steps: await made(81) });
    const { sample, steps } = await open(dataset, 0);
    const before = { ...written(sample), steps };
    const late = (fields: Change) => client.call('annotate.change', { dataset, ordinal: 0, author: 'Bo', change: fields, before });
    const image = await keep(82);
    await change(dataset, 0, { image });
    expect(await late({ image: await keep(83), question: 'r' })).toMatchObject({ refused: ['image'], sample: { images: [image], question: 'r' } });
    // A thought that was written meanwhile is no conflict, though the result beside it is another picture's.
    const thought = steps.map((each, i) => (i === 0 ? { ...each, think: 'new' } : each));
    const kept = await late({ steps: thought });
    expect(kept.refused).toEqual([]);
    expect(kept.steps.map(({ think, result }) => [think, result])).toEqual([['new', null], ['so', null], ['so', null], ['so', null]]);
    // The same window, both at once: its code ran on the image that it brings.
    const own = await keep(84);
    const { sample: now, steps: nowSteps } = await open(dataset, 0);
    const both = await client.call('annotate.change', { dataset, ordinal: 0, author: 'Bo', change: { image: own, steps: await made(85) }, before: { ...written(now), steps: nowSteps } });
    expect(both).toMatchObject({ refused: [], sample: { images: [own] } });
    expect(both.steps[1]?.result).toBe(await keep(85));
  });

  test('spoiling is another image, too: what code made of the clean one goes in the same change', async () => {
    const dataset = await begin(86);
    await change(dataset, 0, { steps: await made(87) });
    expect((await spoil(dataset, 0, ['dark'])).steps.map(({ result }) => result)).toEqual([null, null, null, null]);
    await client.call('annotate.undo', { dataset });
    expect((await open(dataset, 0)).steps[1]?.result).toBe(await keep(87));
  });

  test('what is broken, too large, or nowhere is refused, and nothing is changed or left', async () => {
    const dataset = await begin(88);
    const before = record(dataset, 0);
    const keepFile = async (name: string, bytes: Buffer) => client.call('annotate.keepImage', { upload: await upload(name, bytes) });
    await expect(keepFile('torn.png', (await picture(1)).subarray(0, 60))).rejects.toThrow(/torn.png: expected an image that can be decoded/);
    await expect(keepFile('none.png', Buffer.alloc(0))).rejects.toThrow(/none.png: expected an image, found an empty file/);
    const wide = await sharp({ create: { width: 16_000, height: 7000, channels: 3, background: 'red' } }).png({ compressionLevel: 1 }).toBuffer();
    await expect(keepFile('wide.png', wide)).rejects.toThrow(/wide.png: expected at most 100 megapixels, found 16000 × 7000/);
    const huge = path.join(home, 'huge.png');
    closeSync(openSync(huge, 'w'));
    truncateSync(huge, 3 * 1024 ** 3);
    await expect(client.call('annotate.keepImage', { upload: huge })).rejects.toThrow(/huge.png: expected at most 200 MiB, found 3072 MiB/);
    await expect(change(dataset, 0, { image: `sha256:${'0'.repeat(64)}`, question: 'r' })).rejects.toThrow(/Choose the image again/);
    expect(record(dataset, 0)).toEqual(before);
  });
});

describe('spoiling', () => {
  test('the clean image is kept, the same wish gives the same image, and it all goes back', async () => {
    const dataset = await begin(30, 31);
    const clean = record(dataset, 0).images[0] as string;
    const { sample } = await spoil(dataset, 0, ['noise', 'dark', 'rotation90', 'dark']);
    expect(sample).toMatchObject({ cleanImage: clean, issues: ['rotation90', 'dark', 'noise'] });
    const spoiled = await engine.context.images.read(sample.images[0] as string);
    expect(await sharp(spoiled).metadata()).toMatchObject({ format: 'png', width: 12, height: 16 });
    expect((await spoil(dataset, 0, ['dark', 'crop'])).lacks).toContain('box');
    expect((await spoil(dataset, 0, ['rotation90', 'dark', 'noise'])).sample.images).toEqual(sample.images);
    expect((await spoil(dataset, 0, ['rotation90', 'dark', 'noise'], 3)).sample.images).not.toEqual(sample.images);
    expect((await spoil(dataset, 0, ['none'])).sample).toMatchObject({ images: [clean], issues: ['none'] });
    expect(record(dataset, 0)).not.toHaveProperty('cleanImage');
    await spoil(dataset, 0, []);
    expect(record(dataset, 0)).not.toHaveProperty('issues');
    // In such short succession it is one change.
    expect([await client.call('annotate.undo', { dataset }), (await open(dataset, 0)).annotation.state]).toEqual([{ ordinal: 0, what: 'issues' }, 'new']);
  });

  test('not without an image, not from a spoiled one alone, not two that exclude each other', async () => {
    const { dataset } = await client.call('annotate.add', { dataset: null, name: 'bare', uploads: [], task: 'search' });
    await expect(spoil(dataset, 0, ['dark'])).rejects.toThrow(/expected an image, found none/);
    expect((await spoil(dataset, 0, [])).annotation.state).toBe('new');
    const image = record(await begin(33), 0).images;
    const ordinal = engine.context.store.datasets.add(dataset, { version: 1, id: 'found-dark', task: 'coding', question: 'q', answers: ['a'], images: image, issues: ['dark'] });
    await expect(spoil(dataset, ordinal, ['blur'])).rejects.toThrow(/only the spoiled one/);
    expect((await spoil(dataset, ordinal, ['crop'])).sample).toMatchObject({ images: image, issues: ['crop'] });
    expect((await spoil(dataset, ordinal, ['blur'])).sample).toMatchObject({ cleanImage: image[0], issues: ['blur'] });
    await expect(spoil(dataset, ordinal, ['dark', 'none'])).rejects.toThrow(/go together/);
  });

  test('an imported sample is exported with its new image, under a name of its own', async () => {
    const folder = mkdtempSync(path.join(home, 'mat-'));
    writeFileSync(path.join(folder, 'a.png'), await picture(40));
    const row = (id: number, more: object = {}) => ({ id, question: `q${id}`, answers: ['a'], ori_image_path: 'a.png', processed_image_path: 'a.png', type: ['none'], ...more });
    writeFileSync(path.join(folder, 'mat.json'), JSON.stringify([row(0), row(1)]));
    let dataset = 0;
    for await (const item of client.stream('datasets.import', { name: 'mat', files: [path.join(folder, 'mat.json')], format: null, images: null })) if (item.kind === 'done') dataset = item.dataset.id;
    const { sample } = await spoil(dataset, 1, ['dark']);
    const { file } = await client.call('datasets.export', { dataset, filter: {}, format: null, folder: path.join(folder, 'out'), images: true });
    const written = JSON.parse(readFileSync(file, 'utf8')) as readonly { readonly processed_image_path: string; readonly ori_image_path: string; readonly type: string }[];
    expect(written[0]).toEqual(row(0));
    expect(written[1]).toMatchObject({ id: 1, type: ['dark'] });
    const bytes = (name: string | undefined): Buffer => readFileSync(path.join(path.dirname(file), name ?? ''));
    expect(bytes(written[1]?.processed_image_path)).toEqual(Buffer.from(await engine.context.images.read(sample.images[0] as string)));
    expect(bytes(written[1]?.ori_image_path)).toEqual(bytes('a.png'));
  });
});

describe('two people', () => {
  test('submit, review, return, accept; and only what was accepted is exported', async () => {
    const dataset = await begin(50, 51, 52);
    const submit = (ordinal: number, author = 'Ann') => client.call('annotate.submit', { dataset, ordinal, author });
    const review = (ordinal: number, verdict: 'accepted' | 'returned', { author = 'Rob', answer = 'red', note = '' } = {}) => client.call('annotate.review', { dataset, ordinal, author, answer, issues: ['none'], verdict, note });
    await expect(submit(0)).rejects.toThrow(/lacks nothing, found no question; no gold answer/);
    for (const ordinal of [0, 1, 2]) await change(dataset, ordinal, { question: 'which colour ?', answers: ['', 'red'] });
    expect([await submit(0), await submit(1), await submit(2)]).toEqual([{ next: 1 }, { next: 2 }, { next: null }]);
    expect(record(dataset, 0).answers).toEqual(['red']);
    await expect(submit(0)).rejects.toThrow(/was submitted/);
    await expect(review(0, 'accepted', { author: ' ann' })).rejects.toThrow(/somebody else/);
    await expect(review(0, 'returned')).rejects.toThrow(/why it is returned/);
    expect([await review(0, 'accepted'), await review(1, 'returned', { answer: 'dark red', note: 'which red?' })]).toEqual([{ next: 1 }, { next: 2 }]);
    expect((await open(dataset, 1)).annotation).toEqual({ state: 'returned', annotator: 'Ann', reviewer: 'Rob', review: { answer: 'dark red', issues: ['none'] }, note: 'which red?' });
    expect((await client.call('annotate.page', { dataset, state: 'returned', offset: 0, limit: 10 })).rows).toMatchObject([{ ordinal: 1, annotator: 'Ann', reviewer: 'Rob' }]);
    expect(await client.call('annotate.agreement', { dataset })).toEqual({
      reviewed: 2, sameAnswer: 1, f1: (100 * (1 + 2 / 3)) / 2, issues: { compared: 2, same: 2, kappa: null },
      people: [{ name: 'Ann', submitted: 3, accepted: 1, returned: 1, reviewed: 0 }, { name: 'Rob', submitted: 0, accepted: 0, returned: 0, reviewed: 2 }],
    });
    expect((await client.call('datasets.page', { dataset, filter: { annotation: 'accepted' }, offset: 0, limit: 9 })).rows.map(({ ordinal }) => ordinal)).toEqual([0]);
    const { file } = await client.call('datasets.asFile', { dataset, filter: { annotation: 'accepted' } });
    expect(readFileSync(file, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as Sample).id)).toEqual([record(dataset, 0).id]);
    await change(dataset, 0, { question: 'which colour, again ?' });
    expect((await client.call('datasets.counts', { dataset, filter: { annotation: 'accepted' } })).total).toBe(0);
    expect(await client.call('annotate.undo', { dataset })).toEqual({ ordinal: 0, what: 'question' });
    expect((await open(dataset, 0)).annotation.state).toBe('accepted');
  });
});

test('a search finds what the agent’s would; what cannot be searched is said', async () => {
  const { passages } = await client.call('annotate.search', { corpus: 'mini:7', query: 'animal b' });
  expect(passages.length).toBeGreaterThan(0);
  expect(passages[0]).toEqual({ title: expect.any(String), text: expect.stringContaining('animal') });
  const both = await Promise.all(['mini:7', 'mini:8', 'mini:7'].map((corpus) => client.call('annotate.search', { corpus, query: 'animal b' })));
  expect(both[2]).toEqual(both[0]);
  await expect(client.call('annotate.search', { corpus: 'none-such', query: 'x' })).rejects.toThrow(/corpus none-such/);
  await expect(client.call('annotate.search', { corpus: 'web', query: 'x' })).rejects.toThrow(/turned on/);
});

test('windows are told of annotations and of samples, also where datasets change elsewhere', async () => {
  const dataset = await begin(60);
  const abort = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const { topic, id } of client.stream('app.changes', undefined, { signal: abort.signal })) seen.push(`${topic} ${id}`);
  })().catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  await change(dataset, 0, { question: 'x' });
  await client.call('datasets.rename', { dataset, name: 'renamed' });
  await expect.poll(() => seen).toEqual(expect.arrayContaining([`datasets ${dataset}`, `annotate ${dataset}`]));
  abort.abort();
  await following;
});
