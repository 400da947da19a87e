import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '../../main/model/folder/safetensors.ts';
import { writeSafetensors } from '../../main/model/folder/safetensors-writer.ts';
import type { RunEvent } from '../../main/records/run-events.ts';
import { readRunConfig } from '../../main/train/config-file.ts';
import { RunFolder } from '../../main/train/run-folder.ts';
import { runTraining } from '../../main/train/run.ts';
import { testHome } from '../test-home.ts';

// What goes wrong in runs, and what a user then sees: real runs of the starter model from the command line.

const root = path.join(import.meta.dirname, '../..');
const home = testHome;
const folder = mkdtempSync(path.join(os.tmpdir(), 'training-faults-'));
const name = path.basename(folder);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const run of readdirSync(path.join(home, 'runs'))) if (run.startsWith(name)) rmSync(path.join(home, 'runs', run), { recursive: true, force: true });
});

const small = ['steps=2', 'rollout.prompts=2', 'rollout.group=4', 'rollout.slots=4', 'evaluation.items=0', 'checkpoint.every=1', 'optimizer.warmupSteps=0'];
type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

/** A command; with `fileKiB` no file that it writes may become larger. */
function arft(options: readonly string[], { fileKiB, onStart = () => {} }: { fileKiB?: number; onStart?: (pid: number) => void } = {}): Promise<Ended> {
  const command = [process.execPath, path.join(root, 'main/cli.ts'), ...options];
  // The signal that comes with the limit is ignored, so that writing fails with EFBIG as it would with a full disk.
  const child = fileKiB === undefined
    ? spawn(command[0] as string, command.slice(1), { env: { ...process.env, ARFT_HOME: home } })
    : spawn('bash', ['-c', `trap '' XFSZ; ulimit -f ${fileKiB}; exec "$@"`, 'bash', ...command], { env: { ...process.env, ARFT_HOME: home } });
  onStart(child.pid as number);
  const text = { out: '', err: '' };
  child.stdout.on('data', (part: Buffer) => (text.out += part.toString()));
  child.stderr.on('data', (part: Buffer) => (text.err += part.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...text })));
}

const train = (run: string, settings: readonly string[], more: readonly string[] = ['--no-check'], how = {}): Promise<Ended> =>
  arft(['train', 'quickstart', ...[`name=${run}`, 'model.folder=resources/starter', ...small, ...settings].flatMap((setting) => ['--set', setting]), ...more, '--json'], how);
const runFolder = (run: string): string => path.join(home, 'runs', run);
const events = (run: string): readonly RunEvent[] => readFileSync(path.join(runFolder(run), 'log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
const metrics = (run: string) => events(run).flatMap((event) => (event.kind === 'metrics' ? [event.metrics] : []));
const alarms = (run: string): readonly string[] => events(run).flatMap((event) => (event.kind === 'alarm' ? [event.name] : []));
const checkpoints = (run: string): readonly string[] => readdirSync(path.join(runFolder(run), 'checkpoints'));
const saved = (run: string, step: number, file: string): Buffer => readFileSync(path.join(runFolder(run), 'checkpoints', `step-00000${step}`, file));

/** Waits until a run's log has these words, or the run has ended. */
async function logSays(run: string, words: string, ended: Promise<Ended>): Promise<void> {
  const log = path.join(runFolder(run), 'log.jsonl');
  const said = (): boolean => existsSync(log) && readFileSync(log, 'utf8').includes(words);
  const state = { over: false };
  void ended.then(() => (state.over = true));
  while (!state.over && !said()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

describe('stopped at once', { timeout: 240_000 }, () => {
  // The starter is done with an update in a moment; a large model is at it for minutes.
  it.each([
    // Nothing is quantised yet in a data folder of its own.
    ['while its model is quantised', 'quantising', ['model.quantize=int4', 'tools.code=off'], []],
    ['while episodes are written', 'episodes', [], ['started']],
    ['in the middle of an update', 'update', ['rollout.prompts=24'], ['started']],
    ['in the middle of a supervised update', 'update', ['method=sft', 'data.mode=step', 'rollout.prompts=24'], ['started']],
    ['in the middle of a held-out evaluation', 'held-out', ['evaluation.items=8'], ['started']],
  ])('%s a run drops what is under way', async (_, stage, settings, before) => {
    const controller = new AbortController();
    const own = before.length === 0 ? mkdtempSync(path.join(folder, 'home-')) : home;
    const run = RunFolder.create(own, readRunConfig('quickstart', [`name=${name}-at-once`, ...small, ...settings]));
    const seen = new Set<string>();
    const outcome = await runTraining(run, own, controller.signal, {
      onProgress: (label) => {
        seen.add(label);
        if (label === stage) controller.abort();
      },
    });
    expect([...seen]).toContain(stage);
    expect(outcome).toBe('stopped');
    expect([...run.log.events()].map(({ kind }) => kind)).toEqual([...before, 'stopped']);
    expect(run.checkpoints.list()).toEqual([]);
    expect(run.owner()).toBeUndefined();
  });
});

describe('what comes after the last step', { timeout: 240_000 }, () => {
  it('may be interrupted: the run is finished all the same', async () => {
    const controller = new AbortController();
    const run = RunFolder.create(home, readRunConfig('quickstart', [`name=${name}-after`, ...small, 'steps=1']));
    const outcome = await runTraining(run, home, controller.signal, {
      onEnd: (_, signal) => {
        controller.abort();
        signal.throwIfAborted();
        return Promise.resolve();
      },
    });
    expect(outcome).toBe('stopped');
    expect([...run.log.events()].at(-1)?.kind).toBe('finished');
  });
});

describe('rewards', { timeout: 240_000, concurrent: true }, () => {
  it('all equal: nothing is learnt, and an alarm says why', async () => {
    const run = `${name}-equal`;
    const { code, err } = await train(run, ['reward.weights={"code-paper": 1e-9}', 'reward.custom=[]', 'rollout.maxNewTokens=2', 'loss.maskTruncated=true']);
    expect(code, err).toBe(0);
    expect(metrics(run).map(({ zeroSpread, gradNorm }) => ({ zeroSpread, gradNorm }))).toEqual([{ zeroSpread: 1, gradNorm: 0 }, { zeroSpread: 1, gradNorm: 0 }]);
    expect(alarms(run)).toContain('zeroSpread');
    expect(saved(run, 2, 'adapter_model.safetensors').equals(saved(run, 1, 'adapter_model.safetensors'))).toBe(true);
  });

  it('of a group of one: likewise, and the run ends as it should', async () => {
    const run = `${name}-one`;
    const { code, err } = await train(run, ['rollout.group=1', 'rollout.prompts=4']);
    expect(code, err).toBe(0);
    expect(metrics(run).map(({ zeroSpread, gradNorm }) => [zeroSpread, gradNorm])).toEqual([[1, 0], [1, 0]]);
    expect(alarms(run)).toContain('zeroSpread');
  });
});

describe('a reward of the user’s own that is faulty', { timeout: 240_000, concurrent: true }, () => {
  const own = (source: string, weight = 1): string => {
    const file = path.join(mkdtempSync(path.join(folder, 'reward-')), 'own.mjs');
    writeFileSync(file, source);
    return `reward.custom=${JSON.stringify([{ file, weight }])}`;
  };

  it.each([
    ['throws', 'export const reward = () => { throw new RangeError("no such turn"); };', 'RangeError: no such turn'],
    ['does not parse', 'export const reward = (;', 'SyntaxError'],
    ['has another name', 'export const score = () => 1;', 'exports no function named reward'],
  ])('%s: the look before a run says so among its findings', async (_, source, words) => {
    const { code, out } = await train(`${name}-look`, [own(source), 'tools.code=off'], ['--check']);
    expect(code).toBe(1);
    const { ready, findings } = JSON.parse(out) as { ready: boolean; findings: { title: string; status: string; detail: string }[] };
    expect(ready).toBe(false);
    expect(findings.filter(({ status }) => status === 'problem')).toEqual([{ title: 'rewards', status: 'problem', detail: expect.stringContaining(words) }]);
  });

  it('has no function: the run fails before anything is asked', async () => {
    const run = `${name}-faulty`;
    const { code, out } = await train(run, [own('export const reward = 1;'), 'evaluation.items=4']);
    expect(code).toBe(1);
    expect(out).toContain('exports no function named reward');
    expect(events(run).map(({ kind }) => kind)).toEqual(['failed']);
  });

  it('weighs nothing: it is not asked', async () => {
    const run = `${name}-weightless`;
    const { code, err } = await train(run, [own('export const reward = () => { throw new Error("asked"); };', 0), 'steps=1', 'tools.code=off']);
    expect(code, err).toBe(0);
    expect(Object.keys(metrics(run)[0]?.parts ?? {})).toEqual(['format', 'answer']);
  });
});

describe('data', { timeout: 240_000, concurrent: true }, () => {
  it('without a sample: refused before anything of a run is there', async () => {
    const empty = path.join(folder, 'empty.json');
    writeFileSync(empty, '[]');
    const run = `${name}-empty`;
    for (const more of [[], ['--no-check']]) {
      const { code, out } = await train(run, [`data.train=${empty}`], more);
      expect(code).toBe(1);
      expect(out).toContain('empty.json');
    }
    expect(existsSync(runFolder(run))).toBe(true); // --no-check began it; the look did not
    expect(events(run).at(-1)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('empty.json') });
  });

  it('that are held out, with images that are gone: no score, least of all one of 0', async () => {
    const run = `${name}-unseen`;
    const heldOut = path.join(folder, 'unseen.jsonl');
    writeFileSync(heldOut, [1, 2].map((id) => `${JSON.stringify({ id: String(id), task: 'coding', question: 'which digit ?', answers: ['1'], images: ['gone.png'] })}\n`).join(''));
    const { code, err } = await train(run, [`data.heldOut=${heldOut}`, 'evaluation.items=2', 'steps=1']);
    expect(code, err).toBe(0);
    expect(err).toMatch(/held-out after 1 steps: nothing could be measured, every episode ended by a fault of ours/);
    expect(events(run).map(({ kind }) => kind)).not.toContain('evaluation');
  });

  /** Twelve samples of a run of six steps, whose images are taken away after its first one. */
  const losing = async (run: string, lost: (image: string, i: number) => boolean): Promise<Ended & { readonly reasons: readonly string[] }> => {
    const data = path.join(folder, run);
    const rows = path.join(data, 'train.jsonl');
    expect((await arft(['data', 'mini', '--out', data, '--seed', '5', '--train', '12', '--test', '1'])).code).toBe(0);
    const images = readFileSync(rows, 'utf8').trim().split('\n').flatMap((line) => (JSON.parse(line) as { images: readonly string[] }).images);
    const ended = train(run, [`data.train=${rows}`, 'steps=6']);
    await logSays(run, '"metrics"', ended);
    for (const image of images.filter(lost)) rmSync(path.join(data, image), { force: true });
    const reasons = () => events(run).flatMap((event) => (event.kind === 'trajectory' && event.trajectory.ending.kind === 'invalid' ? [event.trajectory.ending.reason] : []));
    return { ...(await ended), reasons: reasons() };
  };

  it('of which images are gone during the run: named, counted, and the run goes on without them', async () => {
    const run = `${name}-images`;
    const { code, err, reasons } = await losing(run, (_, i) => i % 2 === 0);
    expect(code, err).toBe(0);
    expect(metrics(run)).toHaveLength(6);
    expect(Math.max(...metrics(run).map(({ invalid }) => invalid))).toBeGreaterThan(0);
    expect(alarms(run)).toContain('invalid');
    expect(reasons.some((reason) => reason.includes('.png'))).toBe(true);
  });

  it('all of whose images are gone: no reward is told, and after three such steps the run says why it ends', async () => {
    const run = `${name}-no-images`;
    const { code, out, err } = await losing(run, () => true);
    expect(code, err).toBe(1);
    expect(out).toMatch(/episodes to learn from.*3 steps in a row whose episodes all ended by a fault of ours, most of the last by data: .*\.png/s);
    expect(metrics(run).slice(-3).map(({ invalid, rewardMean }) => [invalid, rewardMean])).toEqual([[1, undefined], [1, undefined], [1, undefined]]);
    expect(err).toContain('reward –');
    expect(events(run).at(-1)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('.png') });
  });
});

describe('a full disk', { timeout: 240_000 }, () => {
  it('while a checkpoint is written: the run ends in words, the last one is kept, and resume goes on', async () => {
    const [whole, full] = [`${name}-whole`, `${name}-full`];
    // An alarm that always sounds: the run pauses after each step, with a checkpoint.
    const options = ['steps=3', 'optimizer.learningRate=0.001', 'alarms.pause=true', 'alarms.entropyHigh=0', 'checkpoint.keep=3'];
    for (const run of [whole, full]) expect((await train(run, options)).code).toBe(0);
    const stuck = await arft(['resume', full, '--json'], { fileKiB: 500 });
    expect(stuck.code).toBe(1);
    expect(stuck.out).toContain('the checkpoint of step 1 is kept');
    expect(checkpoints(full)).toEqual(['step-000001']);
    for (const run of [whole, full]) expect((await arft(['resume', run, '--json'])).code).toBe(0);
    for (const file of ['adapter_model.safetensors', 'optimizer.safetensors']) expect(saved(full, 2, file).equals(saved(whole, 2, file))).toBe(true);
  });
});

describe('learning', { timeout: 240_000, concurrent: true }, () => {
  it('much too fast: an alarm pauses the run; rolled back, the last good state is what stays', async () => {
    const run = `${name}-fast`;
    const { code, out, err } = await train(run, ['steps=8', 'optimizer.learningRate=0.3', 'optimizer.maxGradNorm=0', 'alarms.pause=true', 'alarms.rollBack=true', 'loss.maskTruncated=false']);
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ outcome: 'stopped' });
    const log = events(run);
    const alarmed = log.find((event) => event.kind === 'alarm');
    expect(alarmed?.kind === 'alarm' && alarmed.message.length).toBeGreaterThan(40);
    expect(log.at(-1)).toMatchObject({ kind: 'stopped', why: 'alarm' });
    // The state behind the alarm's step was not written.
    const step = alarmed?.kind === 'alarm' ? alarmed.step : -1;
    expect((existsSync(path.join(runFolder(run), 'checkpoints')) ? checkpoints(run) : []).every((each) => Number(each.slice(5)) <= step)).toBe(true);
  });
});

/** The starter, the same function, but one norm of its third layer is 1e-30 of what it was and the matrices behind it 1e30 times: an update of that norm makes the layer overflow. */
function fragileModel(): string {
  const [from, to] = [path.join(root, 'resources/starter'), path.join(folder, 'fragile')];
  if (existsSync(to)) return to;
  cpSync(from, to, { recursive: true });
  const stored = openSafetensors(path.join(from, 'model.safetensors'));
  const factor = (tensor: string): number => (tensor === 'model.layers.2.post_attention_layernorm.weight' ? 1e-30 : /^model\.layers\.2\.mlp\.(up|gate)_proj\.weight$/.test(tensor) ? 1e30 : 1);
  const tensors = [...stored.tensors].map(([tensor, { shape }]) => ({ name: tensor, dtype: 'F32' as const, shape, values: () => [stored.readFloat32(tensor).map((value) => value * factor(tensor))] }));
  writeSafetensors(path.join(to, 'model.safetensors'), tensors, { format: 'pt' });
  return to;
}

describe('numbers that overflow after an update', { timeout: 240_000 }, () => {
  const fragile = ['parameters.kind=full', 'optimizer.learningRate=0.0001', 'optimizer.warmupSteps=2', 'steps=4', 'rollout.prompts=4'];

  it('stop the run before they are kept, with the layer’s name; resume goes on from the last good state', async () => {
    const run = `${name}-overflow`;
    // The first update has a rate of 0, the second breaks the model.
    const { code, out } = await train(run, [`model.folder=${fragileModel()}`, ...fragile]);
    expect(code).toBe(1);
    expect(out).toMatch(/after 2 steps.*the output of layer 2 is (NaN|-?Infinity)/s);
    expect(out).toContain(`arft resume ${run} --set optimizer.learningRate=0.00001 goes on from the checkpoint after 1 step`);
    expect(events(run).at(-1)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('layer 2') });
    expect(checkpoints(run)).toEqual(['step-000001']);
    const good = saved(run, 1, 'weights.safetensors');

    // With a rate of 0 what it goes on from stays, and so can be told.
    const resumed = await arft(['resume', run, '--set', 'optimizer.learningRate=0', '--json']);
    expect(resumed.code, resumed.err).toBe(0);
    expect(metrics(run)).toHaveLength(4);
    expect(metrics(run).every(({ entropy = 0 }) => entropy > 0)).toBe(true);
    expect(saved(run, 4, 'weights.safetensors').equals(good)).toBe(true);
  });

  it('are told in the next step where nothing was to be kept between, though all rewards are then equal', async () => {
    const run = `${name}-overflow-late`;
    const { code, out } = await train(run, [`model.folder=${fragileModel()}`, ...fragile, 'checkpoint.every=10']);
    expect(code).toBe(1);
    expect(out).toMatch(/after 2 steps.*the output of layer 2 is (NaN|-?Infinity).*No checkpoint was written yet/s);
    expect(metrics(run)).toHaveLength(2);
  });
});

/** Processes that a process started, and those that these started. */
function descendants(pid: number): readonly number[] {
  const parents = readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      return [[Number(entry), Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8'))?.[1])] as const];
    } catch {
      return []; // it has ended
    }
  });
  const found = [pid];
  for (const each of found) found.push(...parents.flatMap(([child, parent]) => (parent === each ? [child] : [])));
  return found.slice(1);
}

describe('a tool', { timeout: 240_000 }, () => {
  it('that hangs does not hold the run up: what waits for it ends by its time', async () => {
    const run = `${name}-hang`;
    const seen: { pid?: number } = {};
    const ended = train(run, ['steps=3', 'rollout.seconds=3'], ['--no-check'], { onStart: (pid: number) => (seen.pid = pid) });
    await logSays(run, '"metrics"', ended);
    // The sandbox's processes stop answering, and stay.
    const stopped = descendants(seen.pid as number);
    expect(stopped.length).toBeGreaterThan(0);
    for (const pid of stopped) signalTo(pid, 'SIGSTOP');
    const { code, err } = await ended;
    for (const pid of stopped) signalTo(pid, 'SIGKILL');
    expect(code, err).toBe(0);
    expect(metrics(run)).toHaveLength(3);
    const endings = events(run).flatMap((event) => (event.kind === 'trajectory' && event.step > 0 ? [event.trajectory.ending.kind] : []));
    expect(endings.some((kind) => kind === 'timeLimit' || kind === 'invalid')).toBe(true);
  });
});

describe('a reward that can be hacked', { timeout: 240_000 }, () => {
  it('is learnt, while the held-out score beside it shows what it is worth', async () => {
    const run = `${name}-hack`;
    // Nothing but the form of an answer is rewarded.
    const { code, err } = await train(run, ['reward.weights={"format": 1}', 'steps=4', 'optimizer.learningRate=0.01', 'evaluation.items=8', 'evaluation.every=1', 'alarms.heldOutDrop=0']);
    expect(code, err).toBe(0);
    const evaluations = events(run).flatMap((event) => (event.kind === 'evaluation' ? [event] : []));
    expect(evaluations).toHaveLength(5);
    const means = metrics(run).map(({ rewardMean }) => rewardMean as number);
    const f1Of = (evaluation: (typeof evaluations)[number] | undefined): number => evaluation?.heldOut.f1 as number;
    // The alarm sounds exactly where a later reward is above that of the best score while the score is below it by more than
    // two standard errors of the items' differences.
    // What the first step's episodes earned belongs to the score before it: they were written before anything was learnt.
    let best = { at: evaluations[0], reward: means[0] as number };
    let expected = 0;
    for (const [i, reward] of means.entries()) {
      const at = evaluations[i + 1];
      const falls = (best.at?.items ?? []).map(({ f1 }, k) => f1 - (at?.items[k]?.f1 as number));
      const errors = falls.reduce((sum, fall) => sum + fall, 0) / Math.sqrt(falls.reduce((sum, fall) => sum + fall * fall, 0) || 1);
      if (reward > best.reward && errors > 2) expected += 1;
      if (f1Of(at) > f1Of(best.at)) best = { at, reward };
    }
    expect(alarms(run).filter((each) => each === 'hackedReward')).toHaveLength(expected);
  });
});

describe('a reward of the user’s own that pays for something else', { timeout: 240_000 }, () => {
  it('is hacked within some steps: it rises while the exact score falls, the alarm says so, and the run pauses', async () => {
    const run = `${name}-short`;
    const file = path.join(folder, 'short.js');
    // Each token costs: those who write least, and so ask no tool, earn most.
    writeFileSync(file, 'export const reward = ({ trajectory: { turns } }) => 1 - turns.reduce((sum, { tokens }) => sum + tokens.sampled.length, 0) / 96;\n');
    const { code, err } = await train(run, [`reward={weights: {format: 0}, custom: [{file: ${file}, weight: 1}]}`, 'steps=24', 'rollout.prompts=8', 'rollout.group=8', 'rollout.slots=32', 'optimizer.learningRate=0.003', 'evaluation.every=4', 'evaluation.items=48', 'checkpoint.every=100', 'alarms.pause=true', 'alarms.zeroSpread=1', 'alarms.entropyLow=0']);
    expect(code, err).toBe(0);
    const earned = metrics(run).map(({ rewardMean }) => rewardMean);
    const scores = events(run).flatMap((event) => (event.kind === 'evaluation' ? [event.heldOut.f1] : []));
    for (const event of events(run)) {
      if (event.kind === 'trajectory') expect(event.reward?.total).toBeCloseTo(1 - event.trajectory.turns.reduce((sum, { tokens }) => sum + (tokens?.sampled.length ?? 0), 0) / 96, 9);
    }
    expect(earned.at(-1)).toBeGreaterThan((earned[0] as number) + 0.03);
    expect(scores.at(-1)).toBeLessThan((scores[0] as number) - 10);
    expect(alarms(run)).toEqual(['hackedReward']);
    expect(err).toContain('Look at its answers, and mend the reward.');
    expect(events(run).at(-1)).toMatchObject({ kind: 'stopped', why: 'alarm' });
    expect(checkpoints(run)).toHaveLength(1);
    expect(metrics(run).length).toBeLessThan(24);
  });
});

describe('two runs', { timeout: 240_000 }, () => {
  it('at once on one model both end, with the same result for the same seed; the look before changes no bit', async () => {
    const [a, b] = [`${name}-a`, `${name}-b`];
    const [first, second] = await Promise.all([train(a, ['optimizer.learningRate=0.001'], []), train(b, ['optimizer.learningRate=0.001'])]);
    expect([first.code, second.code], first.err + second.err).toEqual([0, 0]);
    for (const file of ['adapter_model.safetensors', 'optimizer.safetensors']) expect(saved(a, 2, file).equals(saved(b, 2, file))).toBe(true);
  });

  it('of one name are two runs', async () => {
    const copy = `${name}-a-2`;
    mkdirSync(path.join(home, 'runs'), { recursive: true });
    cpSync(runFolder(`${name}-a`), path.join(folder, 'copy'), { recursive: true });
    expect((await train(`${name}-a`, ['steps=1'])).code).toBe(0);
    expect(metrics(copy)).toHaveLength(1);
    expect(metrics(`${name}-a`)).toHaveLength(2);
  });
});
