/** Bytes with two or three digits, as the engine and the commands write them: 8.1 GiB, 420 MiB. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  // What would round to four digits goes to the next unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Seconds in the largest two units: 45 s, 12 min, 2 h 05 min. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** How long something took that began and ended at these times; null where it is not over, or the clock was set back meanwhile. */
export function tookText(began: string | null, ended: string | null): string | null {
  const seconds = began === null || ended === null ? -1 : (Date.parse(ended) - Date.parse(began)) / 1000;
  return seconds < 0 ? null : duration(seconds);
}

/** A count with its thousands apart: 12 345. */
export const whole = (count: number): string => Math.round(count).toString().replaceAll(/\B(?=(?:\d{3})+$)/g, '\u202f');
