import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WholeFile } from '../../../main/data/whole-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'whole-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file that is whole takes the place of what a kill left of it; files of other names and of processes at work stay', async () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const parts = [`a.jsonl.${gone}.part`, `b.jsonl.${gone}.part`, `axjsonl.${gone}.part`, `a.jsonl.${process.ppid}.part`];
  for (const name of parts) {
    writeFileSync(path.join(folder, name), 'half');
    const anHourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(path.join(folder, name), anHourAgo, anHourAgo);
  }
  const file = new WholeFile(path.join(folder, 'a.jsonl'));
  await file.write('{}\n');
  await file.finish();
  expect(readdirSync(folder).toSorted()).toEqual(['a.jsonl', ...parts.slice(1)].toSorted());
});
