import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Completion, GenerationSettings } from '../../main/generation/generate.ts';
import { Scheduler, type Task } from '../../main/generation/scheduler.ts';
import { writeRandomModel } from '../../main/model/folder/random-model.ts';
import type { LanguageModel } from '../../main/model/language-model.ts';
import { type LoadedModel, loadModel } from '../../main/model/load.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-shared-'));
let model: LoadedModel;

beforeAll(async () => {
  writeRandomModel(folder, {
    hiddenSize: 128, layers: 2, heads: 4, kvHeads: 2, intermediateSize: 256, mropeSection: [4, 6, 6], tiedHead: true, maxPositions: 800,
    vision: { depth: 1, hiddenSize: 64, heads: 4, intermediateSize: 96, windowSize: 112, fullAttentionBlocks: [0] },
  }, 3);
  model = await loadModel(folder);
});
afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

const ids = (count: number, start: number): number[] => Array.from({ length: count }, (_, i) => ((i + start) * 7919) % 200);
const settings = (seed: number, maxNewTokens: number): GenerationSettings => ({ temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens, seed, stopIds: [] });
const lengths = [300, 517, 256, 700];
/** Member of a group with a prompt of its own. */
const member = (group: number, seed: number): Task => ({ from: undefined, passage: { ids: ids(lengths[group] as number, group), images: [] }, promptKey: `group ${group}`, shared: true, settings: settings(group * 10 + seed, 3 + ((seed * 37 + group) % 90)) });
const single = (seed: number): Task => ({ from: undefined, passage: { ids: ids(20 + seed, seed), images: [] }, settings: settings(seed, 30) });

/** Counts the runs that read, and the prefixes that a decoding run had. */
function watched(): { readonly language: LanguageModel; readonly reads: () => number; readonly prefixes: readonly (readonly number[])[] } {
  let reads = 0;
  const prefixes: (readonly number[])[] = [];
  const forward: LanguageModel['forward'] = (input) => {
    if (input.tokens > 1) reads += 1;
    else prefixes.push(input.prefixes.map(({ length }) => length));
    return model.language.forward(input);
  };
  const language = { config: model.language.config, sharesPrefixes: true, embed: (some: readonly number[]) => model.language.embed(some), forward } as LanguageModel;
  return { language, reads: () => reads, prefixes };
}

describe('a group with a long prompt', () => {
  it('writes, bit for bit, what each of it writes alone, whatever else is there', async () => {
    const tasks = [0, 1, 2, 3].flatMap((group) => [0, 1, 2, 3, 4].map((seed) => member(group, seed)));
    const all = [...tasks, ...Array.from({ length: 6 }, (_, seed) => single(seed))];
    const alone: Completion[] = [];
    for (const task of all) alone.push((await new Scheduler(model.language, 8).submit(task)).completion);
    const scheduler = new Scheduler(model.language, 8);
    const together = await Promise.all(all.map(async (task, i) => {
      await new Promise((resolve) => setTimeout(resolve, (i * 37) % 120));
      return (await scheduler.submit(task)).completion;
    }));
    expect(together).toEqual(alone);
  });

  it('has its prompt read once, and its keys and values once for four places', async () => {
    const { language, reads, prefixes } = watched();
    const scheduler = new Scheduler(language, 8);
    await Promise.all([0, 1, 2, 3, 4, 5].map((seed) => scheduler.submit(member(0, seed))));
    expect(reads()).toBe(1);
    expect(prefixes[0]).toEqual([300, 300]);
    // Two are left: one block is free.
    expect(prefixes.at(-1)).toEqual(expect.arrayContaining([300, 1]));
  });

  it('makes room for the next group as its rows end', async () => {
    const { language, reads, prefixes } = watched();
    const scheduler = new Scheduler(language, 8);
    await Promise.all([0, 1].flatMap((group) => [0, 1, 2, 3, 4, 5, 6, 7].map((seed) => scheduler.submit(member(group, seed)))));
    expect(reads()).toBe(3); // 517 tokens take two runs
    expect(prefixes.some((each) => new Set(each).size === 2 && !each.includes(1))).toBe(true);
  });

  it('says what conversations of their own say, and goes on', async () => {
    const scheduler = new Scheduler(model.language, 8);
    const [first] = await Promise.all([2, 3].map((seed) => scheduler.submit(member(1, seed))));
    const { shared: _, ...own } = member(1, 2);
    const whole = await scheduler.submit(own);
    expect(first?.completion.ids).toEqual(whole.completion.ids);
    for (const [i, logprob] of (first?.completion.logprobs ?? []).entries()) expect(logprob).toBeCloseTo(whole.completion.logprobs[i] as number, 4);

    const next = { passage: { ids: [first?.completion.ids.at(-1) as number, ...ids(9, 70)], images: [] }, settings: settings(8, 20) };
    const [after, expected] = await Promise.all([first, whole].map((each) => scheduler.submit({ from: each?.conversation, ...next })));
    expect(after?.completion.ids).toEqual(expected?.completion.ids);
  });

  it('ends at the end of the context, and is not continued by those who come after the model changed', async () => {
    const { language, reads, prefixes } = watched();
    const scheduler = new Scheduler(language, 4);
    const long = scheduler.submit({ ...member(3, 0), settings: settings(1, 1000) });
    while (prefixes.length === 0) await new Promise((resolve) => setTimeout(resolve, 1)); // until it decodes
    scheduler.forget();
    await scheduler.submit(member(3, 1));
    const { completion } = await long;
    expect(completion.finishReason).toBe('length');
    expect(completion.ids.length).toBe(800 - 700);
    expect(reads()).toBe(4);
  });

  it('is read again for those who come after the model changed while it was read', async () => {
    const { language, reads } = watched();
    const scheduler = new Scheduler(language, 4);
    const first = scheduler.submit(member(3, 0));
    while (reads() === 0) await new Promise((resolve) => setImmediate(resolve));
    scheduler.forget();
    await Promise.all([first, scheduler.submit(member(3, 1))]);
    expect(reads()).toBe(4);
  });
});
