import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RandomStream } from '../../main/generation/random.ts';
import type { RunEvent } from '../../main/records/run-events.ts';
import { testHome } from '../test-home.ts';

// kill -9 at fifty moments of a run, in every stage: what is resumed ends with the very weights of a run that nobody
// disturbed. Killed at any of these, a run loses no more than the step under way.

const root = path.join(import.meta.dirname, '../..');
const home = mkdtempSync(path.join(os.tmpdir(), 'training-kill-'));
const shared = testHome;
beforeAll(() => {
  if (existsSync(path.join(shared, 'python'))) symlinkSync(path.join(shared, 'python'), path.join(home, 'python'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const config = JSON.stringify({
  steps: 14, seed: 5, threads: 1, model: { folder: path.join(root, 'resources/starter') }, data: { train: 'mini:1', heldOut: 'mini:1', prompts: 'mini' },
  rollout: { prompts: 1, group: 2, maxNewTokens: 24, steps: 2, tokens: 32, slots: 2 }, // Two episodes often earn the same: with an entropy bonus every step moves the weights nevertheless.
  loss: { entropy: 0.01 }, optimizer: { learningRate: 0.003 }, evaluation: { every: 1, items: 2 }, checkpoint: { every: 1 }, tools: { code: 'off', passages: 1 },
});

/** Stages as the run tells them, by the label before its first number. */
const stages = { rollout: 'episodes', update: 'update', evaluation: 'held-out', checkpoint: 'checkpoint' } as const;
type Stage = keyof typeof stages;
const stageOf = (label: string): Stage | undefined => (Object.keys(stages) as Stage[]).find((stage) => stages[stage] === label);

/** Goes on with a run until it ends, or until it is killed some time after it enters a stage for the nth time. @returns the stage it was in when it died. */
async function live(run: string, blow?: { readonly stage: Stage; readonly times: number; readonly afterMs: number }): Promise<Stage | 'start' | 'finished'> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'training-kill-child.ts'), home, run, config], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: path.join(home, 'compiled') } });
  let [last, seen, error, killed]: [Stage | 'start' | 'finished', number, string, boolean] = ['start', 0, '', false];
  child.stderr.on('data', (part: Buffer) => (error += part.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (killed) return;
    const stage = stageOf(line.split(' ')[0] as string);
    if (line === 'finished') last = 'finished';
    if (!stage) return;
    if (stage !== last && stage === blow?.stage && ++seen === blow.times) {
      setTimeout(() => {
        killed = true;
        child.kill('SIGKILL');
      }, blow.afterMs);
    }
    last = stage;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.on('close', (...how) => resolve(how)));
  expect(signal === 'SIGKILL' || code === 0, error).toBe(true);
  return last;
}

const events = (run: string): readonly RunEvent[] => readFileSync(path.join(home, 'runs', run, 'log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
const checkpoint = (run: string): string => path.join(home, 'runs', run, 'checkpoints', 'step-000014');

/** What must not differ: everything but times. */
const substance = (run: string): readonly unknown[] =>
  events(run).flatMap((event): readonly unknown[] => {
    if (event.kind === 'metrics') return [{ ...event, metrics: { ...event.metrics, seconds: 0, tokensPerSecond: 0, memoryBytes: 0, memoryPeakBytes: 0 } }];
    if (event.kind === 'evaluation') return [{ step: event.step, heldOut: event.heldOut, items: event.items }];
    if (event.kind === 'trajectory') return [{ ...event, trajectory: { ...event.trajectory, startedAt: '', ms: 0, turns: event.trajectory.turns.map((turn) => ({ ...turn, usage: 0 })) } }];
    return [];
  });

const names = Object.keys(stages) as readonly Stage[];

/** Kills runs again and again; a run that came to its end in spite of all is left as it is, and another begins. */
async function killOften(which: string, times: number): Promise<{ readonly runs: readonly string[]; readonly struck: readonly (Stage | 'start')[] }> {
  const random = new RandomStream(50, which.length);
  const runs: string[] = [];
  const struck: (Stage | 'start')[] = [];
  while (struck.length < times) {
    const present = runs.at(-1);
    if (present === undefined || existsSync(checkpoint(present))) runs.push(`${which}-${runs.length + 1}`);
    const died = await live(runs.at(-1) as string, { stage: names[struck.length % names.length] as Stage, times: 1 + Math.floor(random.next() * 2), afterMs: Math.floor(random.next() ** 2 * 60) });
    if (died !== 'finished') struck.push(died);
  }
  return { runs, struck };
}

it('a run killed fifty times ends like one that nobody disturbed', { timeout: 600_000 }, async () => {
  expect(await live('whole')).toBe('finished');
  expect(events('whole').filter((event) => event.kind === 'metrics' && event.metrics.gradNorm > 0)).toHaveLength(14);
  // Two at a time, since two cores are there.
  const killed = await Promise.all([killOften('killed', 25), killOften('slain', 25)]);
  const struck = killed.flatMap((each) => each.struck);
  for (const stage of names) expect(struck.filter((each) => each === stage).length, `kills in ${stage} of ${struck.join(', ')}`).toBeGreaterThanOrEqual(3);
  const expected = substance('whole');
  const files = readdirSync(checkpoint('whole')).filter((file) => !['state.json', 'SHA256SUMS'].includes(file));
  for (const run of killed.flatMap(({ runs }) => runs)) {
    expect(await live(run)).toBe('finished');
    expect(substance(run)).toEqual(expected);
    for (const file of files) expect(readFileSync(path.join(checkpoint(run), file)).equals(readFileSync(path.join(checkpoint('whole'), file))), file).toBe(true);
  }
});
