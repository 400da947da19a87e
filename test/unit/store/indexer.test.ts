import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { IndexReport } from '../../../main/store/indexer.ts';
import { newHome, newRun, opened, started, tellStep } from './fixture.ts';

test('one process keeps the index; another one says whose turn it is, and takes over when that one has ended', async () => {
  const home = newHome();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  onTestFinished(() => void other.kill('SIGKILL'));
  writeFileSync(path.join(home, 'indexer.pid'), String(other.pid));
  const store = opened(home);
  newRun(home, 'r').log.append(started());
  expect(await store.indexer.look()).toEqual({ runs: [], evaluations: [], owner: other.pid });
  await new Promise((resolve) => other.on('close', resolve).kill('SIGKILL'));
  expect(await store.indexer.look()).toEqual({ runs: ['r'], evaluations: [] });
  await store.close();
  expect(existsSync(path.join(home, 'indexer.pid'))).toBe(false);
});

test('what one store indexes, another one of the same folder sees at once', async () => {
  const home = newHome();
  const [one, two] = [opened(home), opened(home)];
  const run = newRun(home, 'r');
  tellStep(run, 0);
  await one.indexer.look();
  expect(two.runs.get('r').step).toBe(1);
  two.runs.annotate('r', { note: 'seen' });
  expect(one.runs.get('r').note).toBe('seen');
});

test('following: a change is told once, a fault once, and it ends when it is told to', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r');
  const [told, faults, abort]: [IndexReport[], Error[], AbortController] = [[], [], new AbortController()];
  const following = store.indexer.follow({ everyMs: 5, signal: abort.signal, onChange: (report) => told.push(report), onFault: (error) => faults.push(error) });
  const until = async (fits: () => boolean): Promise<void> => {
    while (!fits()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  await until(() => told.length === 1);
  tellStep(run, 0);
  await until(() => store.runs.get('r').step === 1 && told.length >= 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(told.at(-1)).toEqual({ runs: ['r'], evaluations: [] });
  const before = told.length;
  writeFileSync(path.join(home, 'evaluations'), 'no folder'); // cannot be listed
  await until(() => faults.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([faults.length, told.length]).toEqual([1, before]);
  abort.abort();
  await following;
});
