import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../main/records/run-config.ts';
import type { RunEvent } from '../../main/records/run-events.ts';
import { testHome } from '../test-home.ts';

// A run that goes on with other settings: what may change, what may not, and what then stands in its folder.

const root = path.join(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'training-changes-'));
const name = path.basename(folder);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const run of readdirSync(path.join(testHome, 'runs'))) if (run.startsWith(name)) rmSync(path.join(testHome, 'runs', run), { recursive: true, force: true });
  rmSync(path.join(testHome, 'corpora', `${name}.db`), { force: true });
});

type Ended = { readonly code: number; readonly out: string };
const arft = (...options: readonly string[]): Promise<Ended> => arftIn(root, ...options);
const arftIn = (cwd: string, ...options: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => execFile(process.execPath, [path.join(root, 'main/cli.ts'), ...options], { cwd, env: { ...process.env, ARFT_HOME: testHome }, maxBuffer: 2 ** 26 }, (error, out, err) => resolve({ code: error ? 1 : 0, out: out + err })));
const settings = (list: readonly string[]): readonly string[] => list.flatMap((each) => ['--set', each]);

const small = ['model.folder=resources/starter', 'rollout.prompts=2', 'rollout.group=4', 'rollout.slots=4', 'evaluation.items=0', 'checkpoint.every=1', 'optimizer.warmupSteps=0', 'optimizer.schedule=constant', 'tools.code=off'];
const train = (run: string, list: readonly string[]): Promise<Ended> => arft('train', 'quickstart', ...settings([`name=${run}`, ...small, ...list]), '--no-check', '--json');
const file = (run: string, ...parts: readonly string[]): string => path.join(testHome, 'runs', run, ...parts);
const config = (run: string): RunConfig => JSON.parse(readFileSync(file(run, 'config.json'), 'utf8')) as RunConfig;
const events = (run: string): readonly RunEvent[] => readFileSync(file(run, 'log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
const started = (run: string) => events(run).filter((event) => event.kind === 'started');

describe('a run that paused on an alarm', { timeout: 240_000 }, () => {
  const run = `${name}-paused`;
  // An alarm that sounds at every step.
  const begin = async (): Promise<void> => expect(await train(run, ['steps=2', 'alarms.pause=true', 'alarms.entropyHigh=0'])).toMatchObject({ code: 0 });

  it('refuses what would make it another run, with the reason, and stays as it was', async () => {
    await begin();
    const before = [readFileSync(file(run, 'config.json')), readFileSync(file(run, 'log.jsonl'))];
    for (const [setting, words] of [['rollout.group=8', 'could not be compared'], ['parameters.rank=4', 'belong to it'], ['optimizer.beta1=0.5', 'moments'], ['steps=1', 'more than the 1 that are done'], ['alarms.puase=true', 'Did you mean alarms.pause'], ['optimizer.learningRate=2', 'a number of at most 1']] as const) {
      const { code, out } = await arft('resume', run, '--set', setting);
      expect(code, setting).toBe(1);
      expect(out).toContain(words);
    }
    expect([readFileSync(file(run, 'config.json')), readFileSync(file(run, 'log.jsonl'))]).toEqual(before);
  });

  it('goes on with what may change, which its log and its config.json then say', async () => {
    const { code, out } = await arft('resume', run, ...settings(['alarms.pause=false', 'optimizer.learningRate=0.0002', 'steps=3']));
    expect(code, out).toBe(0);
    expect(out).toContain('from here on optimizer.learningRate is 0.0002; it was 0.001');
    expect(out).toContain('step 3/3');
    expect(started(run).map(({ changes }) => changes)).toEqual([undefined, [{ key: 'steps', from: 2, to: 3 }, { key: 'optimizer.learningRate', from: 0.001, to: 0.0002 }, { key: 'alarms.pause', from: true, to: false }]]);
    expect(config(run)).toMatchObject({ steps: 3, optimizer: { learningRate: 0.0002 }, alarms: { pause: false, entropyHigh: 0 } });
    expect(events(run).flatMap((event) => (event.kind === 'metrics' ? [event.metrics.learningRate] : []))).toEqual([0.001, 0.0002, 0.0002]);
    expect(events(run).at(-1)).toMatchObject({ kind: 'finished', step: 3 });
    const shown = (await arft('runs', 'show', run)).out;
    expect(shown).toContain(`${run}: finished, 3 of 3 steps`);
    expect(shown).toContain('from here on steps is 3; it was 2');
    // An alarm at one step after another is explained once.
    const sounded = events(run).flatMap((event) => (event.kind === 'alarm' && event.name === 'entropyHigh' ? [event.step] : []));
    for (const step of sounded) expect(shown).toContain(`! step ${step + 1}: ${sounded.includes(step - 1) ? 'entropyHigh, as in the step before' : 'The policy writes almost at random'}`);
    expect(shown).toContain(`arft resume ${run} --set steps=N`);
  });

  it('asks the samples that it began with, of a source without an end too', () => {
    const asked = (step: number): readonly string[] => [...new Set(events(run).flatMap((event) => (event.kind === 'trajectory' && event.step === step ? [event.asked.question + event.asked.images.join()] : [])))];
    const began = new Set([...asked(0), ...asked(1)]);
    expect(began.size).toBe(4);
    expect(asked(2).every((question) => began.has(question))).toBe(true);
  });

  it('tells a change that was made before its process was killed, and refuses one made by hand that must not be', async () => {
    // What a kill between config.json and the next checkpoint leaves: the file says one thing, the checkpoint another.
    writeFileSync(file(run, 'config.json'), JSON.stringify({ ...config(run), steps: 4 }));
    expect((await arft('resume', run)).code).toBe(0);
    expect(started(run).at(-1)?.changes).toEqual([{ key: 'steps', from: 3, to: 4 }]);
    writeFileSync(file(run, 'config.json'), JSON.stringify({ ...config(run), seed: 7 }));
    expect((await arft('resume', run)).out).toMatch(/seed.*1, as before/s);
  });
});

describe('a finished run', { timeout: 240_000 }, () => {
  it('that is given more steps ends as one that had them from the start, bit for bit', async () => {
    const [long, short] = [`${name}-long`, `${name}-short`];
    const ended = await Promise.all([train(long, ['data.items=6', 'steps=3']), train(short, ['data.items=6', 'steps=2'])]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect((await arft('resume', short, '--set', 'steps=3')).code).toBe(0);
    // With nothing left to do it says how it stands.
    const [last] = events(short).flatMap((event) => (event.kind === 'metrics' ? [event.metrics] : [])).slice(-1);
    const again = (await arft('resume', short, '--set', 'optimizer.learningRate=0.5', '--json')).out;
    expect(again).toContain(`all 3 steps of ${short} are done, and nothing was changed; --set steps=N goes on with more`);
    expect(readFileSync(file(short, 'config.json'), 'utf8')).not.toContain('"learningRate": 0.5');
    const said = again.split('\n').find((line) => line.startsWith('{')) as string;
    expect(JSON.parse(said)).toMatchObject({ outcome: 'finished', step: 3, reward: last?.rewardMean, loss: last?.loss, heldOut: null });
    for (const each of ['adapter_model.safetensors', 'optimizer.safetensors']) {
      const [a, b] = [long, short].map((run) => readFileSync(file(run, 'checkpoints', 'step-000003', each))) as [Buffer, Buffer];
      expect(a.equals(b), each).toBe(true);
    }
  });
});

describe('a log that was cut', { timeout: 240_000 }, () => {
  it('is told as the run goes on, in whatever folder; its next line stands alone', async () => {
    const run = `${name}-cut`;
    expect((await train(run, ['steps=1'])).code).toBe(0);
    truncateSync(file(run, 'log.jsonl'), 300);
    const { code, out } = await arftIn(folder, 'resume', run, '--set', 'steps=2');
    expect(code, out).toBe(0);
    expect(out).toMatch(/the log lacks \d+ bytes of steps that are done/);
    expect((await arft('runs', 'show', run)).out).toContain('1 line of log.jsonl could not be read');
  });
});

describe('what a run stands on', { timeout: 240_000 }, () => {
  const run = `${name}-ground`;
  const [model, data, own] = ['model', 'data', 'own.mjs'].map((each) => path.join(folder, each)) as [string, string, string];
  const changed = async (place: string, change: () => void, ...words: readonly string[]): Promise<void> => {
    const whole = readFileSync(place);
    change();
    const { code, out } = await arft('resume', run, '--set', 'steps=3');
    expect(code).toBe(1);
    for (const each of words) expect(out).toContain(each);
    expect(events(run).at(-1)?.kind).toBe('finished');
    writeFileSync(place, whole);
  };

  it('changed in place is named: what it asks with, and what it searches', async () => {
    cpSync(path.join(root, 'resources/starter'), model, { recursive: true });
    expect((await arft('data', 'mini', '--out', data, '--seed', '5', '--train', '6', '--test', '1')).code).toBe(0);
    const [prompts, texts] = ['prompts.yaml', 'texts.jsonl'].map((each) => path.join(folder, each)) as [string, string];
    cpSync(path.join(root, 'resources/prompts/tags-en.yaml'), prompts);
    writeFileSync(own, 'export const reward = () => 0;');
    const corpus = async (text: string): Promise<void> => {
      writeFileSync(texts, JSON.stringify({ id: '1', title: 'one', text }));
      expect((await arft('search', 'import', texts, '--name', name, '--replace')).code).toBe(0);
    };
    await corpus('first');
    expect((await train(run, [`model.folder=${model}`, `data.train=${path.join(data, 'train.jsonl')}`, `data.prompts=${prompts}`, `reward.custom=${JSON.stringify([{ file: own, weight: 1 }])}`, `tools.corpus=${name}`, 'steps=2'])).code).toBe(0);
    await changed(prompts, () => writeFileSync(prompts, readFileSync(prompts, 'utf8').replace('lastStep:', 'lastStep: now #')), prompts, 'the same prompts');
    await corpus('second');
    expect((await arft('resume', run, '--set', 'steps=3')).out).toMatch(new RegExp(`the search tool\\s+expected +what it was when the run began: corpus ${name} \\(1 passages.*found +corpus ${name}`, 's'));
    await corpus('first');
  });

  it('changed in place is named: its model, its samples, its checkpoint; with all back the run goes on', async () => {
    const [weights, rows] = [path.join(model, 'model.safetensors'), path.join(data, 'train.jsonl')];
    await changed(weights, () => {
      const bytes = readFileSync(weights);
      for (let i = bytes.length >> 1; i < bytes.length; i++) bytes[i] = (bytes[i] as number) ^ 1;
      writeFileSync(weights, bytes);
    }, model, 'the same weights');
    await changed(rows, () => writeFileSync(rows, readFileSync(rows, 'utf8').replace(/"answers":\["[^"]*"\]/, '"answers":["another"]')), rows, 'the same samples');
    const [first] = (JSON.parse(readFileSync(rows, 'utf8').split('\n')[0] as string) as { images: [string] }).images;
    const picture = path.join(data, first);
    const other = path.join(data, 'images', readdirSync(path.join(data, 'images')).find((each) => !each.includes('clean') && !readFileSync(path.join(data, 'images', each)).equals(readFileSync(picture))) as string);
    await changed(picture, () => cpSync(other, picture), picture, 'the same picture', 'it was changed in place');
    await changed(picture, () => rmSync(picture), picture, 'the same picture', 'none that can be read');
    utimesSync(picture, 1, 1); // as a copy may have it
    const tensors = file(run, 'checkpoints', 'step-000002', 'optimizer.safetensors');
    await changed(tensors, () => truncateSync(tensors, 1000), 'step-000002', 'a checkpoint that is whole', 'goes on from the checkpoint after 1 steps');
    // One of an earlier version has no sums: what is in its files is looked at all the same.
    rmSync(file(run, 'checkpoints', 'step-000002', 'SHA256SUMS'));
    const taken = file(run, 'checkpoints', 'step-000002', 'optimizer.json');
    for (const [spoil, found] of [[() => rmSync(taken), 'no such file'], [() => truncateSync(taken, 6), 'optimizer.json: expected JSON'], [() => writeFileSync(taken, '{"steps": -1}'), 'steps: -1, not a number of at least 0']] as const) {
      await changed(taken, spoil, 'optimizer.json', 'a checkpoint that is whole', found, 'goes on from the checkpoint after 1 steps');
    }
    // A reward may become a better one, which is told.
    writeFileSync(own, 'export const reward = () => 1;');
    const { code, out } = await arft('resume', run, '--set', 'steps=3');
    expect(code, out).toBe(0);
    expect(out).toContain('step 3/3');
    const mark = expect.stringMatching(/^[0-9a-f]{12}$/) as string;
    expect(started(run).at(-1)?.changes).toEqual([{ key: 'steps', from: 2, to: 3 }, { key: `reward.custom: ${own}`, from: mark, to: mark }]);
    expect(out).toContain(`from here on reward.custom: ${own} is `);
  });

  it('is looked at by an export of the whole model; the adapter alone needs none of it', async () => {
    const exported = (form: string, out: string): Promise<Ended> => arft('export', run, '--form', form, '--out', path.join(folder, out));
    const fields = path.join(model, 'tokenizer_config.json');
    writeFileSync(fields, `${readFileSync(fields, 'utf8')} `);
    const { code, out } = await exported('merged', 'merged');
    expect(code).toBe(1);
    expect(out).toMatch(/the same weights, tokenizer and settings.*others: they were changed in place.*export the adapter alone/s);
    expect(readdirSync(folder)).not.toContain('merged');
    rmSync(model, { recursive: true });
    expect(await exported('adapter', 'adapter')).toMatchObject({ code: 0 });
    expect(readdirSync(path.join(folder, 'adapter')).toSorted()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    // What was exported has the run's name; the name is still the run's.
    expect(await arftIn(folder, 'export', run, '--out', run)).toMatchObject({ code: 0 });
    expect(await arftIn(folder, 'export', run, '--out', 'again')).toMatchObject({ code: 0 });
    truncateSync(file(run, 'checkpoints', 'step-000003', 'adapter_model.safetensors'), 2000);
    expect(await exported('adapter', 'damaged')).toMatchObject({ code: 1, out: expect.stringContaining('adapter_model.safetensors') });
  });
});
