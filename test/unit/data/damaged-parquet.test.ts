import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import type { SchemaElement } from 'hyparquet';
import { afterAll, describe, expect, test } from 'vitest';
import { readDataset } from '../../../main/data/import.ts';
import { integer } from '../../../main/data/mini/random.ts';
import { RandomStream } from '../../../main/generation/random.ts';
import { InputError } from '../../../main/records/input-error.ts';
import { DataFolder } from './fixture.ts';

const folder = new DataFolder();
afterAll(() => folder.remove());
const fixture = (name: string): Buffer => readFileSync(path.join(import.meta.dirname, 'parquet', `${name}.parquet`));

const fault = (file: string, signal?: AbortSignal): Promise<unknown> => readDataset(file, signal ? { signal } : {}).then(() => 'read', (error: unknown) => error);

/** A file of 64 questions, alternately "a" and "b", with some bytes of its pages replaced. */
async function patched(name: string, repetition: 'REQUIRED' | 'OPTIONAL', find: readonly number[], replace: readonly number[]): Promise<string> {
  const file = path.join(folder.path, name);
  const text = (column: string, repetition_type: 'REQUIRED' | 'OPTIONAL'): SchemaElement => ({ name: column, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type });
  const schema: SchemaElement[] = [{ name: 'schema', num_children: 2 }, text('question', repetition), text('answer', 'REQUIRED')];
  async function* rows(): AsyncGenerator<Record<string, unknown>> {
    for (let i = 0; i < 64; i++) yield { question: i % 2 ? 'b' : 'a', answer: `answer ${i}` };
  }
  await parquetWriteRows({ writer: fileWriter(file), rows: rows(), columns: [{ name: 'question' }, { name: 'answer' }], schema, codec: 'UNCOMPRESSED' });
  expect((await readDataset(file)).rows).toBe(64);
  const bytes = readFileSync(file);
  const at = bytes.indexOf(Buffer.from(find));
  expect(at).toBeGreaterThan(0);
  bytes.set(replace, at);
  return folder.write(name, bytes);
}

// Bits for 64 indices of one bit, after their width and the header of eight groups. Before them may stand 64 times level 1.
const indices = [1, 17, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa];

describe('a damaged file ends with an error that says where', () => {
  test('a page that is never decoded: less than no groups of indices, of no bits each', async () => {
    const start = process.hrtime();
    const error = await fault(await patched('endless.parquet', 'REQUIRED', indices, [0, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(/endless\.parquet: row group 1, column question: .* not decoded after 3 s/);
    expect(process.hrtime(start)[0]).toBeLessThan(60);
  }, 90_000);

  test('a page that asks for more memory than there is: 2^31 definition levels', async () => {
    const error = await fault(await patched('huge.parquet', 'OPTIONAL', [0x80, 1, 1, ...indices], [0xfe, 0xff, 0xff, 0xff, 0x0f, 1]));
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(/huge\.parquet: row group 1, column question: /);
  }, 90_000);

  test('a cancel ends it within a second', async () => {
    const file = await patched('cancelled.parquet', 'REQUIRED', indices, [0, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    const cancel = new AbortController();
    const failure = fault(file, cancel.signal);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const start = performance.now();
    cancel.abort(new Error('enough'));
    expect(await failure).toMatchObject({ message: 'enough' });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test.each<readonly [string, (bytes: Buffer) => Buffer]>([
    ['a footer of more bytes than the file has', (bytes) => { bytes.writeUInt32LE(0x7fffffff, bytes.length - 8); return bytes; }],
    ['a footer of no bytes', (bytes) => { bytes.writeUInt32LE(0, bytes.length - 8); return bytes; }],
    // The footer's second field is a list of structs; its size is the next byte.
    ['a schema of 2^28 elements', (bytes) => { const at = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8); bytes.set([0xfc, 0xff, 0xff, 0xff, 0x7f], bytes.indexOf(0x19, at) + 1); return bytes; }],
    ['half a file', (bytes) => Buffer.concat([bytes.subarray(0, bytes.length >> 1), Buffer.from('PAR1')])],
    ['a file whose first half is gone', (bytes) => Buffer.concat([Buffer.from('PAR1'), bytes.subarray(bytes.length >> 1)])],
  ])('%s', async (_, damage) => {
    expect(await fault(folder.write('damaged.parquet', damage(fixture('verl'))))).toBeInstanceOf(InputError);
  });
});

test('of 400 files with bytes changed at random each is read or said to be damaged', async () => {
  const random = new RandomStream(11, 0);
  const store = new DataFolder();
  const outcomes = { read: 0, damaged: 0 };
  for (let i = 0; i < 400; i++) {
    const bytes = fixture(i % 2 ? 'verl' : 'trl');
    for (let changes = integer(random, 1, 3); changes > 0; changes--) bytes[integer(random, 4, bytes.length - 5)] = integer(random, 0, 255);
    try {
      const { rows, records, faults } = await store.import(store.write('fuzzed.parquet', bytes));
      expect(records.length + faults.filter(({ kept }) => !kept).length).toBe(rows);
      outcomes.read++;
    } catch (error) {
      expect(error, `file ${i}`).toBeInstanceOf(InputError);
      outcomes.damaged++;
    }
  }
  store.remove();
  expect(outcomes.read).toBeGreaterThan(50);
  expect(outcomes.damaged).toBeGreaterThan(50);
}, 90_000);
