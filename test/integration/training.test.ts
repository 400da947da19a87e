import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../main/records/run-events.ts';
import { RunFolder } from '../../main/train/run-folder.ts';
import { testHome } from '../test-home.ts';

// A run as a user makes it: the starter model, the real sandbox, the real search, from the command line.

const root = path.join(import.meta.dirname, '../..');
// The private Python is made once for all tests; runs of this file have names of their own.
const home = testHome;
const folder = mkdtempSync(path.join(os.tmpdir(), 'training-'));
const name = `test-${path.basename(folder)}`;
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const run of readdirSync(path.join(home, 'runs'))) if (run.startsWith(name)) rmSync(path.join(home, 'runs', run), { recursive: true, force: true });
});

const small = ['steps=4', 'rollout.prompts=3', 'rollout.group=4', 'rollout.slots=8', 'evaluation.items=6', 'evaluation.every=2', 'checkpoint.every=1', 'optimizer.warmupSteps=0', 'optimizer.learningRate=0.003'];

function start(...options: readonly string[]): ChildProcess {
  return spawn(process.execPath, [path.join(root, 'main/cli.ts'), ...options], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ARFT_HOME: home } });
}

async function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const text = { out: '', err: '' };
  child.stdout?.on('data', (part: Buffer) => (text.out += part.toString()));
  child.stderr?.on('data', (part: Buffer) => (text.err += part.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...text })));
}

const train = (run: string, ...more: readonly string[]): ChildProcess => start('train', 'quickstart', ...[`name=${run}`, 'model.folder=resources/starter', ...small, ...more].flatMap((setting) => ['--set', setting]), '--no-check', '--json');
const runFolder = (run: string): string => path.join(home, 'runs', run);
const events = (run: string): readonly RunEvent[] => readFileSync(path.join(runFolder(run), 'log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
const adapter = (run: string, step: number): Buffer => readFileSync(path.join(runFolder(run), 'checkpoints', `step-${String(step).padStart(6, '0')}`, 'adapter_model.safetensors'));
const optimizer = (run: string, step: number): Buffer => readFileSync(path.join(runFolder(run), 'checkpoints', `step-${String(step).padStart(6, '0')}`, 'optimizer.safetensors'));

/** What must not differ between two runs: everything but times. */
const substance = (run: string): unknown =>
  events(run).flatMap((event): readonly unknown[] => {
    if (event.kind === 'metrics') return [{ ...event, metrics: { ...event.metrics, seconds: 0, tokensPerSecond: 0, memoryBytes: 0, memoryPeakBytes: 0 } }];
    if (event.kind === 'evaluation') return [{ ...event, at: '', seconds: 0 }];
    if (event.kind === 'trajectory') return [{ ...event, trajectory: { ...event.trajectory, startedAt: '', ms: 0, turns: event.trajectory.turns.map((turn) => ({ ...turn, usage: 0, observation: turn.observation?.kind === 'code' ? { ...turn.observation, ms: 0 } : turn.observation })) } }];
    return [];
  });

async function until(done: () => boolean, child: ChildProcess): Promise<void> {
  while (!done() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
}
const stepsDone = (run: string): number => (existsSync(path.join(runFolder(run), 'log.jsonl')) ? events(run).filter(({ kind }) => kind === 'metrics').length : 0);

describe('a run', { timeout: 300_000 }, () => {
  const whole = `${name}-whole`;

  it('goes through: episodes with tools, rewards, updates, evaluations, checkpoints', async () => {
    const { code, out, err } = await ended(train(whole));
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ outcome: 'finished', step: 4 });
    const log = events(whole);
    const count = (kind: RunEvent['kind']): number => log.filter((event) => event.kind === kind).length;
    for (const event of events(whole)) if (event.kind === 'evaluation' || event.kind === 'checkpoint') expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect([count('metrics'), count('trajectory'), count('evaluation'), count('checkpoint'), count('finished')]).toEqual([4, 4 * 12, 3, 4, 1]);
    const metrics = log.flatMap((event) => (event.kind === 'metrics' ? [event.metrics] : []));
    for (const each of metrics) {
      expect(each.samplerMean).toBeLessThan(1e-4);
      expect(each.invalid).toBe(0);
    }
    expect(metrics.some(({ gradNorm }) => gradNorm > 0)).toBe(true);
    expect(adapter(whole, 4).equals(adapter(whole, 3))).toBe(false);
    // The best and the last two are kept.
    expect(readdirSync(path.join(runFolder(whole), 'checkpoints')).length).toBeLessThanOrEqual(3);
  });

  it('keeps the best that an evaluation saw, wherever checkpoints fall', async () => {
    const run = `${name}-best`;
    const { code, err } = await ended(train(run, 'steps=3', 'evaluation.every=1', 'checkpoint.every=100', 'checkpoint.keep=1'));
    expect(code, err).toBe(0);
    const log = events(run);
    const scores = log.flatMap((event) => (event.kind === 'evaluation' && event.step > 0 ? [{ step: event.step, f1: event.heldOut.f1 }] : []));
    const improved = scores.filter(({ f1 }, i) => scores.slice(0, i).every((earlier) => f1 > earlier.f1)).map(({ step }) => step);
    expect(log.flatMap((event) => (event.kind === 'checkpoint' ? [[event.step, event.best]] : []))).toEqual([...new Set([...improved, 3])].map((step) => [step, improved.includes(step)]));
    expect(RunFolder.open(home, run).checkpoints.list().map(({ step }) => step)).toEqual([...new Set([improved.at(-1), 3])]);
  });

  // These two show as well that a run is the same, bit for bit, with the same seed.
  it('stopped and resumed is bit-equal to the one that ran through', async () => {
    const stopped = `${name}-stopped`;
    const child = train(stopped);
    const first = ended(child);
    await until(() => stepsDone(stopped) >= 1, child);
    // What `arft stop` writes; the command itself starts too slowly for a run of four steps.
    RunFolder.open(home, stopped).requestStop('step');
    expect(JSON.parse((await first).out)).toMatchObject({ outcome: 'stopped' });
    const resumed = await ended(start('resume', stopped, '--json'));
    expect(resumed.code, resumed.err).toBe(0);
    expect(substance(stopped)).toEqual(substance(whole));
    expect(adapter(stopped, 4).equals(adapter(whole, 4))).toBe(true);
    expect(optimizer(stopped, 4).equals(optimizer(whole, 4))).toBe(true);
  });

  it('killed in the middle of a step and resumed is bit-equal too', async () => {
    const killed = `${name}-killed`;
    const child = train(killed);
    const first = ended(child);
    await until(() => stepsDone(killed) >= 2, child);
    await new Promise((resolve) => setTimeout(resolve, 150));
    child.kill('SIGKILL');
    await first;
    expect((await ended(start('resume', killed, '--json'))).code).toBe(0);
    expect(substance(killed)).toEqual(substance(whole));
    expect(adapter(killed, 4).equals(adapter(whole, 4))).toBe(true);
  });

  it('stopped at once leaves the last checkpoint; a second process is kept out', async () => {
    const now = `${name}-now`;
    const child = train(now, 'steps=200');
    const first = ended(child);
    await until(() => stepsDone(now) >= 1, child);
    const second = await ended(start('resume', now, '--json'));
    expect(second.code).toBe(1);
    expect((JSON.parse(second.out) as { error: { expected: string } }).error.expected).toContain('no process at work');
    const stop = await ended(start('stop', now, '--now', '--json'));
    expect(stop.code, stop.err).toBe(0);
    await first;
    expect(events(now).at(-1)).toMatchObject({ kind: 'stopped', why: 'now' });
    expect(JSON.parse((await ended(start('runs', '--json'))).out)).toMatchObject({ runs: expect.arrayContaining([expect.objectContaining({ name: now, state: 'stopped' })]) });
  });

  it('gives its adapter away, and a merged model that says the same', async () => {
    const [out, merged] = [path.join(folder, 'adapter'), path.join(folder, 'merged')];
    expect((await ended(start('export', whole, '--out', out))).code).toBe(0);
    expect((await ended(start('export', whole, '--out', merged, '--form', 'merged'))).code).toBe(0);
    expect(readFileSync(path.join(out, 'adapter_model.safetensors')).equals(adapter(whole, 4))).toBe(true);
    expect((await ended(start('data', 'mini', '--out', path.join(folder, 'mini'), '--seed', '9', '--train', '1', '--test', '1'))).code).toBe(0);
    const image = path.join(folder, 'mini/images', 'mini-test-9-0.png');
    const written = async (...options: readonly string[]): Promise<{ ids: readonly number[]; logprobs: readonly number[] }> =>
      (JSON.parse((await ended(start('generate', ...options, '--image', image, '--prompt', 'which digit ?', '--greedy', '--max-new-tokens', '3', '--json'))).out) as { completions: [{ ids: readonly number[]; logprobs: readonly number[] }] }).completions[0];
    const [whole1, parts] = [await written('--model', merged), await written('--model', path.join(root, 'resources/starter'), '--adapter', out)];
    expect(whole1.ids).toEqual(parts.ids);
    // The merged weights are rounded to bfloat16.
    for (const [i, logprob] of whole1.logprobs.entries()) expect(Math.abs(logprob - (parts.logprobs[i] as number))).toBeLessThan(0.1);
  });
});

describe('a look before the run', { timeout: 120_000 }, () => {
  const check = async (...settings: readonly string[]): Promise<{ code: number | null; found: Readonly<Record<string, string>> }> => {
    const { code, out, err } = await ended(start('train', 'quickstart', '--check', '--json', ...['model.folder=resources/starter', ...small, ...settings].flatMap((setting) => ['--set', setting])));
    const { findings } = JSON.parse(out || err) as { findings: readonly { title: string; status: string }[] };
    return { code, found: Object.fromEntries(findings.map(({ title, status }) => [title, status])) };
  };
  it('says that it would go', async () => {
    expect(await check()).toEqual({ code: 0, found: { data: 'ok', tools: 'ok', images: 'ok', episodes: 'ok', length: 'ok', rewards: 'ok', 'tool use': 'ok', memory: 'ok', disk: 'ok' } });
  });
  it('warns where nothing varies or everything is cut off', async () => {
    expect(await check('reward.weights={"code-paper": 1}', 'rollout.maxNewTokens=2')).toMatchObject({ code: 0, found: { rewards: 'warning', length: 'warning' } });
  });
  /** Questions of search without a picture, which bring no passages. */
  const questions = (file: string, question: string, ...answers: readonly string[]): string => {
    writeFileSync(path.join(folder, file), [1, 2].map((i) => `${JSON.stringify({ version: 1, id: `q${i}`, task: 'search', question, answers, images: [] })}\n`).join(''));
    return `data.train=${path.join(folder, file)}`;
  };
  it('warns where questions ask to search and nothing is there to search in, and where no right answer is known', async () => {
    expect(await check(questions('search.jsonl', 'where is the owl ?', 'a box'))).toMatchObject({ code: 0, found: { data: 'ok', tools: 'warning' } });
    expect(await check(questions('bare.jsonl', 'where is the owl ?'))).toMatchObject({ code: 0, found: { data: 'warning' } });
  });
  it('says of episodes that all end by a fault of ours nothing but that', async () => {
    expect(await check(questions('long.jsonl', 'why ? '.repeat(2000), 'x'))).toEqual({ code: 1, found: { data: 'ok', tools: 'warning', images: 'ok', episodes: 'problem', disk: 'ok' } });
  });
  it('says what would end it', async () => {
    for (const gone of ['model.folder=/nowhere', 'reward.embedder=/nowhere', 'model.quantize=int5']) expect(await check(gone), gone).toEqual({ code: 1, found: { configuration: 'problem' } });
  });
});

describe('a configuration that cannot be used', () => {
  it.each([
    [['--set', 'rollout.grup=4'], /Did you mean rollout\.group/],
    [['--set', 'model.folder=/nowhere'], /nowhere/],
    [['--set', 'reward.weights={"speed": 1}'], /reward\.weights\.speed/],
    [['--set', 'data.train=nothing.json'], /nothing\.json/],
  ])('%j', async (options, message) => {
    const { code, out } = await ended(start('train', 'quickstart', '--set', `name=${name}-bad`, '--set', 'model.folder=resources/starter', ...options, '--json'));
    expect(code).toBe(1);
    expect(JSON.stringify(JSON.parse(out))).toMatch(message);
  });
});
