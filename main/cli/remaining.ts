/** Tells how long the rest takes, from the pace of what was done since the first call. */
export function remaining(): (done: number, total: number) => string {
  const start = performance.now();
  let first: number | undefined;
  return (done, total) => {
    first ??= done - 1;
    const seconds = ((performance.now() - start) / 1000 / Math.max(1, done - first)) * (total - done);
    return `${durationText(seconds)} left`;
  };
}

/** 42 s, 3 min, 2 h 5 min. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
