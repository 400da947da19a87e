import { spawnSync } from 'node:child_process';
import { constants } from 'node:buffer';
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { InputError } from '../../../main/records/input-error.ts';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { RunFolder } from '../../../main/train/run-folder.ts';

const home = mkdtempSync(path.join(os.tmpdir(), 'run-folder-'));
afterAll(() => rmSync(home, { recursive: true }));

const at = '2026-01-01T00:00:00.000Z';
const sampler = { order: [], next: 0 } as never;
let run: RunFolder;
beforeEach(() => {
  run = RunFolder.create(home, readRunConfig('quickstart'));
});

async function stepped(step: number): Promise<void> {
  run.log.append({ kind: 'alarm', at, step: step - 1, name: 'entropy', message: `step ${step}` } as never);
  const folder = await run.checkpoint({ step, best: null, sampler }, 5, async (place) => writeFileSync(path.join(place, 'tensors'), 'x'));
  run.log.append({ kind: 'checkpoint', step, seconds: 0, folder, best: false });
}

const kinds = (): readonly string[] => [...run.log.events()].map(({ kind }) => kind);

test('a log that is cut back keeps that the checkpoint was made, and nothing after it', async () => {
  await stepped(1);
  await stepped(2);
  run.log.append({ kind: 'alarm', at, step: 2, name: 'entropy', message: 'lost' } as never);
  const { last } = run.checkpoints;
  expect(last?.state.step).toBe(2);
  expect(kinds()).toEqual(['alarm', 'checkpoint', 'alarm', 'checkpoint', 'alarm']);
  run.log.cutBack(last?.state);
  run.log.cutBack(last?.state);
  expect(kinds()).toEqual(['alarm', 'checkpoint', 'alarm', 'checkpoint']);
});

test('killed between a checkpoint and its line, the log ends before it', async () => {
  await stepped(1);
  const log = path.join(run.folder, 'log.jsonl');
  const lines = readFileSync(log, 'utf8').split('\n');
  writeFileSync(log, `${lines[0]}\n${(lines[1] as string).slice(0, 20)}`);
  run.log.cutBack(run.checkpoints.last?.state);
  expect(kinds()).toEqual(['alarm']);
  expect(readFileSync(log, 'utf8')).toBe(`${lines[0]}\n`);
  run.log.cutBack(undefined);
  expect(kinds()).toEqual([]);
});

test('a log that lacks what a checkpoint counts on says by how much; half a line ends before the next event', async () => {
  await stepped(1);
  await stepped(2);
  const log = path.join(run.folder, 'log.jsonl');
  const whole = readFileSync(log, 'utf8');
  const bytes = run.checkpoints.last?.state.logBytes as number;
  const half = whole.slice(0, whole.indexOf('\n') + 9);
  writeFileSync(log, half);
  expect(run.log.cutBack(run.checkpoints.last?.state)).toBe(bytes - half.length);
  run.log.append({ kind: 'finished', at, step: 2, seconds: 1 });
  expect(kinds()).toEqual(['alarm', 'finished']);
  expect(readFileSync(log, 'utf8').split('\n').slice(0, 2)).toEqual(half.split('\n'));
  rmSync(log);
  expect(run.log.cutBack(run.checkpoints.last?.state)).toBe(bytes);
  writeFileSync(log, whole);
  expect(run.log.cutBack(run.checkpoints.last?.state)).toBe(0);
  expect(readFileSync(log, 'utf8')).toBe(whole);
});

test('a damaged checkpoint is named, and the way on from the one before', async () => {
  await stepped(1);
  await stepped(2);
  writeFileSync(path.join(run.folder, 'checkpoints/step-000002/state.json'), '{"version": 1, "st');
  expect(() => run.checkpoints.last).toThrow(InputError);
  expect(() => run.checkpoints.last).toThrow(/step-000002: expected a checkpoint that is whole.*state\.json.*goes on from the checkpoint after 1 steps/s);
});

test('a bit that flipped in any file of a checkpoint is noticed before the run goes on', async () => {
  const config = run.config;
  for (const step of [1, 2]) {
    await run.checkpoint({ step, best: null, sampler, config }, 5, async (place) => {
      writeFileSync(path.join(place, 'weights'), new Uint8Array(5 * 1024 ** 2));
      writeFileSync(path.join(place, 'moments'), new Uint8Array(100));
    });
  }
  const folder = path.join(run.folder, 'checkpoints/step-000002');
  expect(run.checkpoints.last?.state.step).toBe(2);
  const files = readdirSync(folder);
  expect(files).toEqual(['SHA256SUMS', 'moments', 'state.json', 'weights']);
  if (process.platform === 'linux') expect(spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' }).stdout).toBe('moments: OK\nstate.json: OK\nweights: OK\n');
  for (const name of files) {
    const file = path.join(folder, name);
    const whole = readFileSync(file);
    for (const at of [0, Math.floor(whole.length / 2), whole.length - 2]) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] as number) ^ 4;
      writeFileSync(file, flipped);
      expect(() => run.checkpoints.last, `${name} ${at}`).toThrow(/step-000002: expected a checkpoint that is whole[^]*goes on from the checkpoint after 1 steps/);
    }
    writeFileSync(file, whole);
  }
  expect(run.checkpoints.last?.state.step).toBe(2);
});

test('the copy of the adapter that it began with outlives the adapter, before the first checkpoint too', () => {
  const adapter = path.join(home, 'adapter');
  mkdirSync(adapter);
  const files = ['adapter_config.json', 'adapter_model.safetensors'];
  for (const content of ['first', 'second']) {
    for (const name of files) writeFileSync(path.join(adapter, name), content);
    run.keepAdapter(adapter);
    expect(readdirSync(run.begunWith ?? '').map((name) => readFileSync(path.join(run.begunWith ?? '', name), 'utf8'))).toEqual([content, content]);
  }
  rmSync(adapter, { recursive: true });
  run.keepAdapter(adapter);
  expect(readdirSync(run.begunWith ?? '')).toEqual(files);
});

test('a run in a folder that cannot be written is refused in words', () => {
  rmSync(run.folder, { recursive: true });
  expect(() => run.claim()).toThrow(InputError);
  expect(() => run.claim()).toThrow(/expected a folder that can be written, found no such file or folder/);
});

test('of a checkpoint of an earlier version, which has no sums, the state is looked at', async () => {
  await stepped(1);
  const folder = path.join(run.folder, 'checkpoints/step-000001');
  rmSync(path.join(folder, 'SHA256SUMS'));
  const file = path.join(folder, 'state.json');
  const state = JSON.parse(readFileSync(file, 'utf8')) as object;
  expect(run.checkpoints.last?.state.step).toBe(1);
  writeFileSync(file, JSON.stringify({ ...state, step: 5 }));
  expect(() => run.checkpoints.last).toThrow(/expected 1 steps, as its folder is called, found 5/);
  writeFileSync(file, JSON.stringify({ ...state, config: { ...run.config, sead: 1 } }));
  expect(() => run.checkpoints.last).toThrow(/expected the configuration of a run, found unknown fields sead/);
});

test('paths are whole in its configuration, whatever folder it was begun in; what is no path stays', () => {
  const custom = [{ file: './rw.mjs', weight: 1 }];
  const config = readRunConfig('quickstart', ['model.folder=m', 'model.adapter=../a', 'data.train=[mini:3, d/train.jsonl, /d/x.jsonl]', 'data.heldOut=mini:7', 'data.demonstrations=items.jsonl', 'reward.embedder=e', `reward.custom=${JSON.stringify(custom)}`]);
  const here = (file: string): string => path.resolve(file);
  expect(RunFolder.create(home, config).config).toMatchObject({
    model: { folder: here('m'), adapter: here('../a') },
    data: { train: ['mini:3', here('d/train.jsonl'), '/d/x.jsonl'], heldOut: 'mini:7', demonstrations: here('items.jsonl'), prompts: config.data.prompts },
    reward: { embedder: here('e'), custom: [{ file: here('rw.mjs'), weight: 1 }] },
  });
  expect(run.config.model.adapter).toBe('');
  const prompts = 'resources/prompts/tags-en.yaml';
  expect(RunFolder.create(home, readRunConfig('quickstart', [`data.prompts=${prompts}`])).config.data.prompts).toBe(here(prompts));
});

test('a name is the run’s, whatever lies in the working directory; a path is a folder’s', () => {
  const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'run-folder-'));
  const before = process.cwd();
  process.chdir(elsewhere);
  try {
    for (const name of [run.name, 'other']) {
      mkdirSync(name);
      writeFileSync(path.join(name, 'config.json'), '{"model_type": "qwen2_5_vl"}');
    }
    expect(RunFolder.open(home, run.name).folder).toBe(run.folder);
    expect(RunFolder.open(home, `./${run.name}`).folder).toBe(path.resolve(run.name));
    expect(RunFolder.open(home, 'other').folder).toBe(path.resolve('other'));
    expect(() => RunFolder.open(home, 'other').config).toThrow(/found unknown fields model_type\. It is no run/);
  } finally {
    process.chdir(before);
    rmSync(elsewhere, { recursive: true });
  }
});

test.each([['-x', 'x'], ['..', 'run'], ['.hidden', 'hidden'], ['/a b', 'a-b'], ['a.b-c_d', 'a.b-c_d'], ['漢'.repeat(66), '漢'.repeat(66)]])('a run that is called %s lies in a folder that commands take: %s', (name, folder) => {
  expect(RunFolder.create(mkdtempSync(path.join(home, 'own-')), { ...run.config, name }).name).toBe(folder);
});

test('lines that cannot be read are left out and counted', async () => {
  await stepped(1);
  const odd = ['null', '3', '"metrics"', '{"kind":"metr', '{"kind":"metrics","step":0}', '{"kind":"metrics","step":0,"metrics":{"rewardMean":"x"}}', '{"kind":"evaluation","step":1,"heldOut":null}', '{"kind":"song"}'];
  appendFileSync(path.join(run.folder, 'log.jsonl'), `${odd.join('\n')}\n`);
  run.log.append({ kind: 'finished', at, step: 1, seconds: 2 });
  let unread = 0;
  expect([...run.log.events(() => void (unread += 1))].map(({ kind }) => kind)).toEqual(['alarm', 'checkpoint', 'finished']);
  expect(unread).toBe(odd.length);
});

test('a log may be longer than a text can be', async () => {
  const episode = Buffer.from(`${JSON.stringify({ kind: 'trajectory', step: 0, filler: 'x'.repeat(2 ** 18) })}\n`);
  const log = openSync(path.join(run.folder, 'log.jsonl'), 'a');
  for (let bytes = 0; bytes <= constants.MAX_STRING_LENGTH; bytes += episode.length) writeSync(log, episode);
  closeSync(log);
  await stepped(1);
  run.log.append({ kind: 'alarm', at, step: 1, name: 'entropy', message: 'lost' } as never);
  expect(run.log.cutBack(run.checkpoints.last?.state)).toBe(0);
  const read: string[] = [];
  for (const { kind } of run.log.events()) if (kind !== 'trajectory') read.push(kind);
  expect(read).toEqual(['alarm', 'checkpoint']);
});

test('a checkpoint’s line that lacks its end alone is cut off, and the next event stands on its own', async () => {
  await stepped(1);
  const log = path.join(run.folder, 'log.jsonl');
  writeFileSync(log, readFileSync(log, 'utf8').trimEnd());
  run.log.cutBack(run.checkpoints.last?.state);
  run.log.append({ kind: 'finished', at, step: 1, seconds: 1 });
  expect(kinds()).toEqual(['alarm', 'finished']);
});

test('a damaged configuration is named', () => {
  const file = path.join(run.folder, 'config.json');
  writeFileSync(file, '{"steps": ');
  expect(() => run.config).toThrow(/config\.json: expected JSON/);
  writeFileSync(file, '{"stepps": 3}');
  expect(() => run.config).toThrow(/config\.json: expected the configuration of a run/);
});

test.runIf(process.platform === 'linux')('a folder in which no run can be made is named', () => {
  const closed = mkdtempSync(path.join(home, 'closed-'));
  // Nobody makes a folder there, root neither.
  symlinkSync('/proc/self', path.join(closed, 'runs'));
  expect(() => RunFolder.create(closed, run.config)).toThrow(new InputError({ thing: path.join(closed, 'runs/quickstart'), expected: 'a folder that can be written', found: 'no such file or folder (ENOENT)', remedy: 'Check the path, or copy the missing file into the folder.' }));
});

test('what is to stop at once is not asked for less; a run whose folder is gone says so', () => {
  run.requestStop('step');
  expect(run.stopRequested()).toBe('step');
  run.requestStop('now');
  run.requestStop('step');
  expect(run.stopRequested()).toBe('now');
  rmSync(run.folder, { recursive: true });
  expect(() => run.requestStop('step')).toThrow(InputError);
});

test('half a checkpoint that a crash left is removed by the next process, of whatever step it is', async () => {
  await stepped(5);
  const checkpoints = path.join(run.folder, 'checkpoints');
  mkdirSync(path.join(checkpoints, 'step-000007.part'));
  writeFileSync(path.join(checkpoints, 'step-000007.part', 'weights'), 'half');
  run.claim();
  run.unclaim();
  expect(readdirSync(checkpoints)).toEqual(['step-000005']);
});
