import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../../main/engine/engine.ts';
import { openTokenizer } from '../../../main/model/text/tokenizer.ts';
import type { RunEvent } from '../../../main/records/run-events.ts';
import type { AppContract } from '../../../preload/contract.ts';
import type { Client } from '../../../preload/rpc/connect.ts';
import { starter, writeRun } from './rollouts-run.ts';
import { openClient } from './open-client.ts';

let home: string;
let engine: Engine;
let client: Client<AppContract>;
let logged: readonly RunEvent[];

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'arft-rollouts-'));
  logged = await writeRun(home, 'done');
  await writeRun(home, 'unmeasured', { steps: 1, groups: 1, watchKl: false });
  await writeRun(home, 'elsewhere', { steps: 1, model: path.join(home, 'no-model') });
  ({ engine, client } = await openClient(home));
});
afterAll(async () => {
  await engine.close();
  rmSync(home, { recursive: true, force: true });
});

const whole = (step: number, group: number, member: number) => logged.find((event) => event.kind === 'trajectory' && event.step === step && event.group === group && event.member === member) as Extract<RunEvent, { kind: 'trajectory' }>;

test('steps, groups and the steps of one sample, as the log has them', async () => {
  expect((await client.call('rollouts.runs', undefined)).map(({ name }) => name).toSorted()).toEqual(['done', 'elsewhere', 'unmeasured']);
  expect(await client.call('rollouts.steps', { run: 'done' })).toEqual({ steps: [1, 2, 3], maskTruncated: true, measuresKl: true });
  const rows = await client.call('rollouts.step', { run: 'done', step: 2 });
  expect(rows).toHaveLength(24);
  expect(rows.filter(({ group }) => group === 0).map(({ reward }) => reward)).toEqual([2, 1, 1.5, 0.5, 2, 0, null, 2]);
  expect(rows.filter(({ toolError }) => toolError).map(({ group, member }) => [group, member])).toEqual([[0, 2], [1, 2]]);
  expect(rows.filter(({ zeroSpread }) => zeroSpread).every(({ group }) => group === 2)).toBe(true);
  expect(rows.filter(({ truncated }) => truncated).map(({ member }) => member)).toEqual([5, 5]);
  expect(rows.filter(({ invalid }) => invalid).map(({ member }) => member)).toEqual([6, 6]);
  expect([...new Set((await client.call('rollouts.drawn', { run: 'done', sample: 'always' })).map(({ step }) => step))]).toEqual([1, 2, 3]);
});

test('a whole trajectory without its token ids, with its answer held against the gold one', async () => {
  const right = await client.call('rollouts.trajectory', { run: 'done', step: 1, group: 1, member: 0 });
  const { trajectory, asked, reward } = whole(0, 1, 0);
  expect(right.trajectory).toEqual({ ...trajectory, turns: trajectory.turns.map(({ tokens: _, ...turn }) => turn) });
  expect([right.asked, right.reward, right.score, right.hasTokens]).toEqual([asked, reward, { f1: 1, em: 1 }, true]);
  const fault = await client.call('rollouts.trajectory', { run: 'done', step: 1, group: 1, member: 6 });
  expect([fault.reward, fault.score]).toEqual([null, null]);
  const cut = await client.call('rollouts.trajectory', { run: 'done', step: 1, group: 1, member: 5 });
  expect(cut.score).toEqual({ f1: 0, em: 0 });
});

test('token ids are spelled by the run’s model, token by token', async () => {
  const { turns, without } = await client.call('rollouts.tokens', { run: 'done', step: 1, group: 0, member: 0 });
  expect(without).toBe(null);
  const tokenizer = openTokenizer(starter);
  for (const [i, turn] of whole(0, 0, 0).trajectory.turns.entries()) {
    expect(turns[i]?.sampled.ids).toEqual(turn.tokens?.sampled);
    expect(turns[i]?.sampled.logprobs).toEqual(turn.tokens?.logprobs);
    // All text here is ASCII, so the pieces make the whole.
    expect(turns[i]?.sampled.texts?.join('')).toBe(`${turn.completion}<|im_end|>`);
    expect(turns[i]?.context.texts?.join('')).toBe(tokenizer.decode(turn.tokens?.context ?? []));
  }
});

test('the KL of tokens is handed on turn by turn; where the log has none, as in those of earlier versions, that is said', async () => {
  const place = { run: 'done', step: 1, group: 0, member: 0 };
  const { turns } = await client.call('rollouts.tokens', place);
  expect(turns).toHaveLength(2);
  expect(turns.map((turn) => turn?.sampled.kl)).toEqual(whole(0, 0, 0).kl);
  expect(turns.map((turn) => turn?.sampled.kl?.length)).toEqual(turns.map((turn) => turn?.sampled.ids.length));
  const hasKl = async (wish: typeof place) => [(await client.call('rollouts.trajectory', wish)).hasKl, (await client.call('rollouts.tokens', wish)).turns.some((turn) => turn?.sampled.kl)];
  expect(await hasKl(place)).toEqual([true, true]);
  expect(await hasKl({ ...place, member: 6 })).toEqual([false, false]);
  expect(await hasKl({ ...place, run: 'unmeasured' })).toEqual([false, false]);
  expect((await client.call('rollouts.steps', { run: 'unmeasured' })).measuresKl).toBe(false);
});

test('without the model’s folder the ids stay, and the reason is told; a folder that comes back is read', async () => {
  const place = { run: 'elsewhere', step: 1, group: 0, member: 0 };
  const { turns, without } = await client.call('rollouts.tokens', place);
  expect(without).toMatch(/no-model/);
  expect(turns[0]?.sampled.texts).toBe(null);
  expect(turns[0]?.sampled.ids.length).toBeGreaterThan(0);
  cpSync(path.join(starter, 'tokenizer.json'), path.join(home, 'no-model', 'tokenizer.json'), { recursive: true });
  expect((await client.call('rollouts.tokens', place)).turns[1]?.sampled.texts?.join('')).toBe('<think>clear</think><answer>7</answer><|im_end|>');
});

test('what is not there is refused in words', async () => {
  await expect(client.call('rollouts.steps', { run: '../../etc' })).rejects.toMatchObject({ code: 'BAD_INPUT', details: { found: 'none of this name' } });
  await expect(client.call('rollouts.trajectory', { run: 'done', step: 9, group: 0, member: 0 })).rejects.toMatchObject({ code: 'BAD_INPUT', details: { expected: 'a trajectory' } });
  await expect(client.call('rollouts.step', { run: 'done', step: 0 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  expect(await client.call('rollouts.step', { run: 'done', step: 77 })).toEqual([]);
});
