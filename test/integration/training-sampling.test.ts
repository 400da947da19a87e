import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../main/records/run-events.ts';

// Dynamic sampling and the curriculum in a real run at another temperature than 1, killed and resumed.

const home = mkdtempSync(path.join(os.tmpdir(), 'training-sampling-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const [steps, prompts, group, rounds] = [5, 3, 4, 2];
const config = JSON.stringify({
  // One thread: those of more wait for each other actively; that all cores give the same bits again, training.test.ts shows.
  steps, seed: 3, threads: 1, model: { folder: path.join(import.meta.dirname, '../../resources/starter') }, data: { train: 'mini:1', prompts: 'mini', curriculum: 'learnable' },
  rollout: { prompts, group, resample: rounds, maxNewTokens: 24, steps: 2, tokens: 48, slots: 12, temperature: 0.8 }, optimizer: { learningRate: 0.003 }, evaluation: { items: 0 }, checkpoint: { every: 1 }, tools: { code: 'off', passages: 1 },
});

const folder = (run: string): string => path.join(home, 'runs', run);
const checkpoint = (run: string, step: number): string => path.join(folder(run), 'checkpoints', `step-${String(step).padStart(6, '0')}`);
async function live(run: string, killedAfter?: number): Promise<void> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'training-kill-child.ts'), home, run, config], { stdio: 'ignore' });
  const poll = setInterval(() => {
    if (killedAfter !== undefined && existsSync(checkpoint(run, killedAfter))) child.kill('SIGKILL');
  }, 5);
  await new Promise((resolve) => child.on('close', resolve));
  clearInterval(poll);
}
const events = (run: string): readonly RunEvent[] => readFileSync(path.join(folder(run), 'log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
const episodes = (run: string) => events(run).flatMap((event) => (event.kind === 'trajectory' ? [event] : []));
const metrics = (run: string) => events(run).flatMap((event) => (event.kind === 'metrics' ? [event] : []));

beforeAll(() => live('whole'), 120_000);

describe('dynamic sampling', () => {
  it('asks another question for each group whose rewards are all equal, and counts them', () => {
    for (const { step, metrics: { resampled, zeroSpread } } of metrics('whole')) {
      const groups = [...Map.groupBy(episodes('whole').filter((each) => each.step === step), (each) => each.group)].sort(([a], [b]) => a - b);
      const flat = groups.map(([, members]) => new Set(members.map(({ reward }) => reward?.total)).size === 1);
      expect(groups.every(([, members]) => members.length === group)).toBe(true);
      // Round by round: as many as were flat in the round before.
      let [from, size] = [0, prompts];
      for (let round = 0; round <= rounds && size > 0; round++) [from, size] = [from + size, flat.slice(from, from + size).filter(Boolean).length];
      expect(groups).toHaveLength(from);
      expect(resampled).toBe(from - prompts);
      expect(zeroSpread).toBeCloseTo(flat.filter(Boolean).length / groups.length, 12);
    }
    expect(metrics('whole').some((each) => each.metrics.resampled > 0)).toBe(true);
  });

  it('learns from the others alone: what is averaged over is theirs', () => {
    for (const { step, metrics: { trainedTokens } } of metrics('whole')) {
      const learnt = episodes('whole').filter((each) => each.step === step && each.advantage !== 0);
      const cut = learnt.filter(({ trajectory }) => trajectory.ending.kind === 'tokenLimit' || trajectory.turns.at(-1)?.finishReason === 'length');
      const tokens = (of: typeof learnt): number => of.reduce((sum, { trajectory }) => sum + trajectory.turns.reduce((n, turn) => n + (turn.tokens?.sampled.length ?? 0), 0), 0);
      // A group with a spread may have members at its very mean, which are learnt from, too.
      expect(trainedTokens).toBeGreaterThanOrEqual(tokens(learnt) - tokens(cut));
      if (learnt.length === 0) expect(trainedTokens).toBe(0);
    }
  });
});

it('learns as the policy that writes, at its temperature', () => {
  for (const { metrics: { samplerMean, trainedTokens } } of metrics('whole')) if (trainedTokens > 0) expect(samplerMean).toBeLessThan(1e-4);
});

describe('a run with a memory of its samples', () => {
  it('has it in its checkpoints', () => {
    const { sampler } = JSON.parse(readFileSync(path.join(checkpoint('whole', steps), 'state.json'), 'utf8')) as { sampler: { drawn: number; tries: Record<string, [number, number]> } };
    expect(sampler.drawn * group).toBe(episodes('whole').length);
    const tries = Object.groupBy(episodes('whole'), ({ trajectory }) => trajectory.sample);
    expect(Object.fromEntries(Object.entries(sampler.tries).map(([id, [count]]) => [id, count]))).toEqual(Object.fromEntries(Object.entries(tries).map(([id, of]) => [id, of?.length])));
    expect(Object.values(sampler.tries).some(([, right]) => right > 0)).toBe(true);
  });

  it('killed and resumed, draws and learns as the one that went through', { timeout: 120_000 }, async () => {
    await live('killed', 2);
    expect(metrics('killed').length).toBeLessThan(steps);
    await live('killed');
    const drawn = (run: string) => episodes(run).map(({ step, group: of, trajectory, advantage }) => [step, of, trajectory.sample, trajectory.turns.map(({ completion }) => completion), advantage]);
    expect(drawn('killed')).toEqual(drawn('whole'));
    for (const file of ['adapter_model.safetensors', 'optimizer.safetensors']) expect(readFileSync(path.join(checkpoint('killed', steps), file)).equals(readFileSync(path.join(checkpoint('whole', steps), file))), file).toBe(true);
  });
});
