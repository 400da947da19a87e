import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { quantizedMatrices } from '../../../../main/model/quantize/cache.ts';
import type { MatrixSource } from '../../../../main/model/quantize/layout.ts';
import { schemes } from '../../../../main/model/quantize/scheme.ts';
import { InputError } from '../../../../main/records/input-error.ts';

const work = mkdtempSync(path.join(os.tmpdir(), 'arft-disk-'));
const disk = path.join(work, 'disk');
mkdirSync(disk);
// A disk of 8 MiB; only the superuser of a machine that allows it can have one.
const mounted = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).status === 0;
afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
  rmSync(work, { recursive: true, force: true });
});

/** Needs 5 MiB in int8: 4 of weights, 0.5 of scales. */
const matrix = (read: MatrixSource['read']): MatrixSource => ({ name: 'm', rows: 2048, columns: 2048, read });
const ones: MatrixSource['read'] = (_, __, target) => target!.fill(1);

async function failure(root: string, read: MatrixSource['read']): Promise<InputError> {
  const error: unknown = await quantizedMatrices({ root, scheme: schemes['int8']!, identity: [], matrices: [matrix(read)], vectors: [] }).then(() => 'no error', (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

const remedy = 'Free some space, or set ARFT_HOME to a folder on another disk.';

describe.skipIf(!mounted)('a disk of 8 MiB', () => {
  const root = path.join(disk, 'quantized');
  const filler = path.join(disk, 'filler');

  test('that is too full from the start: told before anything is read', async () => {
    writeFileSync(filler, new Uint8Array(5 * 2 ** 20));
    const { expectation } = await failure(root, () => { throw new Error('the model was read'); });
    expect(expectation).toEqual({ thing: root, expected: '5 MiB free for the quantised weights', found: '3 MiB', remedy });
    expect(readdirSync(root)).toEqual([]);
    rmSync(filler);
  });

  test('that others fill in the meantime: what was written is removed', async () => {
    const { expectation } = await failure(root, (first, count, target) => {
      writeFileSync(filler, new Uint8Array(6 * 2 ** 20));
      return ones(first, count, target);
    });
    expect(expectation).toEqual({ thing: root, expected: '5 MiB free for the quantised weights', found: 'a full disk with 2 MiB free after removing what was written', remedy });
    expect(readdirSync(root)).toEqual([]);
    rmSync(filler);
  });

  test('with room', async () => {
    await quantizedMatrices({ root, scheme: schemes['int8']!, identity: [], matrices: [matrix(ones)], vectors: [] });
    expect(readdirSync(root)).toHaveLength(1);
    rmSync(root, { recursive: true });
  });

  test('that is read-only', async () => {
    mkdirSync(root);
    expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
    expect((await failure(root, ones)).expectation).toMatchObject({ thing: root, found: 'a read-only file system (EROFS)' });
  });
});

// The system's refusals, for machines without the disk above.
test.each([
  ['ENOSPC', /^a full disk with \d+ MiB free/, remedy],
  ['EDQUOT', /^the disk quota used up$/, remedy],
  ['EACCES', /no permission/, /right to use it/],
  ['EIO', /the error EIO/, /disk/],
])('%s while writing', async (code, found, advice) => {
  const root = path.join(work, code);
  const { expectation } = await failure(root, () => { throw Object.assign(new Error(code), { code }); });
  expect(expectation.thing).toBe(root);
  expect(expectation.found).toMatch(found);
  expect(expectation.remedy).toMatch(advice);
  expect(readdirSync(root)).toEqual([]);
});

test('a root that lies under a file', async () => {
  const file = path.join(work, 'file');
  writeFileSync(file, '');
  const { expectation } = await failure(path.join(file, 'quantized'), ones);
  expect(expectation).toMatchObject({ thing: path.join(file, 'quantized'), found: 'a file where a folder should be (ENOTDIR)' });
});

test.skipIf(process.getuid?.() === 0)('a root without permission', async () => {
  const root = path.join(work, 'locked');
  mkdirSync(root, { mode: 0o500 });
  expect((await failure(root, ones)).expectation).toMatchObject({ thing: root, found: 'no permission (EACCES)' });
});
