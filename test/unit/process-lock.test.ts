import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lockOwner, releaseLock, takeLock } from '../../main/process-lock.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-lock-'));
// Beyond the highest number that Linux gives.
const nobody = 5_000_000;

test('a lock is taken, known as one’s own, and given back', () => {
  const file = path.join(folder, 'plain');
  expect(lockOwner(file)).toBeUndefined();
  expect([takeLock(file), takeLock(file)]).toEqual([undefined, undefined]);
  expect(lockOwner(file)).toBe(process.pid);
  releaseLock(file);
  expect(lockOwner(file)).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
});

test('another’s is respected; one left behind, empty, senseless, or of a number that was given again is not', () => {
  const file = path.join(folder, 'others');
  writeFileSync(file, String(process.ppid));
  expect(takeLock(file)).toBe(process.ppid);
  for (const left of [String(nobody), '', 'x', '-1', ...(process.platform === 'linux' ? [`${process.ppid} 1`] : [])]) {
    writeFileSync(file, left);
    expect([left, lockOwner(file)]).toEqual([left, undefined]);
    expect(takeLock(file)).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`));
  }
  expect(readdirSync(folder)).toEqual(['others']);
});

test('of processes that find the same lock left behind, one takes it', async () => {
  const trials = 100;
  for (let trial = 0; trial < trials; trial++) writeFileSync(path.join(folder, `race-${trial}`), String(nobody));
  const lock = path.join(import.meta.dirname, '../../main/process-lock.ts');
  const start = Date.now() + 1500;
  const script = `import { takeLock } from ${JSON.stringify(lock)};
    const won = [];
    for (let trial = 0; trial < ${trials}; trial++) {
      while (Date.now() < ${start} + trial * 10);
      if (takeLock(${JSON.stringify(folder)} + '/race-' + trial) === undefined) won.push(trial);
    }
    console.log(JSON.stringify(won));
    process.stdin.resume().once('end', () => {});`;
  const racers = [0, 1].map(() => spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }));
  const won = await Promise.all(racers.map(async ({ stdout }) => {
    for await (const line of stdout) return JSON.parse(String(line)) as readonly number[];
    return [];
  }));
  // Both live until now: a lock is never taken from a process that is there.
  for (const { stdin } of racers) stdin.end();
  expect(won.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: trials }, (_, trial) => trial));
});
