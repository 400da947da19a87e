import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { SampleFilter } from '../../main/store/datasets/filter.ts';
import { type Store, openStore } from '../../main/store/store.ts';
import { type Benchmark, type Report, median, wholeNumber } from './benchmark.ts';
import { metricsLine, writeRun, writeSamples } from './filled-store.ts';
import { randomNumbers, word, zipfRanks } from './zipf-corpus.ts';

const repeats = 60;

const percentile = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] as number;

type Times = { readonly wall: readonly number[]; /** Processor time of the thread: what a call takes where nothing else runs. */ readonly processor: readonly number[] };

/** Milliseconds of each call. */
function timesOf(task: () => unknown, times = repeats): Times {
  const [wall, processor]: [number[], number[]] = [[], []];
  for (let i = 0; i < times; i++) {
    const [start, used] = [performance.now(), process.threadCpuUsage()];
    task();
    const { user, system } = process.threadCpuUsage(used);
    wall.push(performance.now() - start);
    processor.push((user + system) / 1000);
  }
  return { wall, processor };
}

function tell(figure: Report['figure'], name: string, { wall, processor }: Times): void {
  figure(`p95, ${name}`, percentile(wall, 0.95), 'ms');
  figure(`p95 of processor time, ${name}`, percentile(processor, 0.95), 'ms');
}

export const store: Benchmark = {
  name: 'store',
  summary: 'lists, searches and charts of a large data folder, and what indexing a step costs: ms',
  options: { samples: { type: 'string', default: '100000' }, runs: { type: 'string', default: '1000' }, points: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  run: async (options, report) => {
    const home = mkdtempSync(path.join(os.tmpdir(), 'arft-bench-store-'));
    try {
      const count = (name: string): number => wholeNumber(options[name], name);
      const opened = openStore(home);
      await datasets(opened, count('samples'), count('seed'), report);
      await runs(opened, count('runs'), count('points'), report);
      await aStep(opened, report);
      await opened.close();
      report.figure('size of the database', statSync(path.join(home, 'arft.db')).size / 2 ** 20, 'MiB');
      let again: Store | undefined;
      tell(report.figure, 'opened, with its check', timesOf(() => (again = openStore(home)), 1));
      await again?.close();
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
};

async function datasets(opened: Store, count: number, seed: number, { note, figure }: Report): Promise<void> {
  const random = randomNumbers(seed);
  const draw = zipfRanks(random);
  const upTo = (n: number): number => Math.floor(random() * n);
  const file = path.join(opened.home, 'samples.jsonl');
  writeSamples(file, count, { draw, upTo });
  note(`importing ${count} samples …`);
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const start = performance.now();
  const { id } = await opened.datasets.import({ name: 'bench', files: [file], images: false });
  figure('import', count / ((performance.now() - start) / 1000), 'samples/s');
  figure('longest hold of the thread while importing', loop.max / 1e6, 'ms');
  loop.disable();
  opened.datasets.tag(id, Array.from({ length: 200 }, () => upTo(count)), 'look', true);
  const page = (name: string, wish: () => { readonly filter?: SampleFilter; readonly offset?: number }): void => {
    tell(figure, name, timesOf(() => opened.datasets.page(id, { ...wish(), limit: 100 })));
  };
  page('a page anywhere in the list', () => ({ offset: upTo(count) }));
  page('search, words as in text', () => ({ filter: { text: `${word(draw())} ${word(draw())} ` } }));
  page('search, one of the 20 commonest words', () => ({ filter: { text: `${word(upTo(20))} ` } }));
  page('search, while typing', () => ({ filter: { text: word(draw()).slice(0, 2) } }));
  page('search, Chinese', () => ({ filter: { text: '红色汽车' } }));
  page('filter: kind, split, image', () => ({ filter: { kind: 'search', split: 'test', image: true }, offset: upTo(1000) }));
  page('filter: tag', () => ({ filter: { tag: 'look' } }));
  page('search and filter', () => ({ filter: { text: `${word(upTo(200))} `, kind: 'search', image: true } }));
  tell(figure, 'counts of every filter', timesOf(() => opened.datasets.counts(id)));
  tell(figure, 'counts of a search', timesOf(() => opened.datasets.counts(id, { text: `${word(upTo(200))} ` })));
  tell(figure, 'statistics', timesOf(() => opened.datasets.statistics(id), 5));
  const used = process.threadCpuUsage();
  await opened.datasets.assignSplits(id, { shares: { train: 9, test: 1 }, seed: 1 });
  const { user, system } = process.threadCpuUsage(used);
  figure('splits assigned, processor time', (user + system) / 1000, 'ms');
}

async function runs(opened: Store, count: number, points: number, { note, figure }: Report): Promise<void> {
  const width = 100;
  note(`writing and indexing ${count} runs of ${points} points, and one of 100,000 steps …`);
  for (let i = 0; i < count; i++) writeRun(opened.home, `run-${i}`, Math.ceil(points / width), width);
  writeRun(opened.home, 'long', 100_000, 3);
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const start = performance.now();
  await opened.indexer.look();
  figure('points indexed', (count * points + 300_000) / ((performance.now() - start) / 1000), 'points/s');
  figure('longest hold of the thread while indexing', loop.max / 1e6, 'ms');
  loop.disable();
  const looks: number[] = [];
  for (let i = 0; i < 10; i++) {
    const from = performance.now();
    await opened.indexer.look();
    looks.push(performance.now() - from);
  }
  figure('a look at all folders when nothing changed', median(looks), 'ms');
  tell(figure, 'list of runs, 100 of them', timesOf(() => opened.runs.list()));
  tell(figure, 'list of runs, all of them', timesOf(() => opened.runs.list({ limit: count + 1 })));
  tell(figure, 'list of runs, by text', timesOf(() => opened.runs.list({ text: 'run-7' })));
  tell(figure, 'a series of 100,000 points to 2000', timesOf(() => opened.runData.series('long', { names: ['rewardMean'] })));
  tell(figure, 'ten series of a run', timesOf(() => opened.runData.series('run-5', { names: Array.from({ length: 10 }, (_, i) => `parts.part${i}`) })));
}

/** What a step of 100 metrics and 64 trajectories of 4000 tokens adds to the work of the process that indexes. */
async function aStep(opened: Store, { figure }: Report): Promise<void> {
  const log = path.join(opened.home, 'runs', 'run-0', 'log.jsonl');
  const tokens = { context: Array.from({ length: 2000 }, (_, i) => i), sampled: Array.from({ length: 2000 }, (_, i) => 70 * i), logprobs: Array.from({ length: 2000 }, () => -Math.random()) };
  const trajectory = { version: 1, sample: 'q', policy: 'p', protocol: 'tags', mode: 'agent', seed: 1, turns: [{ completion: 'so '.repeat(1000), finishReason: 'stop', action: { kind: 'answer', think: 'a', answer: 'b' }, observation: null, usage: { promptTokens: 2000, completionTokens: 2000, ms: 1 }, tokens }], ending: { kind: 'answered', answer: 'b' }, startedAt: new Date().toISOString(), ms: 1 };
  const [cpu, writing]: [number[], number[]] = [[], []];
  let bytes = 0;
  for (let step = 1000; step < 1020; step++) {
    const before = statSync(log).size;
    const from = performance.now();
    for (let i = 0; i < 64; i++) appendFileSync(log, `${JSON.stringify({ kind: 'trajectory', step, group: i >> 3, member: i & 7, trajectory, reward: { total: i & 3, parts: [] }, advantage: 0.5 })}\n`);
    appendFileSync(log, metricsLine(step, 100));
    writing.push(performance.now() - from);
    bytes = statSync(log).size - before;
    const used = process.cpuUsage();
    await opened.indexer.look();
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
  }
  figure('a step’s lines in the log', bytes / 2 ** 20, 'MiB');
  figure('written by the trainer', median(writing), 'ms');
  figure('indexed, processor time', median(cpu), 'ms');
}
