import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openCustomReward } from '../../../main/reward/custom.ts';
import type { Scored } from '../../../main/reward/rules.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'reward-'));
afterAll(() => rmSync(folder, { recursive: true }));

const scored: Scored = {
  sample: { version: 1, id: 's', task: 'search', question: 'q', answers: ['a'], images: [] },
  trajectory: { version: 1, sample: 's', policy: 'p', protocol: 'tags', mode: 'agent', seed: 0, turns: [], ending: { kind: 'answered', answer: 'abc' }, startedAt: '2026-01-01T00:00:00Z', ms: 1 },
};

function rewardOf(source: string, timeoutMs = 2000) {
  const file = path.join(folder, `r${Math.random()}.mjs`);
  writeFileSync(file, source);
  return openCustomReward({ file, weight: 2, timeoutMs });
}

describe('a reward of the user’s own', () => {
  it('is a function of sample and trajectory, asked many times at once', async () => {
    const reward = rewardOf('export const reward = ({ sample, trajectory }) => trajectory.ending.answer.length / 10 + sample.answers.length;');
    expect(await Promise.all([1, 2, 3].map(() => reward.value(scored)))).toEqual([1.3, 1.3, 1.3]);
    await reward.close();
  });

  it('prints beside the result of the program that asks it, not into it', () => {
    const file = path.join(folder, 'talks.mjs');
    writeFileSync(file, 'export const reward = () => { console.log("looked"); return 0.5; };');
    const program = `const { openCustomReward } = await import(${JSON.stringify(path.join(import.meta.dirname, '../../../main/reward/custom.ts'))});
      const reward = openCustomReward(${JSON.stringify({ file, weight: 1, timeoutMs: 2000 })});
      console.log(await reward.value(${JSON.stringify(scored)}));
      await new Promise((resolve) => setTimeout(resolve, 200));
      await reward.close();`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['0.5\n', 'looked\n']);
  });

  it.each([
    ['throws', 'export const reward = () => { throw new RangeError("no"); };', /RangeError: no/],
    ['gives no number', 'export const reward = () => "1";', /returned string/],
    ['gives NaN', 'export const reward = () => 0 / 0;', /NaN/],
    // The spread of such rewards would be infinite and every advantage 0; a weight makes the sum one that a log has no word for.
    ['gives more than can be squared', 'export const reward = () => -1.7e308;', /returned -1\.7e\+308, which is beyond ±1e\+100/],
    ['has another name', 'export const score = () => 1;', /no function named reward/],
    ['does not parse', 'export const reward = (;', /SyntaxError/],
    ['never ends', 'export const reward = () => { for (;;); };', /no answer within 300 ms/],
    ['leaves', 'export const reward = () => process.exit(0);', /ended|exit/],
    ['eats memory', 'export const reward = () => { const a = []; for (;;) a.push(new Array(1e5).fill(1.5)); };', /memory|no answer/],
  ])('is a fault, not a 0, where it %s', async (name, source, message) => {
    const reward = rewardOf(source, name === 'never ends' ? 300 : 10_000);
    await expect(reward.value(scored)).rejects.toThrow(message);
    await reward.close();
  });

  it.each([
    ['has another name', 'export const score = () => 1;', /reward\.custom: .*mjs: expected a file that exports a function named reward, found .*no function named reward/],
    ['does not parse', 'export const reward = (;', /found SyntaxError/],
    ['throws', 'throw new RangeError("no");', /found RangeError: no/],
  ])('is refused as it is loaded where its file %s', async (_, source, message) => {
    const reward = rewardOf(source);
    await expect(reward.load()).rejects.toThrow(message);
    await reward.close();
  });

  it('is refused as it is loaded where there is no file; one that is loaded is asked as ever', async () => {
    await expect(openCustomReward({ file: path.join(folder, 'none.mjs'), weight: 1, timeoutMs: 10 }).load()).rejects.toThrow(/found no such file/);
    const reward = rewardOf('export const reward = () => 1;');
    await reward.load();
    expect(await reward.value(scored)).toBe(1);
    await reward.close();
  });

  it.skipIf(process.platform === 'win32')('is refused at once where a pipe or a folder has its name, as it is loaded and as it is asked', async () => {
    const pipe = path.join(folder, 'pipe.mjs');
    spawnSync('mkfifo', [pipe]);
    for (const [file, found] of [[pipe, 'a pipe'], [folder, 'a folder where a file should be']] as const) {
      const reward = openCustomReward({ file, weight: 1, timeoutMs: 10 });
      await expect(reward.load()).rejects.toThrow(`expected a file that exports a function named reward, found ${found}.`);
      await expect(reward.value(scored)).rejects.toThrow(`found ${found}.`);
      await reward.close();
    }
  });

  it('may end its thread after it answered: the next one that is asked is a new one', async () => {
    const reward = rewardOf('export const reward = ({ sample }) => { if (sample.id === "late") setTimeout(() => { throw new Error("late"); }); return 1; };');
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await reward.value({ ...scored, sample: { ...scored.sample, id: 'late' } })).toBe(1);
    await vi.waitFor(() => expect(told.mock.calls.flat().join('')).toMatch(/^\/.*\.mjs: Error: late\n$/));
    told.mockRestore();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await reward.value(scored)).toBe(1);
    await reward.close();
  });

  it.each([
    ['exports', 'exports.reward = () => 0.25;'],
    ['module.exports', 'module.exports = { reward: () => 0.25 };'],
  ])('is CommonJS too, by %s', async (_, source) => {
    const file = path.join(folder, `r${Math.random()}.cjs`);
    writeFileSync(file, source);
    const reward = openCustomReward({ file, weight: 1, timeoutMs: 2000 });
    expect(await reward.value(scored)).toBe(0.25);
    await reward.close();
  });

  it('goes on after a fault', async () => {
    const reward = rewardOf('let n = 0; export const reward = ({ sample }) => { if (sample.id === "bad") for (;;); return 1; };', 300);
    await expect(reward.value({ ...scored, sample: { ...scored.sample, id: 'bad' } })).rejects.toThrow(/300 ms/);
    expect(await reward.value(scored)).toBe(1);
    await reward.close();
  });
});
