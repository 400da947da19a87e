/** A time in which nothing ran: the machine slept, or the process was held. */
export type Slept = { /** When it went on. */ readonly until: string; readonly seconds: number };

type SleepWatch = { readonly everyMs?: number; /** Shorter gaps are a busy machine's. */ readonly leastMs?: number; readonly signal: AbortSignal };

/** Tells of each time that the clock on the wall went on while this process did not. */
export function watchSleep(onWake: (slept: Slept) => void, { everyMs = 5000, leastMs = 30_000, signal }: SleepWatch): void {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    const gap = now - last - everyMs;
    last = now;
    if (gap >= leastMs) onWake({ until: new Date(now).toISOString(), seconds: Math.round(gap / 1000) });
  }, everyMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer));
}
