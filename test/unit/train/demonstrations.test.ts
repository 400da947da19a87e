import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Sample } from '../../../main/records/sample.ts';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { openDemonstrations } from '../../../main/train/demonstrations.ts';
import { openSamples } from '../../../main/train/samples.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'demonstrations-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, rows: readonly unknown[]): string => {
  const file = path.join(folder, name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
};
const questions = (name: string, ids: readonly string[]): string => write(name, ids.map((id) => ({ version: 1, id, task: 'search', question: `${name} ${id}?`, answers: ['a'], images: [] })));
const demonstrations = write('items.jsonl', [{ version: 1, sample: '1', policy: 'p', protocol: 'tags', mode: 'agent', seed: 0, turns: [], ending: { kind: 'answered', answer: 'a' }, startedAt: '2026-01-01T00:00:00Z', ms: 1 }]);
const lessons = async (...sources: readonly string[]) => {
  const { samples } = await openSamples({ source: sources, split: 'train', items: 0, atMost: 10 }, undefined as never);
  return openDemonstrations(readRunConfig('quickstart', ['method=sft', `data.demonstrations=${demonstrations}`]), samples, [] as readonly Sample[]);
};

test('a trajectory of a sample whose id two files have is refused: it would be learnt with the other’s question', async () => {
  const [a, b, c] = [questions('a.jsonl', ['1', '2']), questions('b.jsonl', ['1']), questions('c.jsonl', ['2', '3'])];
  expect((await lessons(a, c)).samples).toMatchObject([{ question: 'a.jsonl 1?' }]);
  await expect(lessons(a, b)).rejects.toThrow(/^data\.demonstrations: expected trajectories of samples that have an id of their own in data\.train, found sample 1, which is there more than once/);
});
