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
  it('rises while the exact score falls by more than the limit', () => {
    expect(hackedReward({ f1: 60, reward: 1 }, { f1: 49, reward: 1.4 }, limits)?.message).toContain('fell from 60.0 to 49.0');
    expect(hackedReward({ f1: 60, reward: 1 }, { f1: 50, reward: 1.4 }, limits)).toBeUndefined();
    expect(hackedReward({ f1: 60, reward: 1 }, { f1: 20, reward: 0.9 }, limits)).toBeUndefined();
  });
});

it('a full disk is told from other failures, by the code or by the message', () => {
  expect(fullDisk(Object.assign(new Error('no space'), { code: 'ENOSPC' }), '/run', 3)?.message).toContain('the checkpoint of step 3 is kept');
  expect(fullDisk(new Error('found the error EFBIG (EFBIG)'), '/run', undefined)?.message).toContain('no checkpoint was written yet');
  expect(fullDisk(new Error('something else'), '/run', 3)).toBeUndefined();
});
