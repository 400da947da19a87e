import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { readRunConfig } from '../../../../main/train/config-file.ts';
import { RunFolder } from '../../../../main/train/run-folder.ts';

// What Windows makes of a flush: FlushFileBuffers wants a handle that may write, and there is none of a folder.
vi.mock('node:fs', async (actual) => {
  const fs = await actual<typeof import('node:fs')>();
  const readOnly = new Set<number>();
  return {
    ...fs,
    openSync: (...given: Parameters<typeof fs.openSync>) => {
      const descriptor = fs.openSync(...given);
      readOnly.delete(descriptor);
      if ((given[1] ?? 'r') === 'r') readOnly.add(descriptor);
      return descriptor;
    },
    fsyncSync: (descriptor: number) => {
      if (process.platform === 'win32' && readOnly.has(descriptor)) throw Object.assign(new Error('EPERM: operation not permitted, fsync'), { code: 'EPERM' });
      fs.fsyncSync(descriptor);
    },
  };
});

const home = mkdtempSync(path.join(os.tmpdir(), 'flush-'));
afterAll(() => rmSync(home, { recursive: true }));
const { platform } = process;
afterEach(() => Object.defineProperty(process, 'platform', { value: platform }));

test.each(['linux', 'win32'])('a checkpoint is flushed to the disk as %s allows it', async (system) => {
  Object.defineProperty(process, 'platform', { value: system });
  const run = RunFolder.create(home, readRunConfig('quickstart'));
  run.log.append({ kind: 'finished', at: '2026-01-01T00:00:00.000Z', step: 1, seconds: 1 });
  const folder = await run.checkpoint({ step: 1, best: null, sampler: { order: [], next: 0 } as never }, 1, async (place) => writeFileSync(path.join(place, 'tensors'), 'x'));
  expect(readdirSync(folder)).toEqual(['SHA256SUMS', 'state.json', 'tensors']);
  expect(run.checkpoints.last?.state.logBytes).toBeGreaterThan(0);
});
