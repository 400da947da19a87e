import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../main/records/run-events.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { openSafetensors } from '../../main/model/folder/safetensors.ts';
import { openWeights } from '../../main/model/folder/weights.ts';
import type { Finding } from '../../main/train/preflight.ts';
import { testHome } from '../test-home.ts';

// The paper's own kind of run (docs/paper.md): single steps of annotated chains from MAT's training files, coding and
// search mixed, the paper's rewards and hyper-parameters, from the command line with the starter model.

const root = path.join(import.meta.dirname, '../..');
const home = testHome;
const folder = mkdtempSync(path.join(os.tmpdir(), 'paper-'));
const name = `test-${path.basename(folder)}`;
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const run of readdirSync(path.join(home, 'runs'))) if (run.startsWith(name)) rmSync(path.join(home, 'runs', run), { recursive: true, force: true });
});

const arft = async (...options: readonly string[]): Promise<{ readonly code: number; readonly out: string }> =>
  new Promise((resolve) => execFile(process.execPath, [path.join(root, 'main/cli.ts'), ...options], { env: { ...process.env, ARFT_HOME: home }, maxBuffer: 2 ** 26 }, (error, out, err) => resolve({ code: error ? 1 : 0, out: error ? out + err : out })));

const files = ['Coding', 'Search'].map((task) => path.join(folder, 'mini', `MAT-${task}-training.json`));
const steps = 4;
const prompts = 12;
const weights = { coding: 1, search: 4 };

type Step = Extract<RunEvent, { kind: 'trajectory' }>;
let findings: readonly Finding[];
let events: readonly RunEvent[];
let episodes: readonly Step[];

beforeAll(async () => {
  expect((await arft('data', 'mini', '--out', path.join(folder, 'mini'), '--seed', '3', '--train', '60', '--test', '0')).code).toBe(0);
  const settings = [
    `name=${name}`, 'model.folder=resources/starter', `data.train=[${files.join(', ')}]`, 'data.heldOut=mini:3', 'data.prompts=mini',
    `steps=${steps}`, `rollout.prompts=${prompts}`, 'rollout.slots=32', 'rollout.maxNewTokens=48', 'tools.passages=1', 'evaluation.every=0', 'evaluation.items=64', `data.coding=${weights.coding}`, `data.search=${weights.search}`,
  ];
  const options = ['train', 'paper', ...settings.flatMap((setting) => ['--set', setting]), '--json'];
  const looked = await arft(...options, '--check');
  expect(looked.code, looked.out).toBe(0);
  findings = (JSON.parse(looked.out) as { findings: readonly Finding[] }).findings;
  const { code, out } = await arft(...options, '--no-check');
  expect(code, out).toBe(0);
  events = readFileSync(path.join(home, 'runs', name, 'log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
  episodes = events.filter((event) => event.kind === 'trajectory');
}, 240_000);

describe('the paper’s kind of run', () => {
  it('is looked at before as what it is: single steps, of at most one completion', () => {
    expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
    const length = findings.find(({ title }) => title === 'length')?.detail;
    expect(length).toContain('up to 48 to write');
  });

  it('asks single steps of the chains, eight completions each', () => {
    expect(episodes).toHaveLength(steps * prompts * 8);
    expect(episodes.every(({ trajectory }) => trajectory.mode === 'step' && trajectory.turns.length === 1)).toBe(true);
    expect(new Set(episodes.map(({ asked }) => asked.step?.kind))).toEqual(new Set(['problem', 'code', 'search', 'answer']));
    // What was said before stands in the prompt of a later step.
    for (const { asked } of episodes) expect(asked.step?.context === '', asked.step?.solution).toBe(asked.step?.kind === 'problem' || asked.step?.kind === 'search');
  });

  it('draws coding and search by their weights', () => {
    const [coding, search] = files.map((file) => (JSON.parse(readFileSync(file, 'utf8')) as readonly unknown[]).length) as [number, number];
    const share = (weights.search * search) / (weights.search * search + weights.coding * coding);
    const drawn = episodes.filter(({ asked }) => asked.task === 'search').length / episodes.length;
    expect(Math.abs(drawn - share)).toBeLessThanOrEqual(1 / (steps * prompts));
  });

  it('rewards as the paper does: format, and the accuracy of the step’s kind', () => {
    const accuracies = { problem: 'problem-paper', code: 'code-paper', search: 'query', answer: 'answer' } as const;
    for (const { asked, trajectory, reward } of episodes) {
      const kind = asked.step?.kind ?? 'answer';
      const completion = trajectory.turns[0]?.completion ?? '';
      expect(reward?.parts.map((part) => part.name)).toEqual(expect.arrayContaining(['format', accuracies[kind]]));
      expect(reward?.parts).toHaveLength(2);
      const value = (part: string): number | undefined => reward?.parts.find((each) => each.name === part)?.value;
      const action = /^<think>[^<]*[^<\s][^<]*<\/think>\s*<(search|code|problem|answer)>([^<]*[^<\s][^<]*)<\/\1>$/.exec(completion.trim());
      expect(value('format'), completion).toBe(action ? 1 : 0);
      expect(value(accuracies[kind]), `${completion} for ${asked.step?.solution}`).toBeCloseTo(action?.[1] === kind ? accuracy(kind, action[2] as string, asked) : 0, 6);
      expect(reward?.total).toBeCloseTo((value('format') as number) + (value(accuracies[kind]) as number), 6);
    }
  });

  it('lowers neither format nor the held-out score', () => {
    const format = events.flatMap((event) => (event.kind === 'metrics' ? [event.metrics.parts['format'] as number] : []));
    // 96 completions a step: a standard error of 4 points, so 12 for the difference of two.
    expect(format.at(-1)).toBeGreaterThan((format[0] as number) - 0.17);
    const [before, after] = events.flatMap((event) => (event.kind === 'evaluation' ? [event.heldOut.f1] : [])) as [number, number];
    expect(before).toBeGreaterThan(30);
    expect(after).toBeGreaterThan(before - 12);
    const metrics = events.flatMap((event) => (event.kind === 'metrics' ? [event.metrics] : []));
    for (const { learningRate, samplerMean, kl, clippedLow, clippedHigh } of metrics) {
      expect(learningRate).toBe(1e-6);
      expect(samplerMean).toBeLessThan(1e-4);
      expect(kl).toBeGreaterThanOrEqual(0);
      expect([clippedLow, clippedHigh]).toEqual([0, 0]); // one update from each batch
    }
  });
});

describe('all weights', () => {
  const file = (step: number): string => path.join(home, 'runs', name, 'checkpoints', `step-${String(step).padStart(6, '0')}`, 'weights.safetensors');

  it('move, those of the vision tower too, and none further than the rate allows', () => {
    const model = path.join(root, 'resources/starter');
    const [before, after] = [openWeights(model, readModelConfig(model)), openSafetensors(file(steps))];
    const names = [...after.tensors.keys()];
    expect(names.filter((each) => each.startsWith('visual.')).length).toBeGreaterThan(20);
    for (const tensor of names) {
      const [from, to] = [before.readFloat32(tensor), after.readFloat32(tensor)];
      const moved = to.reduce((most, value, i) => Math.max(most, Math.abs(value - (from[i] as number))), 0);
      // Each of AdamW's first four steps is at most 1.01 lr (Cauchy and Schwarz on its two means); the rest is float32's rounding.
      expect(moved, tensor).toBeLessThan(steps * 1.01e-6 + 1e-6);
      expect(moved, tensor).toBeGreaterThan(0);
    }
  });

  it('are held against those that they began with', () => {
    const kl = events.flatMap((event) => (event.kind === 'metrics' ? [event.metrics.kl as number] : []));
    expect(kl[0]).toBe(0);
    expect(kl.slice(1).every((value) => value > 0 && value < 0.01)).toBe(true);
  });
});

/** F1 of words, written again from the definitions; one word is never asked twice in these texts. */
function f1(a: string, b: string): number {
  const [first, second] = [a, b].map((text) => text.toLowerCase().replaceAll(/[^\w\s]/g, '').split(/\s+/).filter((word) => word !== '' && !['a', 'an', 'the'].includes(word))) as [string[], string[]];
  const rest = [...second];
  const shared = first.filter((word) => rest.includes(word) && rest.splice(rest.indexOf(word), 1)).length;
  return shared === 0 ? 0 : (2 * shared) / (first.length + second.length);
}

function accuracy(kind: 'problem' | 'code' | 'search' | 'answer', body: string, { answers, step }: Step['asked']): number {
  const annotated = /<(?:search|problem)>([\s\S]*)<\/(?:search|problem)>/.exec(step?.solution ?? '')?.[1] ?? '';
  const names = (text: string): readonly string[] => [...new Set(text.match(/\w+/g))].sort();
  switch (kind) {
    case 'code':
      return 0.9;
    case 'answer':
      return Math.max(...answers.map((answer) => f1(body, answer)));
    case 'search': {
      const similarity = f1(body, annotated);
      return similarity < 0.5 ? 0 : similarity;
    }
    case 'problem':
      return names(body).join() === names(annotated).join() ? 1 : names(body).some((each) => names(annotated).includes(each)) ? 0.5 : 0;
  }
}
