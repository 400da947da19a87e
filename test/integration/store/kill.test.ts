import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Store, openStore } from '../../../main/store/store.ts';
import { newHome, newRun, sampleOf } from '../../unit/store/fixture.ts';

const rounds = 25;
const writers = ['one', 'two'];
const samples = 500;

type Said = { readonly notes?: readonly string[]; readonly steps?: number; readonly dataset?: string; readonly samples?: number; readonly setting?: string; readonly binned?: string };

/** Lets a writer write for a while after it has begun, and kills it. @returns what it said to be committed. */
async function writeAndKill(home: string, file: string, writer: string, ms: number): Promise<readonly Said[]> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'writer.ts'), home, file, writer, ...(writer.startsWith('one') ? ['index'] : [])], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
  child.stdout.on('data', (bytes: Buffer) => {
    if (out === '') setTimeout(() => child.kill('SIGKILL'), ms);
    out += bytes.toString();
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${err}`);
  return out.split('\n').filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Said);
}

test(`${rounds * writers.length} kills of processes that index and import side by side: whole each time, nothing that was committed is lost`, { timeout: 120_000 }, async () => {
  const home = newHome();
  newRun(home, 'run', 100_000);
  const file = path.join(home, 'samples.jsonl');
  writeFileSync(file, Array.from({ length: samples }, (_, i) => `${JSON.stringify(sampleOf(i, { question: `图像 ${i} ${'word '.repeat(40)}` }))}\n`).join(''));
  let [cutOff, steps] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const names = writers.map((writer) => `${writer}-${round}`);
    const said = await Promise.all(names.map((name, i) => writeAndKill(home, file, name, (round * 37 + i * 151) % 300)));
    const sqlite = new Database(path.join(home, 'arft.db'));
    expect(sqlite.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(sqlite.pragma('foreign_key_check')).toEqual([]);
    cutOff += sqlite.prepare<[], number>('SELECT count(*) FROM dataset WHERE importing_by IS NOT NULL').pluck().get() ?? 0;
    sqlite.close();

    const store = openStore(home);
    try {
      expect([...store.notes, ...said.flatMap((facts) => facts.flatMap(({ notes }) => notes ?? []))]).toEqual([]);
      steps = Math.max(steps, ...said.flat().flatMap((fact) => fact.steps ?? []));
      await assertRun(store, steps);
      for (const [i, facts] of said.entries()) assertSettings(store, names[i] as string, facts);
      assertDatasets(store, said.flat());
      // Emptied, so that every round is as fast as the first.
      for (const { id } of store.datasets.list()) await store.bin.remove({ kind: 'dataset', dataset: id });
      await store.bin.empty();
    } finally {
      await store.close();
    }
  }
  const sqlite = new Database(path.join(home, 'arft.db'), { readonly: true });
  for (const table of ['dataset', 'sample', 'sample_record', 'bin']) expect(sqlite.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(0);
  expect(sqlite.prepare("SELECT count(*) FROM sample_words WHERE sample_words MATCH 'word'").pluck().get()).toBe(0);
  sqlite.close();
  // Without imports that were cut off in the middle, the test would say little.
  expect(cutOff).toBeGreaterThan(rounds / 3);
});

/** Every step that was said to be indexed is, with its trajectories. */
async function assertRun(store: Store, told: number): Promise<void> {
  expect(store.runs.list().total === 0 ? 0 : store.runData.steps('run').length).toBeGreaterThanOrEqual(told);
  await store.indexer.look();
  const steps = store.runData.steps('run');
  expect(steps).toEqual([...steps.keys()]);
  for (const step of steps.slice(-2)) expect(store.runData.trajectories('run', step)).toHaveLength(8);
}

function assertSettings(store: Store, writer: string, facts: readonly Said[]): void {
  const told = facts.findLast(({ setting }) => setting !== undefined)?.setting;
  const kept = store.settings.get(writer, z.string(), 'none');
  // What was committed last may not have been said any more.
  if (told !== undefined) expect(numberOf(kept)).toBeGreaterThanOrEqual(numberOf(told));
}

/** Datasets are there as a whole, unless they were on their way into the bin. */
function assertDatasets(store: Store, facts: readonly Said[]): void {
  const datasets = store.datasets.list();
  const removed = new Set([...facts.flatMap(({ binned }) => binned ?? []), ...store.bin.list().map(({ name }) => name)]);
  for (const { dataset } of facts) if (dataset !== undefined && !removed.has(dataset)) expect(datasets.map(({ name }) => name)).toContain(dataset);
  for (const { id, samples: count } of datasets) {
    expect(count).toBe(samples);
    expect(store.datasets.page(id, { filter: { text: '图像 word' } }).total).toBe(samples);
  }
}

const numberOf = (name: string): number => Number(name.split('-').at(-1));
