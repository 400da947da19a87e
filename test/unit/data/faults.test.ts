import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDataset } from '../../../main/data/import.ts';
import { InputError } from '../../../main/records/input-error.ts';
import { DataFolder } from './fixture.ts';

const folder = new DataFolder();
beforeAll(() => folder.pictures('a.png', 'b.png'));
afterAll(() => folder.remove());

const row = (i: number): Record<string, unknown> => ({ id: i, question: `question {${i}} [`, answers: ['a'], ori_image_path: 'a.png', processed_image_path: 'b.png', type: ['dark'], split: 'simple' });
const rows = Array.from({ length: 6 }, (_, i) => row(i));
const list = JSON.stringify(rows, null, 4);
const without = (...gone: readonly number[]): readonly string[] => rows.flatMap((_, i) => (gone.includes(i) ? [] : [String(i)]));

async function imported(name: string, text: string | Uint8Array): Promise<{ ids: readonly string[]; faults: readonly { row: number; line?: number; reason: string; kept: boolean }[] }> {
  const { records, faults } = await folder.import(folder.write(name, text));
  return { ids: records.map(({ id }) => id), faults };
}

describe('broken rows of a list', () => {
  // Row 2 begins on line 2 + 2 · 13.
  const line = list.slice(0, list.indexOf('"id": 2')).split('\n').length - 1;
  test.each<readonly [string, string, readonly number[]]>([
    ['a lost closing brace', list.replace(/"split": "simple"\n {4}\},\n {4}\{\n {8}"id": 3/, '"split": "simple",\n    {\n        "id": 3'), [2]],
    ['a lost quote', list.replace('"question": "question {2} ["', '"question": "question {2} ['), [2]],
    ['a lost comma between rows', list.replace(/\},\n( {4}\{\n {8}"id": 3)/, '}\n$1'), []],
    ['a lost value', list.replace('"id": 2,', '"id": ,'), [2]],
    ['a brace too many', list.replace('"id": 2,', '"id": 2},'), [2]],
    ['Python’s True', list.replace('"id": 2,', '"id": True,'), [2]],
  ])('%s costs no other row', async (_, text, gone) => {
    expect(text).not.toBe(list);
    const { ids, faults } = await imported('list.json', text);
    expect(ids).toEqual(without(...gone));
    expect(faults.filter(({ kept }) => !kept).map((fault) => ({ row: fault.row, line: fault.line }))).toEqual(gone.map((i) => ({ row: i, line })));
  });

  test('a file that ends too early keeps the rows before', async () => {
    for (let end = list.indexOf('"id": 5'); end < list.length - 10; end += 7) {
      const { ids, faults } = await imported('cut.json', list.slice(0, end));
      expect(ids).toEqual(without(5));
      expect(faults).toMatchObject([{ row: 5, reason: 'the file ends inside this row', kept: false }, { row: 5, reason: 'the list is not closed after this row', kept: true }]);
    }
  });

  test('a row that follows at once, and a list without its end, are said', async () => {
    const { faults } = await imported('comma.json', list.replace(/\},\n( {4}\{\n {8}"id": 3)/, '}\n$1'));
    expect(faults).toMatchObject([{ row: 3, reason: 'the row before does not end as it should', kept: true }]);
    expect((await imported('open.json', list.slice(0, -2))).faults).toMatchObject([{ row: 5, reason: 'the list is not closed after this row', kept: true }]);
  });

  test('what is left is written as a whole list again', async () => {
    for (const text of [list.replace('"id": 0,', '"id": ,'), list.slice(0, list.indexOf('"id": 5')), list.replace('"id": 5,', '"id": {,')]) {
      const { written } = await folder.roundTrip('left.json', text);
      const left = JSON.parse(written.toString()) as object[];
      expect(left).toHaveLength(5);
      for (const each of left) expect(rows).toContainEqual(each);
      expect(written.toString()).toBe(JSON.stringify(left, null, 4));
    }
  });

  test('rows that are no objects', async () => {
    const { ids, faults } = await imported('mixed.json', `[${JSON.stringify(row(0))}, 5, null, [1], "x", ${JSON.stringify(row(1))}]`);
    expect(ids).toEqual(['0', '1']);
    expect(faults.map(({ row: index, reason }) => `${index} ${reason}`)).toEqual(['1 expected an object, found a number', '2 expected an object, found null', '3 expected an object, found a list', '4 expected an object, found a string']);
  });

  test('every single byte lost costs at most two rows', async () => {
    // The pieces of two rows can melt together where exactly what stands between them is lost.
    for (let at = 4; at < list.length; at += 3) {
      const { ids } = await imported('byte.json', list.slice(0, at) + list.slice(at + 1));
      expect(ids.filter((id) => without().includes(id)).length).toBeGreaterThanOrEqual(4);
    }
  });
});

describe('broken lines', () => {
  const text = `${rows.map((each) => JSON.stringify(each)).join('\n')}\n`;

  test('are listed by number, with empty lines counted', async () => {
    const broken = text.replace('{"id":1,', '\n{"id":1').replace('"id":4,', '"id":[4],');
    const { ids, faults } = await imported('lines.jsonl', broken);
    expect(ids).toEqual(without(1, 4));
    expect(faults).toMatchObject([{ row: 1, line: 3, reason: expect.stringContaining('not JSON') as string }, { row: 4, line: 6, reason: 'field "id": expected a number or text, found a list' }]);
  });

  test('bytes that are no UTF-8', async () => {
    const bytes = Buffer.from(text);
    bytes[bytes.indexOf('question {2}') + 3] = 0xff;
    const { ids, faults } = await imported('bytes.jsonl', bytes);
    expect(ids).toEqual(without(2));
    expect(faults).toMatchObject([{ row: 2, line: 3, reason: 'not UTF-8 text' }]);
  });
});

describe('rows that say something wrong', () => {
  test.each<readonly [string, Record<string, unknown>, string]>([
    ['no question', { question: undefined }, 'field "question": expected text, found nothing'],
    ['no answer', { answers: [] }, 'field "answers": expected an answer or a list of answers, found an empty list'],
    ['an unknown issue', { type: ['upside down'] }, 'found "upside down"'],
    ['an image that is not there', { processed_image_path: 'nowhere.png' }, 'image nowhere.png is not in'],
    ['an image that is none', { processed_image_path: 'text.png' }, 'image text.png cannot be decoded'],
  ])('%s', async (_, change, reason) => {
    folder.write('text.png', 'this is no picture');
    const { ids, faults } = await imported('rows.json', JSON.stringify(rows.map((each, i) => (i === 3 ? { ...each, ...change } : each)), null, 4));
    expect(ids).toEqual(without(3));
    expect(faults).toMatchObject([{ row: 3, reason: expect.stringContaining(reason) as string, kept: false }]);
  });

  test('a missing clean image is said, and the row is kept', async () => {
    const { ids, faults } = await imported('clean.json', JSON.stringify([{ ...row(0), ori_image_path: 'gone.png' }]));
    expect(ids).toEqual(['0']);
    expect(faults).toMatchObject([{ row: 0, kept: true, reason: expect.stringContaining('gone.png') as string }]);
  });

  test('an id that was there before is told apart, and said', async () => {
    const { ids, faults } = await imported('ids.json', JSON.stringify([row(1), row(1), row(1)], null, 4));
    expect(ids).toEqual(['1', '1#2', '1#3']);
    expect(faults.map(({ kept }) => kept)).toEqual([true, true]);
    const { ids: others } = await imported('more-ids.json', JSON.stringify([{ ...row(1), id: '1#2' }, row(1), row(1), { ...row(1), id: '1#2' }]));
    expect(others).toEqual(['1#2', '1', '1#3', '1#2#2']);
    const { written } = await folder.roundTrip('ids.json', JSON.stringify([row(1), row(1)], null, 4));
    expect(written.toString()).toBe(JSON.stringify([row(1), row(1)], null, 4));
  });

  test('an image is found by the last part of a path from another machine, and kept once', async () => {
    const { records } = await folder.import(folder.write('paths.json', JSON.stringify([{ ...row(0), processed_image_path: '/share/data/b.png' }, row(1)])));
    expect(records[0]?.images).toEqual(records[1]?.images);
    expect(records[0]?.images[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await folder.store.has(records[0]?.images[0] as string)).toBe(true);
  });
});

describe('files that are no data set', () => {
  test.each<readonly [string, string | Uint8Array, RegExp]>([
    ['fields of none', JSON.stringify([{ a: 1 }]), /fields a; tried samples \(no field "version"\).*mat-coding \(no field "question"\).*flashrag.*chat/],
    ['an empty list', '[]', /at least one row, found none/],
    ['nothing', '', /an empty file/],
    ['white space', ' \n ', /white space/],
    ['text', 'question,answer\n', /begins with "q"/],
    ['UTF-16', Buffer.from('\uFEFF[{}]', 'utf16le'), /UTF-16/],
    ['only broken rows', '[{"a": }]', /none among 1 broken; the first, line 1, is not JSON/],
    ['half a Parquet file', 'PAR1 and no more', /a whole Parquet file/],
  ])('%s', async (_, text, message) => {
    const failure = await readDataset(folder.write('none.json', text)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as InputError).message).toMatch(message);
  });

  test('a missing file', async () => {
    await expect(readDataset(`${folder.path}/missing.json`)).rejects.toBeInstanceOf(InputError);
  });

  test('a format by name is taken at its word', async () => {
    const { records, faults } = await readDataset(folder.write('named.json', JSON.stringify(rows)), { format: 'flashrag' });
    expect(records).toEqual([]);
    expect(faults).toHaveLength(6);
  });
});
