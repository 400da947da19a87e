import { appendFileSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../../../main/records/input-error.ts';
import { at, newHome, newRun, opened, started, tellStep } from './fixture.ts';
import { metricsOf, told } from './records.ts';

test('a run is listed with what its log says', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'first', 3);
  run.log.append(started());
  for (const step of [0, 1, 2]) tellStep(run, step);
  run.log.append({ kind: 'evaluation', at: at(8), step: 3, seconds: 1, heldOut: { items: 4, f1: 60, em: 50 }, items: [] });
  // As earlier versions wrote it.
  run.log.append({ kind: 'alarm', step: 2, name: 'kl', message: 'too far' });
  run.log.append({ kind: 'failed', at: at(9), step: 3, reason: 'no memory' });
  expect(await store.indexer.look()).toEqual({ runs: ['first'], evaluations: [] });
  expect(store.runs.get('first')).toMatchObject({ name: 'first', title: 'first', status: 'failed', reason: 'no memory', step: 3, steps: 3, startedAt: at(0), endedAt: at(9), reward: 0.2, lastF1: 60, bestF1: 60, bestStep: 3, alarms: 1 });
  expect(store.runs.metricNames('first')).toEqual(expect.arrayContaining(['parts.answer', 'seconds.rollout', 'heldOut.f1', 'rewardMean']));
  const { loss, none } = store.runData.series('first', { names: ['loss', 'none'], fromStep: 1 });
  expect([[...(loss?.steps ?? [])], [...(loss?.values ?? [])], loss?.total]).toEqual([[1, 2], [-1, -2], 2]);
  expect(none?.total).toBe(0);
  expect(store.runs.events('first', 'evaluation').map((event) => event.at)).toEqual([at(8)]);
  expect(store.runs.events('first', 'alarm')).toEqual([{ kind: 'alarm', step: 2, at: null, detail: { name: 'kl', message: 'too far' } }]);
  expect(store.runs.config('first')).toEqual(run.config);
  expect(await store.indexer.look()).toEqual({ runs: [], evaluations: [] });
});

test('what a run is doing: at work, interrupted, stopped', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r');
  run.claim();
  run.log.append(started());
  await store.indexer.look();
  expect(store.runs.get('r').status).toBe('running');
  run.unclaim();
  expect((await store.indexer.look()).runs).toEqual(['r']);
  expect(store.runs.get('r').status).toBe('interrupted');
  run.log.append({ kind: 'stopped', at: at(5), step: 1, why: 'asked' });
  await store.indexer.look();
  expect(store.runs.get('r')).toMatchObject({ status: 'stopped', reason: 'asked', endedAt: at(5) });
});

test('trajectories by step, by what went wrong, by reward, by sample; each read whole from the log', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r');
  run.log.append(started());
  tellStep(run, 0);
  for (const event of [told({ step: 1, member: 0, sample: 'a', status: 'exit 1', reward: 0.5 }), told({ step: 1, member: 1, sample: 'a', cut: true, reward: 1.5 }), told({ step: 1, group: 1, sample: 'q0', reward: null }), metricsOf(1)]) run.log.append(event);
  await store.indexer.look();
  const members = (filter: Parameters<typeof store.runData.trajectories>[2], step = 1): readonly string[] => store.runData.trajectories('r', step, filter).map(({ group, member }) => `${group}/${member}`);
  expect(members({})).toEqual(['0/0', '0/1', '1/0']);
  expect(members({ only: 'toolError' })).toEqual(['0/0']);
  expect(members({ only: 'truncated' })).toEqual(['0/1']);
  expect(members({ only: 'invalid' })).toEqual(['1/0']);
  expect(members({ only: 'zeroSpread' }, 0)).toEqual(['1/0', '1/1']);
  expect(members({ order: 'highest' })).toEqual(['0/1', '0/0', '1/0']);
  expect(members({ order: 'lowest', limit: 1 })).toEqual(['0/0']);
  expect(store.runData.drawn('r', 'q0').map(({ step, member }) => [step, member])).toEqual([[0, 0], [0, 1], [1, 0]]);
  expect(store.runData.steps('r')).toEqual([0, 1]);
  const whole = store.runData.trajectory('r', { step: 1, group: 0, member: 1 });
  expect(whole).toEqual([...run.log.events()].find((event) => event.kind === 'trajectory' && event.step === 1 && event.member === 1));
  expect(() => store.runData.trajectory('r', { step: 1, group: 5, member: 0 })).toThrow(InputError);
  expect(() => store.runs.get('nobody')).toThrow(/one of r/);
});

test('a log is read on from where it ended; a line that is not whole waits, a torn one is passed over', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r');
  const log = path.join(run.folder, 'log.jsonl');
  run.log.append(started());
  tellStep(run, 0);
  await store.indexer.look();
  const line = `${JSON.stringify(metricsOf(1))}\n`;
  appendFileSync(log, line.slice(0, 50));
  await store.indexer.look();
  expect(store.runs.get('r').step).toBe(1);
  appendFileSync(log, line.slice(50));
  appendFileSync(log, '{"kind":"metrics","st\n{"kind":"unheard of"}\nnull\n');
  tellStep(run, 2);
  await store.indexer.look();
  expect(store.runData.steps('r')).toEqual([0, 1, 2]);
  const { rewardMean } = store.runData.series('r', { names: ['rewardMean'] });
  expect([...(rewardMean?.values ?? [])]).toEqual([0, 0.1, 0.2]);
});

test.each(['shorter', 'longer'])('a log that was cut back and has grown again, and is %s now, is read anew from where it agrees', async (now) => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r');
  const log = path.join(run.folder, 'log.jsonl');
  run.log.append(started());
  tellStep(run, 0);
  tellStep(run, 1);
  const kept = statSync(log).size;
  for (const step of [2, 3, 4]) tellStep(run, step, { loss: 1000, parts: { old: 1 } });
  run.log.append({ kind: 'evaluation', step: 5, seconds: 1, heldOut: { items: 1, f1: 99, em: 99 }, items: [] });
  run.log.append({ kind: 'alarm', step: 4, name: 'kl', message: 'old' });
  await store.indexer.look();
  expect(store.runs.get('r')).toMatchObject({ step: 5, bestF1: 99, alarms: 1 });

  truncateSync(log, kept);
  run.log.append(started(2, 60));
  for (const step of now === 'shorter' ? [2] : [2, 3, 4, 5, 6, 7]) tellStep(run, step, { loss: 7 });
  await store.indexer.look();
  const last = now === 'shorter' ? 2 : 7;
  expect(store.runs.get('r')).toMatchObject({ step: last + 1, bestF1: null, lastF1: null, alarms: 0 });
  const { loss } = store.runData.series('r', { names: ['loss'] });
  expect([...(loss?.values ?? [])]).toEqual([0, -1, ...new Array<number>(last - 1).fill(7)]);
  expect(store.runs.metricNames('r')).not.toContain('parts.old');
  expect(store.runs.events('r', 'started').map(({ step }) => step)).toEqual([0, 2]);
  for (const step of store.runData.steps('r')) for (const row of store.runData.trajectories('r', step)) expect(store.runData.trajectory('r', row).step).toBe(step);
});

test('a log that begins anew, or is gone, is forgotten; so is a folder that is gone, but not its notes', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r');
  tellStep(run, 0);
  await store.indexer.look();
  store.runs.annotate('r', { note: 'the good one', tags: ['paper', ' paper ', ''], pinned: true });
  rmSync(path.join(run.folder, 'log.jsonl'));
  await store.indexer.look();
  expect(store.runs.get('r').step).toBe(0);
  expect(store.runData.steps('r')).toEqual([]);
  const { config } = run;
  rmSync(run.folder, { recursive: true });
  expect((await store.indexer.look()).runs).toEqual(['r']);
  expect(store.runs.list().total).toBe(0);
  newRun(home, 'r');
  await store.indexer.look();
  expect(store.runs.get('r')).toMatchObject({ note: 'the good one', tags: ['paper'], pinned: true });
  // Another run under the same name has none of them.
  rmSync(run.folder, { recursive: true });
  await store.indexer.look();
  newRun(home, 'r', config.steps + 1);
  await store.indexer.look();
  expect(store.runs.get('r')).toMatchObject({ note: '', tags: [], pinned: false });
});

test('folders that are no runs are left alone', async () => {
  const home = newHome();
  const store = opened(home);
  mkdirSync(path.join(home, 'runs', 'empty'), { recursive: true });
  mkdirSync(path.join(home, 'runs', 'other'), { recursive: true });
  writeFileSync(path.join(home, 'runs', 'other', 'config.json'), '{"version":');
  expect(await store.indexer.look()).toEqual({ runs: [], evaluations: [] });
});

test('the list of runs: text, status, tags, archive, order, pages', async () => {
  const home = newHome();
  const store = opened(home);
  for (const [i, name] of ['alpha', 'beta_1', 'betaX1', '实验'].entries()) {
    const run = newRun(home, name);
    run.log.append(started(0, i));
    if (i < 2) run.log.append({ kind: 'finished', at: at(50), step: 10, seconds: 1 });
    run.log.append({ kind: 'evaluation', step: 0, seconds: 1, heldOut: { items: 1, f1: [10, 40, 30, 20][i] as number, em: 0 }, items: [] });
  }
  await store.indexer.look();
  const names = (filter: Parameters<typeof store.runs.list>[0]): readonly string[] => store.runs.list(filter).rows.map(({ name }) => name);
  expect(names({})).toEqual(['实验', 'betaX1', 'beta_1', 'alpha']);
  expect(names({ text: 'beta_1' })).toEqual(['beta_1']);
  expect(names({ text: '实' })).toEqual(['实验']);
  expect(names({ status: ['finished'] })).toEqual(['beta_1', 'alpha']);
  expect(names({ order: 'bestF1' })).toEqual(['beta_1', 'betaX1', '实验', 'alpha']);
  expect(names({ order: 'name', offset: 1, limit: 2 })).toEqual(['betaX1', 'beta_1']);
  store.runs.annotate('alpha', { pinned: true, tags: ['keep'], note: 'see 100%' });
  store.runs.annotate('beta_1', { archived: true });
  expect(names({})).toEqual(['alpha', '实验', 'betaX1']);
  expect(names({ tag: 'keep' })).toEqual(['alpha']);
  expect(names({ text: '100% keep' })).toEqual(['alpha']);
  expect(names({ archived: true })).toEqual(['beta_1']);
  expect(store.runs.tags()).toEqual([{ tag: 'keep', count: 1 }]);
  expect(store.runs.list({ limit: 1 }).total).toBe(3);
});
