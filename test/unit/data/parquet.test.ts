import { createHash } from 'node:crypto';
import path from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, describe, expect, test } from 'vitest';
import { exportFile } from '../../../main/data/export.ts';
import { formats } from '../../../main/data/formats/table.ts';
import type { Sample } from '../../../main/records/sample.ts';
import { DataFolder } from './fixture.ts';
import values from './parquet/values.json' with { type: 'json' };

const folder = new DataFolder();
afterAll(() => folder.remove());
const fixture = (name: string): string => path.join(import.meta.dirname, 'parquet', `${name}.parquet`);
const bytesIn = (image: { readonly bytes: { readonly bytes: string } } | undefined): Buffer => Buffer.from(image?.bytes.bytes ?? '', 'base64');

/** The rows of a file in the words of values.json. */
async function rowsOf(file: string): Promise<unknown> {
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    if (typeof value === 'number' && Number.isNaN(value)) return 'NaN';
    if (Array.isArray(value)) return value.map(plain);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)])) : (value ?? null);
  };
  return plain(await parquetReadObjects({ file: await asyncBufferFromFile(file), compressors, utf8: false }));
}

describe('files of verl and TRL', () => {
  test('verl: messages, images with bytes, the answer in reward_model', async () => {
    const { records, faults, layout } = await folder.import(fixture('verl'));
    expect(faults).toEqual([]);
    expect(layout).toMatchObject({ format: 'chat', container: 'parquet', keys: Object.keys(values.verl[0] as object) });
    expect(records.map(({ question, answers, images, split, task }) => [question, answers[0], images.length, split, task])).toEqual([0, 1, 2, 3, 4].map((i) => [`Find x${i} é.`, String(i), i < 3 ? 1 : 2, 'train', 'coding']));
    const first = bytesIn(values.verl[0]?.images[0]);
    expect(records[0]?.images[0]).toBe(`sha256:${createHash('sha256').update(first).digest('hex')}`);
    expect(Buffer.from(await folder.store.read(records[0]?.images[0] as string))).toEqual(first);
  });

  test('TRL: problem, solution between tags, one image', async () => {
    const { records } = await folder.import(fixture('trl'));
    expect(records.map(({ question, answers, images }) => [question, answers, images.length])).toEqual([0, 1, 2, 3].map((i) => [`What is ${i}?`, [String(i)], 1]));
  });

  test.each(['verl', 'trl'] as const)('%s: an export has the same rows, values, columns and metadata', async (name) => {
    const { records, layout } = await folder.import(fixture(name));
    const out = path.join(folder.path, `${name}.parquet`);
    await exportFile(out, records, layout, { store: folder.store });
    expect(await rowsOf(out)).toEqual(values[name]);
    const [before, after] = await Promise.all([fixture(name), out].map(async (file) => parquetMetadataAsync(await asyncBufferFromFile(file))));
    expect(after?.schema).toEqual(before?.schema);
    expect(after?.key_value_metadata).toEqual(before?.key_value_metadata);
  });

  test('a changed question and answer are in the file; the rest is as it was', async () => {
    const { records, layout } = await folder.import(fixture('verl'));
    const out = path.join(folder.path, 'changed.parquet');
    await exportFile(out, records.map((record, i) => (i === 1 ? { ...record, question: 'New?', answers: ['7'] } : record)), layout, { store: folder.store });
    const rows = (await rowsOf(out)) as typeof values.verl;
    expect(rows[1]).toMatchObject({ prompt: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: '<image>New?' }], reward_model: { style: 'rule', ground_truth: '7' }, images: values.verl[1]?.images });
    expect(rows.toSpliced(1, 1)).toEqual(values.verl.toSpliced(1, 1));
  });

  test('bytes that are no image leave their row out', async () => {
    const { records, layout } = await folder.import(fixture('trl'));
    const reference = await folder.store.put(Buffer.from('no image'));
    const out = path.join(folder.path, 'bad.parquet');
    await exportFile(out, records.map((record, i) => (i === 2 ? { ...record, extra: { ...record.extra, image: { bytes: reference, path: 'x.png' } }, images: [reference] } : record)), layout, { store: folder.store });
    // Another store, since what is in one was decoded before.
    const other = new DataFolder();
    const { records: read, faults } = await other.import(out);
    other.remove();
    expect(read).toHaveLength(3);
    expect(faults).toMatchObject([{ row: 2, kept: false, reason: expect.stringContaining('x.png cannot be decoded') as string }]);
  });
});

describe('columns of numbers', () => {
  const types = { small: 'INT_8', half: 'INT_16', byte: 'UINT_8', wide: 'UINT_32' };

  test('are written by their types, though ids and answers are texts; a type that pyarrow could not read is not written', async () => {
    const { records, layout } = await folder.import(fixture('numbers'));
    expect(records.map(({ id, answers }) => [id, answers])).toEqual([['1', ['7']], ['2', ['8']]]);
    const out = path.join(folder.path, 'numbers.parquet');
    await exportFile(out, records, layout, { store: folder.store });
    expect(await rowsOf(out)).toEqual(await rowsOf(fixture('numbers')));
    const { schema } = await parquetMetadataAsync(await asyncBufferFromFile(out));
    for (const [column, converted] of Object.entries(types)) expect(schema.find(({ name }) => name === column)).toMatchObject({ converted_type: converted });
    expect(schema.filter(({ logical_type: logical }) => logical?.type === 'INTEGER')).toEqual([]);
    await expect(exportFile(out, records.map((record) => ({ ...record, answers: ['seven'] })), layout, { store: folder.store })).rejects.toThrow(/^column answer: expected whole numbers, as the imported file has there, found "seven"/);
  });

  test.each([['map', 'pairs', 'a map'], ['decimal', 'price', 'decimal numbers of 20 digits']])('a %s that would come back changed is refused by its name', async (name, column, found) => {
    const { records, layout } = await folder.import(fixture(name));
    await expect(exportFile(path.join(folder.path, `${name}.parquet`), records, layout, { store: folder.store })).rejects.toThrow(`column ${column}: expected a type whose values can be written as they were, found ${found}.`);
  });
});

test('samples of any origin become a chat data set, and the same samples again', async () => {
  const image = await folder.store.put(bytesIn(values.trl[0]?.image));
  const samples: readonly Sample[] = [
    { version: 1, id: 'a', task: 'coding', question: 'Which digit?', answers: ['7', 'seven'], images: [image], split: 'train' },
    { version: 1, id: 'b', task: 'search', question: 'Who?', answers: ['x'], images: [] },
  ];
  const out = path.join(folder.path, 'fresh.parquet');
  await exportFile(out, samples, formats.chat.fresh, { store: folder.store });
  const { records } = await folder.import(out);
  expect(records.map(({ extra: _, source: __, ...record }) => record)).toEqual(samples);
});
