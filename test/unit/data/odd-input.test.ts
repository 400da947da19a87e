import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBenchmark } from '../../../main/data/benchmark.ts';
import { exportFile } from '../../../main/data/export.ts';
import type { FormatName } from '../../../main/data/layout.ts';
import { imageReference } from '../../../main/data/image-reference.ts';
import { InputError } from '../../../main/records/input-error.ts';
import type { Sample } from '../../../main/records/sample.ts';
import { DataFolder } from './fixture.ts';

const folder = new DataFolder();
const accented = 'é.png';
let text = '';
beforeAll(async () => {
  await folder.pictures('a.png', 'b.png', 'c.png');
  renameSync(path.join(folder.path, 'c.png'), path.join(folder.path, accented.normalize('NFD')));
  text = `data:image/png;base64,${readFileSync(path.join(folder.path, 'a.png')).toString('base64')}`;
});
afterAll(() => folder.remove());

type Written = { readonly id?: unknown; readonly question?: string; readonly image?: string };

/** A row of each format, from what a test wants to say in it. */
const rows: Readonly<Record<FormatName, (written: Written) => object>> = {
  'mat-coding': ({ id = 1, question = 'q', image = 'a.png' }) => ({ id, question, answers: ['a'], ori_image_path: 'b.png', processed_image_path: image, type: ['dark'], split: 'simple' }),
  'mat-search': ({ id = 1, question = 'q', image = 'a.png' }) => ({ id, question, answer: 'a', image_path: image }),
  'mat-coding-training': ({ question = 'q', image = 'a.png' }) => ({ type: 'pre_answer', image_path: image, problem: `<query> ${question} </query>`, solution: '<think>t</think><answer> a </answer>', gt: '' }),
  'mat-search-training': ({ question = 'q', image = 'a.png' }) => ({ image_path: image, problem: question, context: '', solution: '<think>t</think><answer> a </answer>' }),
  flashrag: ({ id = 'd', question = 'q' }) => ({ id, question, golden_answers: ['a'] }),
  chat: ({ id = 1, question = 'q', image = 'a.png' }) => ({ id, prompt: [{ role: 'user', content: `<image>${question}` }], images: [image], reward_model: { style: 'rule', ground_truth: 'a' } }),
  samples: ({ id = 's', question = 'q', image = 'a.png' }) => ({ version: 1, id, task: 'coding', question, answers: ['a'], images: [image] }),
};
const formats = Object.keys(rows) as readonly FormatName[];
const withIds: readonly FormatName[] = ['mat-coding', 'mat-search', 'flashrag', 'chat'];
const withNames: readonly FormatName[] = formats.filter((format) => format !== 'flashrag');

describe.each(formats)('%s', (format) => {
  const row = rows[format];
  const lines = (...written: readonly Written[]): string => written.map((each) => `${JSON.stringify(row(each))}\n`).join('');

  test.each<readonly [string, () => string]>([
    ['half of a surrogate pair', () => lines({ question: 'a \ud800 b' }, { id: 'x', question: 'c' })],
    ['a line over several chunks of the file', () => lines({ question: 'x'.repeat(3 << 20) }, { id: 'x', question: 'y'.repeat(1 << 20) })],
    ['NUL and line separators', () => lines({ question: 'a\0b\u2028c' })],
    ['a byte order mark, CRLF, no end of the last line', () => `\uFEFF${lines({}, { id: 'x', question: 'r' }).trimEnd().replaceAll('\n', '\r\n')}`],
    ['a list', () => JSON.stringify([row({}), row({ id: 'x', question: 'r' })], null, 2)],
    ['no question', () => lines({ question: '' })],
  ])('%s: the same bytes again', async (_, content) => {
    const { written, faults } = await folder.roundTrip('in.jsonl', content(), true);
    expect(faults).toEqual([]);
    expect(written.equals(Buffer.from(content()))).toBe(true);
  });

  test.runIf(withIds.includes(format)).each<readonly [unknown, readonly string[]]>([
    [null, ['in:0', 'x']],
    [1.5, ['1.5', 'x']],
    [-3, ['-3', 'x']],
    ['x', ['x', 'x#2']],
  ])('the id %j', async (id, ids) => {
    const { written, records } = await folder.roundTrip('in.jsonl', lines({ id }, { id: 'x', question: 'r' }), true);
    expect(records.map((record) => record.id)).toEqual(ids);
    expect(written.toString()).toBe(lines({ id }, { id: 'x', question: 'r' }));
  });

  test.runIf(withNames.includes(format))('images: by a path of Windows, another spelling of an accent, as text', async () => {
    const kept = ['a.png', accented.normalize('NFD'), 'a.png'].map((name) => imageReference(readFileSync(path.join(folder.path, name))));
    const content = lines({ image: String.raw`C:\data\a.png` }, { id: 'x', question: 'r', image: accented.normalize('NFC') }, { id: 'y', question: 's', image: text });
    const { written, records } = await folder.roundTrip('in.jsonl', content, true);
    expect(records.map(({ images }) => images[0])).toEqual(kept);
    expect(written.toString()).toBe(content);
  });

  test.runIf(withNames.includes(format)).each([
    ['', 'image without a name'],
    ['.', 'it is a folder'],
    ['data:image/png;base64,AAAA', 'cannot be decoded'],
    ['data:image/png,%89PNG', 'expected base64'],
    ['a\0.png', 'is not in'],
    ['x'.repeat(5000), '(5000 characters) is not in'],
  ])('the image %j leaves its row out, with a short reason', async (image, reason) => {
    const { records, faults } = await folder.import(folder.write('in.jsonl', lines({ image }, { id: 'x', question: 'r' })));
    expect(records).toHaveLength(1);
    expect(faults).toMatchObject([{ row: 0, line: 1, kept: false, reason: expect.stringContaining(reason) as string }]);
    expect(faults[0]?.reason.length).toBeLessThan(250);
  });
});

test('an image written as text is no file of an export; a benchmark reads it', async () => {
  const file = folder.write('in.jsonl', `${JSON.stringify(rows['mat-search']({ image: text }))}\n`);
  const { records, layout } = await folder.import(file);
  const images = path.join(folder.path, 'out-images');
  expect(await exportFile(path.join(folder.path, 'out.jsonl'), records, layout, { store: folder.store, imagesFolder: images })).toMatchObject({ rows: 1, images: 0 });
  expect(existsSync(images)).toBe(false);
  const { samples } = await readBenchmark(file, 'test');
  expect(Buffer.from(await folder.store.read(samples[0]?.images[0] as string))).toEqual(readFileSync(path.join(folder.path, 'a.png')));
});

test.each([
  ['a folder that is not there', 'photos/2024/a.png', 'a.png'],
  ['a folder that is', './sub/a.png', 'sub/a.png'],
  ['backslashes', String.raw`C:\photos\a.png`, 'a.png'],
  ['an absolute path of another machine', '/home/else/a.png', 'a.png'],
  ['the folder images', 'only.png', 'images/only.png'],
  ['the folder images, and another before it', 'photos/only.png', 'images/only.png'],
  ['an accent as another system writes it', 'caf\u00E9.png', 'cafe\u0301.png'],
])('a benchmark finds an image as an import does: %s', async (_, name, found) => {
  for (const inner of ['sub', 'images']) mkdirSync(path.join(folder.path, inner), { recursive: true });
  for (const file of ['sub/a.png', 'images/only.png', 'cafe\u0301.png']) copyFileSync(path.join(folder.path, 'a.png'), path.join(folder.path, file));
  const { samples } = await readBenchmark(folder.write('in.jsonl', `${JSON.stringify(rows['mat-search']({ image: name }))}\n`), 'test');
  expect(samples[0]?.images).toEqual([path.join(folder.path, found)]);
});

test('an object over several lines is told apart from lines', async () => {
  await expect(folder.import(folder.write('in.json', JSON.stringify({ data: [rows.flashrag({})] }, null, 2)))).rejects.toThrow(/over several lines/);
});

test('images that cannot be written are an InputError', async () => {
  const { records, layout } = await folder.import(folder.write('in.jsonl', `${JSON.stringify(rows['mat-search']({}))}\n`));
  const failure = await exportFile(path.join(folder.path, 'out.jsonl'), records, layout, { store: folder.store, imagesFolder: path.join(folder.path, 'a.png') }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InputError);
});

describe('answers that are numbers', () => {
  const answers = '[5.0, 1e3, 12345678901234567890, "5.0"]';
  const asWritten = ['5.0', '1e3', '12345678901234567890', '5.0'];
  test.each([
    ['mat-coding', `{"id": 1, "question": "q", "answers": ${answers}, "ori_image_path": "b.png", "processed_image_path": "a.png", "type": ["dark"], "weight": 2.0}`],
    ['mat-search', `{"id": 1, "question": "q", "answer": ${answers}, "image_path": "a.png", "weight": 2.0}`],
    ['flashrag', `{"id": 1, "question": "q", "golden_answers": ${answers}, "weight": 2.0}`],
    ['chat', `{"id": 1, "prompt": [{"role": "user", "content": "q"}], "reward_model": {"ground_truth": ${answers}}, "weight": 2.0}`],
  ])('%s: stay as they are written; fields of no meaning stay numbers', async (_, row) => {
    for (const text of [`${row}\n`, `[\n${row}\n]`]) {
      const { written, records } = await folder.roundTrip('numbers.json', text, true);
      expect(records[0]?.answers).toEqual(asWritten);
      expect(records[0]?.extra?.['weight']).toBe(2);
      expect(written.toString()).toBe(text);
    }
  });

  test('a row of chat that is written anew has the number that it had', async () => {
    const { records, layout } = await folder.import(folder.write('chat.jsonl', '{"question": "q", "answer": 5.0}\n{"question": "r", "answer": 6.0}\n'));
    const [first, second] = records.map(({ source: _, ...record }) => record) as [Sample, Sample];
    const out = path.join(folder.path, 'anew.jsonl');
    await exportFile(out, [first, { ...second, answers: ['7'] }], layout, { store: folder.store });
    expect(readFileSync(out, 'utf8').split('\n').slice(0, 2).map((line) => (JSON.parse(line) as { answer: unknown }).answer)).toEqual([5, '7']);
  });
});
