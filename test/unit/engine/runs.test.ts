import { mkdtempSync, readFileSync, rmSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../main/engine/engine.ts';
import type { RunConfig } from '../../../main/records/run-config.ts';
import type { RunEvent } from '../../../main/records/run-events.ts';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { RunFolder } from '../../../main/train/run-folder.ts';
import type { AppContract } from '../../../preload/contract.ts';
import type { Client } from '../../../preload/rpc/connect.ts';
import { openClient } from './open-client.ts';

let home: string;
let engine: Engine;
let client: Client<AppContract>;

async function open(): Promise<void> {
  ({ engine, client } = await openClient(home));
}

beforeEach(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'arft-runs-'));
  await open();
});
afterEach(async () => {
  await engine.close();
  rmSync(home, { recursive: true, force: true });
});

const evaluation = (step: number, right: number, of: number): RunEvent => ({
  kind: 'evaluation', step, seconds: 1, heldOut: { items: of, f1: (100 * right) / of, em: (100 * right) / of, rightTool: 50 },
  items: Array.from({ length: of }, (_, i) => ({ id: `q${i}`, answer: 'a', f1: i < right ? 1 : 0, em: i < right ? 1 : 0 })),
});
const metrics = (step: number, reward: number, seconds = 2): RunEvent => ({ kind: 'metrics', step, metrics: { rewardMean: reward, seconds: { step: seconds } } as never });

/** A run's folder as a run leaves it. */
async function made(name: string, events: readonly RunEvent[], settings: readonly string[] = []): Promise<RunFolder> {
  const run = RunFolder.create(home, readRunConfig('quickstart', [`name=${name}`, ...settings]));
  for (const event of [{ kind: 'started', at: '2026-01-01T00:00:00.000Z', step: 0, resumed: false, parameters: 1, tools: { code: 'off', search: 'off' } } as const, ...events]) run.log.append(event);
  await engine.context.store.indexer.look();
  return run;
}

const asDraft = (config: RunConfig) => config as unknown as Record<string, never>;

describe('what windows are told of runs', () => {
  it('lists them with their curves, and tells which preset they come from', async () => {
    await made('one', [metrics(0, 1), metrics(1, 1.5), { kind: 'finished', at: '2026-01-01T00:01:00.000Z', step: 2, seconds: 60 }], ['steps=2']);
    await made('two', [metrics(0, 1)]);
    const { total, rows } = await client.call('runs.list', { order: 'name', descending: false });
    expect([total, rows.map(({ name, status, step }) => [name, status, step])]).toEqual([2, [['one', 'finished', 2], ['two', 'interrupted', 1]]]);
    expect(await client.call('runs.sparks', { runs: ['one', 'two'] })).toEqual({ one: [1, 1.5], two: [1] });
    const one = await client.call('runs.get', { run: 'one' });
    expect([one.preset, one.differences.map(({ key }) => key).toSorted()]).toEqual(['quickstart', ['name', 'steps']]);
    expect(await client.call('runs.differences', { runs: ['one', 'two'] })).toEqual([{ key: 'name', values: ['one', 'two'] }, { key: 'steps', values: [2, 40] }]);
  });

  it('counts steps from 1; held-out figures stand after so many steps', async () => {
    await made('counted', [evaluation(0, 1, 4), metrics(0, 1), metrics(1, 1.5), { kind: 'alarm', step: 1, name: 'kl', message: 'too far' }, evaluation(2, 2, 4)]);
    const series = await client.call('runs.series', { run: 'counted', names: ['rewardMean', 'heldOut.f1'], fromStep: 0, toStep: 2 });
    expect([series['rewardMean']?.steps, series['rewardMean']?.values, series['heldOut.f1']?.steps]).toEqual([[1, 2], [1, 1.5], [0, 2]]);
    expect((await client.call('runs.series', { run: 'counted', names: ['rewardMean'], fromStep: 2 }))['rewardMean']?.values).toEqual([1.5]);
    expect((await client.call('runs.events', { run: 'counted' })).filter(({ kind }) => kind === 'alarm' || kind === 'evaluation').map(({ kind, step }) => [kind, step])).toEqual([['evaluation', 0], ['alarm', 2], ['evaluation', 2]]);
    expect((await client.call('runs.events', { run: 'counted' })).find(({ kind }) => kind === 'evaluation')?.text).toMatch(/^F1 \d+\.\d %, EM \d+\.\d %$/);
  });

  it('has intervals of held-out figures: Wilson’s for shares, all of them right when all items are', async () => {
    await made('held', [evaluation(0, 50, 100), evaluation(10, 100, 100)]);
    const [first, second] = await client.call('runs.heldOut', { run: 'held' });
    // Wilson's 95 % interval of 50 of 100 is 40.4 to 59.6 percent (Newcombe 1998 gives the formula).
    expect([first?.rightTool?.low, first?.rightTool?.high]).toEqual([expect.closeTo(40.38, 1), expect.closeTo(59.62, 1)]);
    expect(first?.em.mean).toBe(50);
    // The normal approximation is 9.8 points to each side.
    expect(first?.em.low).toBeGreaterThan(38);
    expect(first?.em.high).toBeLessThan(62);
    expect(second?.f1).toEqual({ mean: 100, low: 100, high: 100 });
  });

  it('forgets evaluations that a resumed run does again', async () => {
    const run = await made('again', [evaluation(0, 1, 4)]);
    const log = path.join(run.folder, 'log.jsonl');
    const { size } = statSync(log);
    run.log.append(evaluation(10, 2, 4));
    await engine.context.store.indexer.look();
    expect((await client.call('runs.heldOut', { run: 'again' })).map(({ step }) => step)).toEqual([0, 10]);
    truncateSync(log, size);
    run.log.append(evaluation(5, 3, 4));
    run.log.append(evaluation(10, 4, 4));
    await engine.context.store.indexer.look();
    expect((await client.call('runs.heldOut', { run: 'again' })).map(({ step, em }) => [step, em.mean])).toEqual([[0, 25], [5, 75], [10, 100]]);
  });

  it('renames a run with its notes and tags, removes it and brings it back', async () => {
    await made('old', [metrics(0, 1)]);
    await client.call('runs.annotate', { runs: ['old'], note: 'worked', tags: ['a'], pinned: true });
    await client.call('runs.annotate', { runs: ['old'], addTag: 'b' });
    await client.call('runs.rename', { run: 'old', title: 'A better name' });
    const { bin } = await client.call('runs.remove', { runs: ['old'] });
    expect((await client.call('runs.list', {})).all).toBe(0);
    expect(await client.call('runs.restore', { bin })).toEqual({ runs: ['old'] });
    expect((await client.call('runs.get', { run: 'old' })).row).toMatchObject({ title: 'A better name', note: 'worked', tags: ['a', 'b'], pinned: true, step: 1 });
  });

  it('leaves a configuration that was cut off as it is when the run is renamed', async () => {
    const { folder } = await made('cut', [metrics(0, 1)]);
    const file = path.join(folder, 'config.json');
    const half = readFileSync(file, 'utf8').slice(0, 200);
    writeFileSync(file, half);
    await expect(client.call('runs.rename', { run: 'cut', title: 'Another' })).rejects.toMatchObject({ code: 'BAD_INPUT', details: { thing: file } });
    expect(readFileSync(file, 'utf8')).toBe(half);
  });

  it('refuses in words what cannot be', async () => {
    await made('done', [{ kind: 'finished', at: '2026-01-01T00:01:00.000Z', step: 40, seconds: 60 }]);
    await expect(client.call('runs.resume', { run: 'done' })).rejects.toMatchObject({ code: 'BAD_INPUT', details: { remedy: 'Duplicate it with more steps.' } });
    await expect(client.call('runs.stop', { run: 'done', now: false })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(client.call('runs.get', { run: '../done' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(client.call('runs.export', { run: 'done', form: 'adapter', folder: path.join(home, 'out') })).rejects.toMatchObject({ code: 'BAD_INPUT', details: { expected: 'a checkpoint' } });
    await expect(client.call('runs.start', { config: { stepps: 3 }, when: 'now' })).rejects.toMatchObject({ details: { remedy: expect.stringContaining('steps') as string } });
  });
});

describe('configurations on their way to a run', () => {
  it('come back from YAML as they went', async () => {
    for (const { config } of await client.call('runs.presets', undefined)) {
      const { text } = await client.call('runs.toYaml', { config: asDraft(config) });
      expect((await client.call('runs.fromYaml', { text })).config).toEqual(config);
    }
    await expect(client.call('runs.fromYaml', { text: 'steps: [' })).rejects.toMatchObject({ code: 'BAD_INPUT', details: { expected: 'YAML with the fields of a run' } });
  });

  it('tell what they need: memory by part, disk, and the time of a run like them', async () => {
    const preset = (await client.call('runs.presets', undefined)).find(({ name }) => name === 'quickstart')?.config as RunConfig;
    await made('measured', [metrics(0, 1, 3), metrics(1, 1, 5)], [`model.folder=${preset.model.folder}`]);
    const told = await client.call('runs.outlook', { config: asDraft(preset) });
    expect(told.time).toEqual({ secondsPerStep: 4, run: 'measured' });
    expect(told.memory?.peak).toBe(told.memory?.parts.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(told.disk?.needed).toBe(4 * (told.disk?.checkpoint ?? 0));
    const larger = await client.call('runs.outlook', { config: asDraft({ ...preset, rollout: { ...preset.rollout, group: 64, slots: 64 } }) });
    expect(larger.memory?.peak).toBeGreaterThan(told.memory?.peak ?? 0);
    expect(larger.time).toBeNull();
    expect((await client.call('runs.outlook', { config: asDraft({ ...preset, model: { ...preset.model, folder: '/nowhere' } }) })).memoryUnknown).toContain('/nowhere');
  });
});

describe('the queue', () => {
  const hopeless = (name: string): Record<string, never> => asDraft(readRunConfig('quickstart', [`name=${name}`, 'model.folder=/nowhere', 'tools.code=off', 'evaluation.items=0']));

  it('begins the next run when one ends, and goes on with what waited before the engine was opened', async () => {
    engine.context.store.queue.add(hopeless('waited') as never);
    await engine.close();
    await open();
    await client.call('runs.start', { config: hopeless('after'), when: 'queue' });
    await expect.poll(async () => (await client.call('runs.list', {})).rows.map(({ name, status }) => `${name} ${status}`), { timeout: 60_000, interval: 200 }).toEqual(['after failed', 'waited failed']);
    expect(await client.call('queue.list', undefined)).toEqual([]);
    const begun = (name: string): string => String(JSON.parse(readFileSync(path.join(home, 'runs', name, 'log.jsonl'), 'utf8').split('\n')[0] as string).at);
    expect(begun('waited') < begun('after')).toBe(true);
  }, 90_000);

  it('lets what waits be moved and taken out', async () => {
    // A run of this process is at work, so nothing begins.
    const busy = await made('busy', []);
    busy.claim();
    await engine.context.store.indexer.look();
    const ids: number[] = [];
    for (const name of ['a', 'b', 'c']) ids.push((await client.call('runs.start', { config: hopeless(name), when: 'queue' })).queued as number);
    await client.call('queue.move', { id: ids[2] as number, to: 0 });
    await client.call('queue.remove', { id: ids[0] as number });
    expect((await client.call('queue.list', undefined)).map(({ title }) => title)).toEqual(['c', 'b']);
    await client.call('queue.remove', { id: ids[1] as number });
    await client.call('queue.remove', { id: ids[2] as number });
    busy.unclaim();
  });
});
