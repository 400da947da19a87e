import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { remaining } from '../../../main/cli/remaining.ts';
import { Pace } from '../../../main/engine/evaluations-pace.ts';
import { Demo } from '../../../main/engine/playground/demo.ts';
import { type EngineProcess, type SupervisorEvent, supervise } from '../../../main/supervisor.ts';
import { openStore } from '../../../main/store/store.ts';

// The clock on the wall is set while the program runs: what took so long, or is to wait so long, does not follow it.

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const hourMs = 3_600_000;
const set = (hours: number): void => void vi.setSystemTime(Date.now() + hours * hourMs);

it.each([-1, 24])('what is left of a command and of an evaluation, with a clock that is set by %i h', (hours) => {
  const left = remaining();
  left(1, 10);
  const pace = new Pace();
  pace.secondsLeft('e', 1, 10);
  set(hours);
  expect(left(2, 10)).toMatch(/^\d s left$/);
  const seconds = pace.secondsLeft('e', 2, 10);
  expect(seconds).toBeGreaterThanOrEqual(0);
  expect(seconds).toBeLessThan(60);
});

it('an engine that crashes over and over is given up, though the clock says that days lie between', () => {
  const events: SupervisorEvent[] = [];
  let crash = (): void => {};
  const start = (): EngineProcess => ({ onMessage: () => {}, onExit: (listener) => void (crash = () => listener('SIGSEGV')), stop: () => {} });
  supervise(start, (event) => events.push(event));
  for (let i = 0; i < 6; i++) {
    set(24);
    crash();
    vi.runAllTimers();
  }
  expect(events.map(({ kind }) => kind)).toEqual([...new Array<string>(5).fill('crashed'), 'gaveUp']);
});

it('a stand whose pin was guessed wrong waits as long as it says', async () => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'arft-set-clock-'));
  const store = openStore(home);
  try {
    const demo = new Demo(store.settings);
    demo.set({ title: '', examples: [], idleSeconds: 30, live: false }, '4711');
    for (let i = 0; i < 3; i++) demo.unlock('0000');
    set(24);
    expect(demo.unlock('4711')).toEqual({ right: false, waitSeconds: 2 });
    set(-48);
    expect(demo.unlock('4711').waitSeconds).toBe(2);
  } finally {
    await store.close();
    rmSync(home, { recursive: true });
  }
});
