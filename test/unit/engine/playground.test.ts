import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Held } from '../../../main/engine/playground/held.ts';
import { keepAsked, listAsked, readAsked, setRemoved } from '../../../main/engine/playground/asked.ts';
import { Demo } from '../../../main/engine/playground/demo.ts';
import { Outlet } from '../../../main/engine/outlet.ts';
import type { Trajectory } from '../../../main/records/trajectory.ts';
import { openStore } from '../../../main/store/store.ts';

const home = mkdtempSync(path.join(os.tmpdir(), 'arft-playground-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const trajectory: Trajectory = { version: 1, sample: 'question', policy: 'script', protocol: 'tags', mode: 'agent', seed: 0, turns: [], ending: { kind: 'answered', answer: '42' }, startedAt: '2026-01-02T03:04:05.000Z', ms: 12 };

test('what was asked is kept, listed newest first, removed and brought back', async () => {
  const ids: string[] = [];
  for (const question of ['first', 'second', 'third']) {
    ids.push(await keepAsked(home, { question, images: [], task: 'coding', trajectory }));
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  expect((await listAsked(home, 10)).map(({ question }) => question)).toEqual(['third', 'second', 'first']);
  expect((await listAsked(home, 1)).map(({ question }) => question)).toEqual(['third']);
  const [, second = ''] = ids;
  await setRemoved(home, second, true);
  expect((await listAsked(home, 10)).map(({ question }) => question)).toEqual(['third', 'first']);
  await expect(readAsked(home, second)).rejects.toThrow(/found none/);
  await setRemoved(home, second, false);
  expect((await readAsked(home, second)).trajectory).toEqual(trajectory);
});

test('a damaged file is named when it is asked for, and does not spoil the list', async () => {
  const folder = path.join(home, 'playground');
  const before = (await listAsked(home, 10)).length;
  writeFileSync(path.join(folder, '2030-01-01T00-00-00-000Z-000000.json'), '{"version":1');
  expect((await listAsked(home, 10)).length).toBe(before);
  await expect(readAsked(home, '2030-01-01T00-00-00-000Z-000000')).rejects.toThrow(/damaged/);
  expect(readdirSync(folder).some((name) => name.endsWith('.part'))).toBe(false);
});

test('one thing is open at a time; one that cannot be opened is tried again', async () => {
  const log: string[] = [];
  const held = new Held<{ close(): Promise<void> }>();
  const open = (name: string) => async () => {
    log.push(`open ${name}`);
    return { close: async () => void log.push(`close ${name}`) };
  };
  const [a, again] = await Promise.all([held.get('a', open('a')), held.get('a', open('a'))]);
  expect(a).toBe(again);
  await held.get('b', open('b'));
  await expect(held.get('c', () => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory');
  await held.get('c', open('c'));
  await held.release();
  await held.release();
  expect(log).toEqual(['open a', 'close a', 'open b', 'close b', 'open c', 'close c']);
});

test('an outlet gives everything that was put, then the failure', async () => {
  const seen: number[] = [];
  const pour = async (): Promise<void> => {
    const work = async (outlet: Outlet<number>): Promise<void> => {
      outlet.put(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      outlet.put(2);
      outlet.put(3);
      throw new Error('then it broke');
    };
    for await (const item of Outlet.from(work)) seen.push(item);
  };
  await expect(pour()).rejects.toThrow('then it broke');
  expect(seen).toEqual([1, 2, 3]);
});

test('a pin leads out, is not kept as it is, and wrong ones wait longer each time', async () => {
  const store = openStore(home);
  try {
    const demo = new Demo(store.settings);
    const settings = { title: 'Stand', examples: [], idleSeconds: 30, live: false };
    demo.set(settings, null);
    expect(demo.get()).toEqual({ ...settings, locked: false });
    expect(demo.unlock('')).toEqual({ right: true, waitSeconds: 0 });
    demo.set(settings, '4711');
    expect(JSON.stringify(demo.get())).not.toContain('4711');
    let now = 1_000_000;
    expect(demo.unlock('4711', now).right).toBe(true);
    const waits = [1, 2, 3, 4].map(() => {
      const { waitSeconds } = demo.unlock('0000', now);
      now += 1000 * waitSeconds;
      return waitSeconds;
    });
    expect(waits).toEqual([0, 0, 2, 4]);
    expect(demo.unlock('0000', now).waitSeconds).toBe(8);
    expect(demo.unlock('4711', now)).toEqual({ right: false, waitSeconds: 8 });
    expect(demo.unlock('4711', now + 8000).right).toBe(true);
    demo.set({ ...settings, title: 'Other' }, null);
    expect(demo.get().locked).toBe(true);
    demo.set(settings, '');
    expect(demo.get().locked).toBe(false);
  } finally {
    await store.close();
  }
});
