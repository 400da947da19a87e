import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { quantizedMatrices, quantizedRoot } from '../../../../main/model/quantize/cache.ts';
import { listQuantizedCopies, removeQuantizedCopy } from '../../../../main/model/quantize/copies.ts';
import { schemes } from '../../../../main/model/quantize/scheme.ts';
import { InputError } from '../../../../main/records/input-error.ts';
import { WorkerClient } from '../../../../main/worker/client.ts';

const work = mkdtempSync(path.join(os.tmpdir(), 'arft-copies-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const freshHome = (): string => mkdtempSync(path.join(work, 'home-'));

const make = (home: string, scheme: string, model?: string): Promise<unknown> =>
  quantizedMatrices({ root: quantizedRoot(home), scheme: schemes[scheme]!, identity: ['a model'], matrices: [{ name: 'm', rows: 64, columns: 64, read: (_, count) => new Float32Array(count * 64).fill(1) }], vectors: [], ...(model !== undefined && { model }) });
/** Lets all copies look as if they were used an hour ago. */
const age = (home: string): void => {
  for (const { key } of listQuantizedCopies(home)) utimesSync(path.join(quantizedRoot(home), key, 'manifest.json'), new Date(Date.now() - 3_600_000), new Date(Date.now() - 3_600_000));
};

test('copies are listed with what is in them, the one not used for longest first', async () => {
  const home = freshHome();
  expect(listQuantizedCopies(home)).toEqual([]);
  await make(home, 'int4', '/models/a');
  await make(home, 'int8');
  age(home);
  await make(home, 'int4', '/models/a'); // only opened
  const copies = listQuantizedCopies(home);
  expect(copies.map(({ contents }) => [contents?.scheme, contents?.model])).toEqual([['int8', undefined], ['int4', '/models/a']]);
  // 64 × 64 weights of a byte and 128 scales on a page of their own, and the manifest.
  const [int8] = copies as [typeof copies[0]];
  expect(int8!.bytes).toBeGreaterThan(4096 + 512);
  expect(int8!.bytes).toBeLessThan(4096 + 512 + 2000);
  expect(Date.now() - copies[1]!.lastUsedMs).toBeLessThan(60_000);
});

test('what is damaged is listed as such; what is no copy is not', async () => {
  const home = freshHome();
  await make(home, 'int4');
  const [copy] = listQuantizedCopies(home);
  writeFileSync(path.join(quantizedRoot(home), copy!.key, 'manifest.json'), '{');
  mkdirSync(path.join(quantizedRoot(home), `${copy!.key}.x.tmp`));
  expect(listQuantizedCopies(home)).toMatchObject([{ key: copy!.key, contents: undefined }]);
});

test('a copy that is removed is gone, others stay, and it is made again', async () => {
  const home = freshHome();
  await make(home, 'int4');
  await make(home, 'int8');
  const [first, second] = listQuantizedCopies(home);
  removeQuantizedCopy(home, first!.key);
  expect(readdirSync(quantizedRoot(home))).toEqual([second!.key]);
  await make(home, first!.contents!.scheme);
  expect(listQuantizedCopies(home)).toHaveLength(2);
});

test.each(['0'.repeat(32), '../models', '', '.'])('nothing is removed for %j', async (key) => {
  const home = freshHome();
  await make(home, 'int4');
  mkdirSync(path.join(home, 'models'));
  expect(() => removeQuantizedCopy(home, key)).toThrow(InputError);
  expect(listQuantizedCopies(home)).toHaveLength(1);
  expect(existsSync(path.join(home, 'models'))).toBe(true);
});

test('a cancel of loading ends the making of a copy', async () => {
  const home = freshHome();
  const worker = new WorkerClient();
  const load = { folder: path.join(import.meta.dirname, '../../../golden/tiny/model'), options: { quantize: schemes['int4']!, dataFolder: home } };
  await expect(worker.call('load', load, { signal: AbortSignal.abort() })).rejects.toThrow(/cancelled/);
  expect(readdirSync(quantizedRoot(home))).toEqual([]);
  await worker.call('load', load);
  expect(listQuantizedCopies(home)).toMatchObject([{ contents: { model: load.folder, scheme: 'int4' } }]);
  await worker.close();
});
