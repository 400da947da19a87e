import { describe, expect, it } from 'vitest';
import { runConfig } from '../../../main/records/run-config.ts';
import { hackedReward } from '../../../main/train/alarms.ts';
import { fullDisk } from '../../../main/train/full-disk.ts';
import { diskFinding, memoryFinding, runMemory } from '../../../main/train/preflight-resources.ts';

const config = runConfig.parse({ model: { folder: 'resources/starter' }, rollout: { group: 8, prompts: 2 } });
const seen = { promptTokens: 200, completionTokens: 40, imagePixels: 3136 };
const gib = 1024 ** 3;

describe('memory', () => {
  it('is enough, or the changes are named with what they need', async () => {
    expect((await memoryFinding(config, seen, 24 * gib)).status).toBe('ok');
    const problem = await memoryFinding(config, seen, gib / 2);
    expect(problem.status).toBe('problem');
    expect(problem.detail).toMatch(/rollout\.group \d+ needs \d+/);
  });

  it('of a GPU is the GPU’s own: less than a machine needs, and never guessed', async () => {
    const onGpu = { ...config, model: { ...config.model, provider: 'webgpu' as const } };
    const [here, there] = [runMemory(config, seen).likely.bytes, runMemory(onGpu, seen).likely.bytes];
    expect(there).toBeLessThan(here);
    expect(await memoryFinding(onGpu, seen, undefined)).toMatchObject({ status: 'ok', detail: expect.stringContaining('of GPU memory, which no driver tells') });
    expect((await memoryFinding(onGpu, seen, 24 * gib)).detail).toContain('of the GPU’s 24.0 GiB');
    expect((await memoryFinding(onGpu, seen, there / 2)).status).toBe('problem');
  });
});

describe('disk', () => {
  // LoRA 16 on the starter: 155,648 numbers with two moments each.
  const each = 3 * 4 * 155_648;
  it('must hold the last two, the best and the one that is being written', () => {
    expect(diskFinding(config, '/', 4 * each).status).toBe('ok');
    expect(diskFinding(config, '/', 4 * each - 1)).toMatchObject({ status: 'problem', detail: expect.stringContaining('checkpoint.keep 1 needs 6 MiB') });
    expect(diskFinding(config, '/', each)).toMatchObject({ status: 'problem', detail: expect.stringContaining('free 6 MiB') });
  });
});

describe('a reward that is hacked', () => {
  const limits = config.alarms;
  /** Of so many items the first are right. */
  const scores = (items: number, right: number): ReadonlyMap<string, number> => new Map(Array.from({ length: items }, (_, i) => [`item ${i}`, Number(i < right)]));
  const look = (items: number, right: number, reward: number) => ({ scores: scores(items, right), reward });
  it('rises while the exact score falls by more than the limit', () => {
    expect(hackedReward(look(100, 60, 1), look(100, 49, 1.4), limits)?.message).toContain('fell from 60.0 to 49.0');
    expect(hackedReward(look(100, 60, 1), look(100, 50, 1.4), limits)).toBeUndefined();
    expect(hackedReward(look(100, 60, 1), look(100, 20, 0.9), limits)).toBeUndefined();
  });
  it('is none where the fall may be chance: with few items, or as many that became right as wrong', () => {
    expect(hackedReward(look(4, 2, 0.78), look(4, 1, 0.93), limits)).toBeUndefined();
    // Four answers of four: two standard errors. The fifth tells.
    expect(hackedReward(look(8, 4, 1), look(8, 0, 1.4), limits)).toBeUndefined();
    expect(hackedReward(look(8, 5, 1), look(8, 0, 1.4), limits)?.name).toBe('hackedReward');
    // 16 became wrong and 9 right: (16 - 9) / √25 = 1.4 standard errors.
    const before = scores(60, 30);
    const after = new Map([...before].map(([id, score], i) => [id, i < 16 ? 0 : i >= 30 && i < 39 ? 1 : score]));
    expect(hackedReward({ scores: before, reward: 1 }, { scores: after, reward: 1.4 }, limits)).toBeUndefined();
  });
  it('is looked for in the items that both evaluations had', () => {
    // Twenty more questions, all of them too hard, are no fall.
    expect(hackedReward(look(20, 10, 1), look(40, 10, 1.4), limits)).toBeUndefined();
    expect(hackedReward(look(20, 10, 1), look(40, 2, 1.4), limits)?.message).toContain('fell from 50.0 to 10.0');
    expect(hackedReward(look(20, 10, 1), { scores: new Map([['another', 0]]), reward: 1.4 }, limits)).toBeUndefined();
  });
});

it('a full disk is told from other failures, by the code or by the message', () => {
  expect(fullDisk(Object.assign(new Error('no space'), { code: 'ENOSPC' }), '/run', 3)?.message).toContain('the checkpoint of step 3 is kept');
  expect(fullDisk(new Error('found the error EFBIG (EFBIG)'), '/run', undefined)?.message).toContain('no checkpoint was written yet');
  expect(fullDisk(new Error('something else'), '/run', 3)).toBeUndefined();
});
