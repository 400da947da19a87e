import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Completion, GenerationSettings } from '../../main/generation/generate.ts';
import { generate } from '../../main/generation/generate.ts';
import { PromptGroup } from '../../main/generation/prompt-group.ts';
import { Scheduler, type Task } from '../../main/generation/scheduler.ts';
import { writeRandomModel } from '../../main/model/folder/random-model.ts';
import { type LoadedModel, loadModel } from '../../main/model/load.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-scheduler-'));
let model: LoadedModel;

beforeAll(async () => {
  writeRandomModel(folder, {
    hiddenSize: 128, layers: 3, heads: 4, kvHeads: 2, intermediateSize: 256, mropeSection: [4, 6, 6], tiedHead: true, maxPositions: 300,
    vision: { depth: 1, hiddenSize: 64, heads: 4, intermediateSize: 96, windowSize: 112, fullAttentionBlocks: [0] },
  }, 3);
  model = await loadModel(folder);
});
afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

const ids = (count: number, start: number): number[] => Array.from({ length: count }, (_, i) => ((i + start) * 7919) % 200);
const settings = (seed: number, maxNewTokens = 20): GenerationSettings => ({ temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens, seed, stopIds: [] });
const task = (seed: number, more: Partial<Task> = {}): Task => ({ from: undefined, passage: { ids: ids(5 + (seed % 7), seed), images: [] }, settings: settings(seed, 3 + ((seed * 5) % 40)), ...more });

describe('a scheduler', () => {
  it('writes, bit for bit, what a task writes alone, whatever else is there', async () => {
    const alone: Completion[] = [];
    for (let seed = 0; seed < 12; seed++) alone.push((await new Scheduler(model.language, 4).submit(task(seed))).completion);
    const scheduler = new Scheduler(model.language, 4);
    const together = await Promise.all(Array.from({ length: 12 }, async (_, seed) => {
      await new Promise((resolve) => setTimeout(resolve, (seed * 37) % 60));
      return (await scheduler.submit(task(seed))).completion;
    }));
    expect(together).toEqual(alone);
  });

  it('agrees with a group that decodes on its own', async () => {
    const { completion } = await new Scheduler(model.language, 4).submit(task(3));
    const group = await PromptGroup.open(model.language, task(3).passage, 1);
    const [other] = await generate(group, [0], task(3).settings, []);
    expect(completion.ids).toEqual(other?.ids);
    for (const [i, logprob] of completion.logprobs.entries()) expect(logprob).toBeCloseTo(other?.logprobs[i] as number, 4);
  });

  it('continues a conversation as if it had been one prompt', async () => {
    const scheduler = new Scheduler(model.language, 4);
    const first = await scheduler.submit(task(1));
    const answer = ids(9, 70);
    const second = await scheduler.submit({ from: first.conversation, passage: { ids: [first.completion.ids.at(-1) as number, ...answer], images: [] }, settings: settings(8) });
    const whole = await scheduler.submit({ from: undefined, passage: { ids: [...task(1).passage.ids, ...first.completion.ids, ...answer], images: [] }, settings: settings(8) });
    expect(second.completion.ids).toEqual(whole.completion.ids);
  });

  it('runs the prompt of a group once, with the same result', async () => {
    let runs = 0;
    const counted = new Proxy(model.language, { get: (target, name) => (name === 'forward' ? (input: Parameters<typeof target.forward>[0]) => {
      if (input.tokens > 1) runs += 1;
      return target.forward(input);
    } : typeof target[name as keyof typeof target] === 'function' ? (target[name as keyof typeof target] as (...args: never[]) => unknown).bind(target) : target[name as keyof typeof target]) });
    const scheduler = new Scheduler(counted, 4);
    const group = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => scheduler.submit({ ...task(9), settings: settings(seed), promptKey: 'p' })));
    expect(runs).toBe(1);
    const alone = await new Scheduler(model.language, 4).submit({ ...task(9), settings: settings(5) });
    expect(group[4]?.completion).toEqual(alone.completion);
    expect(new Set(group.map(({ completion }) => completion.ids.join())).size).toBe(6);
  });

  it('ends a task that is cancelled, at an end token, and at the end of the context', async () => {
    const scheduler = new Scheduler(model.language, 2);
    let written = 0;
    const cancelled = scheduler.submit(task(2, { settings: settings(2, 100), onToken: () => (written += 1), cancelled: () => written >= 5 }));
    const long = scheduler.submit({ ...task(4), settings: settings(4, 1000) });
    expect((await cancelled).completion).toMatchObject({ finishReason: 'cancelled', ids: expect.objectContaining({ length: 5 }) });
    const { completion } = await long;
    expect(completion.finishReason).toBe('length');
    expect(completion.ids.length + task(4).passage.ids.length).toBe(300);
    const { ids: [first, second] } = completion;
    const stopped = await scheduler.submit({ ...task(4), settings: { ...settings(4, 1000), stopIds: [second as number] } });
    expect(stopped.completion).toMatchObject({ ids: first === second ? [first] : [first, second], finishReason: 'stop' });
  });

  it('refuses a conversation that does not fit, and goes on with the others', async () => {
    const scheduler = new Scheduler(model.language, 2);
    const tooLong = scheduler.submit({ ...task(1), passage: { ids: ids(301, 0), images: [] } });
    const other = scheduler.submit(task(2));
    await expect(tooLong).rejects.toThrow(/at most 300 tokens/);
    expect((await other).completion.ids.length).toBe(13);
  });
});
