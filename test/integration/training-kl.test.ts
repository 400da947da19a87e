import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImageStore } from '../../main/data/image-store.ts';
import { PromptGroup } from '../../main/generation/prompt-group.ts';
import { openImageProcessor } from '../../main/model/image/processor.ts';
import type { TokenScores } from '../../main/model/language-model.ts';
import { type LoadedModel, loadModel } from '../../main/model/load.ts';
import type { RunEvent } from '../../main/records/run-events.ts';
import { RunFolder } from '../../main/train/run-folder.ts';

// The KL of single tokens in the log of a real run, against the sampler's logprobs of the same log and those that the
// model before training gives by the graphs of generation, which the trainer does not use.

const home = mkdtempSync(path.join(os.tmpdir(), 'training-kl-'));
const starter = path.join(import.meta.dirname, '../../resources/starter');
let model: LoadedModel;
beforeAll(async () => {
  model = await loadModel(starter);
});
afterAll(async () => {
  await model.release();
  rmSync(home, { recursive: true, force: true });
});

type Episode = Extract<RunEvent, { kind: 'trajectory' }>;

async function run(name: string, steps: number, loss: object, resample = 0, more: { readonly adapter?: string } = {}): Promise<{ readonly episodes: readonly Episode[]; readonly metrics: readonly Extract<RunEvent, { kind: 'metrics' }>[] }> {
  const config = {
    // One thread: those of more wait for each other actively, and what is shown here does not depend on them.
    steps, seed: 3, threads: 1, model: { folder: starter, ...more }, data: { train: 'mini:1', prompts: 'mini' }, loss,
    rollout: { prompts: 3, group: 4, resample, maxNewTokens: 24, steps: 2, tokens: 48, slots: 12 }, optimizer: { learningRate: 0.003 }, evaluation: { items: 0 }, tools: { code: 'off', passages: 1 },
  };
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'training-kill-child.ts'), home, name, JSON.stringify(config)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let error = '';
  child.stderr.on('data', (part: Buffer) => (error += part.toString()));
  expect(await new Promise((resolve) => child.on('close', resolve)), error).toBe(0);
  const events = readFileSync(path.join(home, 'runs', name, 'log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
  return { episodes: events.filter((event) => event.kind === 'trajectory'), metrics: events.filter((event) => event.kind === 'metrics') };
}

/** The starter's logprobs of what an episode wrote. Its tools give no images here. */
async function referenceLogprobs({ asked, trajectory: { turns } }: Episode): Promise<readonly number[]> {
  const processor = openImageProcessor(starter, model.config.vision);
  const store = new ImageStore(path.join(home, 'images'));
  const images = await Promise.all(asked.images.map(async (reference) => {
    const { grid, pixels } = await processor.process(await store.read(reference), reference);
    return { grid, features: await (await model.vision()).encode({ grid, pixels }) };
  }));
  const [prompt, ...rest] = turns.map(({ tokens }) => tokens?.context ?? []);
  const group = await PromptGroup.open(model.language, { ids: prompt as readonly number[], images }, 1);
  const logprobs: number[] = [];
  for (const [i, { tokens }] of turns.entries()) {
    if (i > 0) await group.append(0, { ids: rest[i - 1] as readonly number[], images: [] });
    const before = group.rows[0]?.scores as TokenScores;
    const written = tokens?.sampled ?? [];
    const scores = [before, ...(await group.append(0, { ids: written, images: [] }, true))];
    for (const [k, id] of written.entries()) {
      const logits = Float64Array.from((scores[k] as TokenScores).logits);
      const largest = logits.reduce((a, b) => Math.max(a, b));
      logprobs.push((logits[id] as number) - largest - Math.log(logits.reduce((sum, each) => sum + Math.exp(each - largest), 0)));
    }
  }
  return logprobs;
}

/** Compares each token's KL with k3 of the two logprobs. @returns the largest. */
async function checkedKl(episodes: readonly Episode[]): Promise<number> {
  let largest = 0;
  for (const episode of episodes) {
    const { turns } = episode.trajectory;
    expect(episode.kl?.map((each) => each.length)).toEqual(turns.map(({ tokens }) => tokens?.sampled.length));
    const reference = await referenceLogprobs(episode);
    const policy = turns.flatMap(({ tokens }) => tokens?.logprobs ?? []);
    for (const [i, kl] of (episode.kl ?? []).flat().entries()) {
      const d = (reference[i] as number) - (policy[i] as number);
      // Other kernels give other logprobs, by less than 1e-4: as much as that moves k3.
      expect(Math.abs(kl - (Math.exp(d) - d - 1))).toBeLessThan(Math.abs(Math.expm1(d)) * 1e-4 + 1e-8 + kl * 1e-4);
      largest = Math.max(largest, kl);
    }
  }
  return largest;
}

const isCut = ({ trajectory }: Episode): boolean => trajectory.ending.kind === 'tokenLimit' || trajectory.turns.at(-1)?.finishReason === 'length';

describe('a run with β > 0', { timeout: 120_000 }, () => {
  let log: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    log = await run('held', 4, { beta: 0.04 });
  }, 120_000);

  it('logs k3 of every token that was written, turn by turn', async () => {
    expect(log.episodes).toHaveLength(4 * 12);
    const largest = await checkedKl(log.episodes);
    // Nothing differs before the first update; then much does.
    expect(log.episodes.filter(({ step }) => step === 0).flatMap(({ kl }) => kl?.flat() ?? []).every((kl) => kl < 1e-8)).toBe(true);
    expect(largest).toBeGreaterThan(0.01);
  });

  it('whose mean is the step’s KL: that which the loss holds', () => {
    for (const { step, metrics } of log.metrics) {
      const learnt = log.episodes.filter((each) => each.step === step && !isCut(each)).flatMap(({ kl }) => kl?.flat() ?? []);
      expect(learnt).toHaveLength(metrics.trainedTokens);
      const mean = learnt.reduce((sum, each) => sum + each, 0) / learnt.length;
      const kl = metrics.kl as number;
      expect(Math.abs(mean - kl)).toBeLessThan(kl * 1e-4 + 1e-9);
    }
  });
});

describe('a run with β = 0', { timeout: 120_000 }, () => {
  it('that watches logs it for the groups that are learnt from; one that does not logs none', async () => {
    const [{ episodes: watched, metrics: ofWatched }, { episodes: unwatched, metrics: ofUnwatched }] = await Promise.all([run('watched', 3, { beta: 0 }, 2), run('unwatched', 3, { beta: 0, watchKl: false }, 2)]);
    const groups = [...Map.groupBy(watched, ({ step, group }) => `${step}.${group}`).values()];
    for (const members of groups) expect(members.map(({ kl }) => kl !== undefined)).toEqual(members.map(() => members.some(({ advantage }) => advantage !== 0)));
    // Groups that were left out stand between those that were not, and each has its own values.
    expect(groups.map(([first]) => Number(first?.kl !== undefined)).join('')).toMatch(/01/);
    expect(await checkedKl(watched.filter(({ kl }) => kl !== undefined))).toBeGreaterThan(1e-3);
    expect(unwatched.some((event) => 'kl' in event)).toBe(false);
    expect([ofWatched, ofUnwatched].map((each) => each.map(({ metrics }) => 'kl' in metrics))).toEqual([[true, true, true], [false, false, false]]);
    // To measure it changes nothing.
    expect(watched.map(({ trajectory: { turns } }) => turns.map(({ tokens }) => tokens))).toEqual(unwatched.map(({ trajectory: { turns } }) => turns.map(({ tokens }) => tokens)));
  });
});

describe('a run that begins with an adapter', { timeout: 120_000 }, () => {
  it('is held to the policy that it began with, also where that adapter’s folder is gone when it goes on', async () => {
    await run('first', 2, { beta: 0 });
    const adapter = path.join(home, 'made-before');
    cpSync(path.join(home, 'runs/first/checkpoints/step-000002'), adapter, { recursive: true });
    const begun = await run('second', 1, { beta: 0.04 }, 0, { adapter });
    const kl = ({ episodes }: { readonly episodes: readonly Episode[] }) => episodes.flatMap((episode) => episode.kl?.flat() ?? []);
    expect(kl(begun).length).toBeGreaterThan(20);
    expect(Math.max(...kl(begun))).toBeLessThan(1e-8);
    // From the model without any it is far away by then.
    const plain = await Promise.all(begun.episodes.slice(0, 4).map(async (episode) => (await referenceLogprobs(episode)).map((each, i) => Math.abs(each - (episode.trajectory.turns.flatMap(({ tokens }) => tokens?.logprobs ?? [])[i] as number)))));
    expect(Math.max(...plain.flat())).toBeGreaterThan(0.01);

    const goOn = async (name: string) => {
      const stopped = RunFolder.open(home, name);
      stopped.writeConfig({ ...stopped.config, steps: 3 });
      return run(name, 3, { beta: 0.04 }, 0, { adapter });
    };
    for (const name of ['third', 'fourth']) await run(name, 1, { beta: 0.04 }, 0, { adapter });
    const undisturbed = await goOn('third');
    rmSync(adapter, { recursive: true });
    const goneOn = await goOn('fourth');
    expect(existsSync(path.join(home, 'runs/fourth/begun-with/adapter_config.json'))).toBe(true);
    expect(kl(goneOn)).toEqual(kl(undisturbed));
    expect(Math.max(...kl(goneOn))).toBeGreaterThan(1e-4);
  });
});
