import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { disk } from '../../../main/doctor/machine.ts';
import { models } from '../../../main/doctor/models.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'arft-doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(['file', path.join('file', 'below')])('a data folder that cannot be made is lacking: %s', async (name) => {
  writeFileSync(path.join(folder, 'file'), '');
  const home = path.join(folder, name);
  const [check] = await disk({ home, modelFolders: [] });
  expect(check).toMatchObject({ status: 'lacking', detail: `${home}: ${path.join(folder, 'file')} is a file`, remedy: expect.stringContaining('ARFT_HOME') });
});

test('a file where models should be hides nothing else', async () => {
  writeFileSync(path.join(folder, 'models'), '');
  const found = await models({ home: folder, modelFolders: [] });
  expect(found.map(({ id, status }) => [id, status])).toEqual([['model.0', 'ok'], ['models', 'unknown']]);
  expect(found[1]?.detail).toContain('ENOTDIR');
});
