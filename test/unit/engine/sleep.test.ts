import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Slept, watchSleep } from '../../../main/engine/sleep.ts';

const start = Date.parse('2026-01-01T00:00:00Z');

beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

/** A machine whose own time goes with the timers, and on by itself where it sleeps. */
function watched() {
  const seen: Slept[] = [];
  const abort = new AbortController();
  let uptime = 0;
  const sleep = (seconds: number): void => void (uptime += seconds);
  const pass = (seconds: number): void => {
    for (let i = 0; i < seconds; i++) {
      uptime += 1;
      vi.advanceTimersByTime(1000);
    }
  };
  watchSleep((slept) => seen.push(slept), { uptime: () => uptime, signal: abort.signal });
  return { seen, abort, sleep, pass };
}

it('tells when the machine’s time went on without the process, once for each time, and not of a busy moment', () => {
  const { seen, abort, sleep, pass } = watched();
  pass(60);
  expect(seen).toEqual([]);
  sleep(20); // that a busy machine may take
  pass(5);
  expect(seen).toEqual([]);
  sleep(8 * 3600);
  vi.setSystemTime(start + 8 * 3_600_000);
  pass(5);
  expect(seen).toEqual([{ until: '2026-01-01T08:00:05.000Z', seconds: 8 * 3600 }]);
  pass(60);
  abort.abort();
  sleep(24 * 3600);
  pass(60);
  expect(seen).toHaveLength(1);
});

it('a clock that is set is no sleep', () => {
  const { seen, pass } = watched();
  for (const hours of [24, -1]) {
    vi.setSystemTime(Date.now() + hours * 3_600_000);
    pass(60);
  }
  expect(seen).toEqual([]);
});
