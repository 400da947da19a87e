import os from 'node:os';

/** A time in which nothing ran: the machine slept, or the process was held. */
export type Slept = { /** When it went on. */ readonly until: string; readonly seconds: number };

type SleepWatch = {
  readonly everyMs?: number;
  /** Shorter gaps are a busy machine's. */
  readonly leastMs?: number;
  /** Seconds since the system began. It counts those of a sleep, and is not set: a clock on the wall may be. */
  readonly uptime?: () => number;
  readonly signal: AbortSignal;
};

/** Tells of each time that the machine's own time went on while this process did not. */
export function watchSleep(onWake: (slept: Slept) => void, { everyMs = 5000, leastMs = 30_000, uptime = os.uptime, signal }: SleepWatch): void {
  let last = uptime();
  const timer = setInterval(() => {
    const now = uptime();
    const gap = now - last - everyMs / 1000;
    last = now;
    if (gap * 1000 >= leastMs) onWake({ until: new Date().toISOString(), seconds: Math.round(gap) });
  }, everyMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer));
}
