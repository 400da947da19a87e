import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { exportFile } from '../../../main/data/export.ts';
import { formats } from '../../../main/data/formats/table.ts';
import { sample as schema } from '../../../main/records/sample.ts';
import { DataFolder } from './fixture.ts';

const folder = new DataFolder();
afterAll(() => folder.remove());

const coding = (i: number): object => ({ id: i, question: `从图中提取 ${i}: “é” \u2028 /`, answers: ["{'a': '1'}", 'b\n"c"'], ori_image_path: `a_${i}.png`, processed_image_path: `b_${i}.png`, type: i % 2 ? ['dark'] : ['rotation90', 'blur'], split: i < 2 ? 'simple' : 'hard' });
const rows = [0, 1, 2, 3].map(coding);
const flash = [0, 1, 2].map((i) => ({ id: `dev_${i}`, question: `Who is é ${i}?`, golden_answers: ['x', 'y'], metadata: { type: 'bridge', supporting_facts: { title: ['A', 'B'], sent_id: [0, 1] }, empty: [], none: {} } }));

/** What Python's ensure_ascii makes of a text. */
const ascii = (text: string): string => text.replace(/[^\n\r -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const python = (value: object): string => JSON.stringify(value, null, 1).replace(/\n */g, ' ').replace(/([[{]) /g, '$1').replace(/ ([\]}])/g, '$1');
const lines = (end: string, write: (row: object) => string = JSON.stringify): string => flash.map(write).join(end) + end;

describe('import and export give the same bytes', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['four spaces', JSON.stringify(rows, null, 4)],
    ['two spaces, a newline at the end', `${JSON.stringify(rows, null, 2)}\n`],
    ['one space', JSON.stringify(rows, null, 1)],
    ['tabs', JSON.stringify(rows, null, '\t')],
    ['compact', JSON.stringify(rows)],
    ['Python’s one line', `[${rows.map(python).join(', ')}]`],
    ['escapes instead of Unicode', ascii(JSON.stringify(rows, null, 4))],
    ['CRLF and a byte order mark', `\uFEFF${JSON.stringify(rows, null, 4).replaceAll('\n', '\r\n')}\r\n`],
    ['numbers spelt otherwise', JSON.stringify(rows, null, 4).replace('"id": 1', '"id": 1.0').replace('"id": 2', '"id": 2e0')],
    ['a number beyond 2^53', JSON.stringify(rows, null, 4).replace('"id": 1', '"id": 12345678901234567890')],
    ['fields in another order in one row', JSON.stringify([coding(0), { split: 'hard', ...coding(1) }], null, 4)],
    ['one field twice', JSON.stringify(rows).replace('"id":2', '"id":1,"id":2')],
    ['escaped slashes in one row', JSON.stringify(rows).replace(' /', String.raw` \/`)],
    ['fields of no format', JSON.stringify(rows.map((row) => ({ ...row, score: 0.5, nested: { b: [1, { a: null }] }, 7: 1 })), null, 2)],
    ['one answer that is no list', JSON.stringify(rows, null, 4).replace(/"answers": \[[^\]]*\]/, '"answers": "one"')],
    ['no split', JSON.stringify(rows.map((row) => ({ ...row, split: undefined })), null, 4)],
    ['a row alone', JSON.stringify(rows.slice(0, 1), null, 4)],
    ['uneven white space between rows', `[\n${JSON.stringify(rows[0])},\n\n  ${JSON.stringify(rows[1])} ,${JSON.stringify(rows[2])}\n]`],
    ['all of it on its own line, without indentation', JSON.stringify(rows, null, 4).replace(/\n +/g, '\n')],
    ['JSON lines', lines('\n')],
    ['JSON lines as Python writes them', lines('\n', python)],
    ['JSON lines with escapes', lines('\n', (row) => ascii(python(row)))],
    ['JSON lines with CRLF', lines('\r\n')],
    ['JSON lines, empty ones among them', lines('\n\n')],
    ['no newline at the end', lines('\n').trimEnd()],
    ['a byte order mark', `\uFEFF${lines('\n')}`],
  ];

  test.each(texts)('%s', async (_, text) => {
    const { written, records, faults } = await folder.roundTrip('data.json', text);
    expect(written.toString()).toBe(text);
    expect(written).toEqual(Buffer.from(text));
    expect(faults).toEqual([]);
    for (const record of records) expect(schema.safeParse(record).error).toBeUndefined();
  });

  test('MAT-Search, with one answer or several', async () => {
    const text = JSON.stringify([{ id: 1, question: 'q', answer: 'a', image_path: 'a.png' }, { id: 2, question: 'r', answer: ['a', 'b'], image_path: 'b.png' }], null, 4);
    const { written, records } = await folder.roundTrip('search.json', text);
    expect(written.toString()).toBe(text);
    expect(records.map(({ answers }) => answers)).toEqual([['a'], ['a', 'b']]);
  });

  test('our own records', async () => {
    const records = (await folder.roundTrip('data.json', JSON.stringify(rows))).records.map(({ source: _, ...record }) => record);
    const text = records.map((record) => JSON.stringify(record)).join('\n');
    expect((await folder.roundTrip('own.jsonl', text)).written.toString()).toBe(text);
  });

  test.skipIf(!existsSync(path.join(import.meta.dirname, '../../../../shared/data')))('the released demonstration, and its images under their names', async () => {
    const shared = path.join(import.meta.dirname, '../../../../shared/data/mat-demo');
    const { written, records } = await folder.roundTrip('demo.json', readFileSync(path.join(shared, 'mat-coding-demo.json')));
    expect(written).toEqual(readFileSync(path.join(shared, 'mat-coding-demo.json')));
    expect(records.map(({ images }) => images)).toEqual([['dark_1_proc.png'], ['none_2_proc.png'], ['rotation90+dark_0_proc.png'], ['crop_8_ori.png']]);
    expect(records[3]?.box).toEqual([366, 723, 506, 851]);
  });
});

describe('a changed record', () => {
  test('is written anew, the others as they were', async () => {
    const text = JSON.stringify(rows, null, 4).replaceAll('"id": 1', '"id": 1.0').replace('"id": 3', '"id": 3.0');
    const { records, layout } = await folder.import(folder.write('change.json', text), false);
    const changed = records.map((record) => (record.id === '1' ? { ...record, answers: ['new'] } : record));
    await exportFile(path.join(folder.path, 'changed.json'), changed, layout, { store: folder.store });
    const written = readFileSync(path.join(folder.path, 'changed.json'), 'utf8');
    expect(JSON.parse(written)).toEqual(rows.map((row, i) => (i === 1 ? { ...row, answers: ['new'] } : row)));
    expect(written).toContain('"id": 3.0');
    expect(written).toContain('"id": 1,');
  });

  test('records of one format become another', async () => {
    const { records } = await folder.import(folder.write('data.json', JSON.stringify([{ id: 1, question: 'q', answer: 'a', image_path: 'a.png', note: 'n' }])), false);
    await exportFile(path.join(folder.path, 'other.json'), records, formats['mat-coding'].fresh, { store: folder.store, foreign: true });
    expect(JSON.parse(readFileSync(path.join(folder.path, 'other.json'), 'utf8'))).toEqual([{ id: 1, question: 'q', answers: ['a'], ori_image_path: 'a.png', processed_image_path: 'a.png', type: ['none'] }]);
    const { left, rows: count } = await exportFile(path.join(folder.path, 'other.jsonl'), records, formats.flashrag.fresh, { store: folder.store });
    expect(count).toBe(0);
    expect(left[0]?.reason).toContain('image');
  });
});
