import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Slept, watchSleep } from '../../../main/engine/sleep.ts';

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') }));
afterEach(() => void vi.useRealTimers());

it('tells when the clock went on without the process, once for each time, and not of a busy moment', () => {
  const seen: Slept[] = [];
  const abort = new AbortController();
  watchSleep((slept) => seen.push(slept), { signal: abort.signal });
  vi.advanceTimersByTime(60_000);
  expect(seen).toEqual([]);
  vi.setSystemTime(new Date('2026-01-01T00:01:20Z')); // 20 s that a busy machine may take
  vi.advanceTimersByTime(5000);
  expect(seen).toEqual([]);
  vi.setSystemTime(new Date('2026-01-01T08:01:25Z'));
  vi.advanceTimersByTime(5000);
  expect(seen).toEqual([{ until: '2026-01-01T08:01:30.000Z', seconds: 8 * 3600 }]);
  vi.advanceTimersByTime(60_000);
  abort.abort();
  vi.setSystemTime(new Date('2026-01-02T08:00:00Z'));
  vi.advanceTimersByTime(60_000);
  expect(seen).toHaveLength(1);
});
