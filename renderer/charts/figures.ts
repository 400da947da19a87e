import { bytes, duration } from '../parts/numbers.ts';

/** A figure with as many digits as it deserves: 0.0123, 1.46, 128, 1.2e-6. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(1).replace('e+', 'e');
  if (size >= 1000) return Math.round(value).toString();
  return String(Number(value.toPrecision(3)));
}

/** Rewards stand in columns, so with two digits behind the point; where these would say nothing, or push their neighbours away, as other figures do. */
export function rewardFigure(value: number, digits = 2): string {
  const size = Math.abs(value);
  const written = size !== 0 && (size < 0.5 * 10 ** -digits || size >= 10_000) ? figure(size) : size.toFixed(digits);
  return value < 0 ? `−${written}` : written;
}

export const percent = (value: number | null | undefined): string => (value === null || value === undefined || !Number.isFinite(value) ? '–' : `${Number(value.toPrecision(value >= 99.95 || value < 10 ? 2 : 3))} %`);

type Format = (value: number) => string;

/** Whole seconds, minutes and hours, and tens of hours. */
const seconds = [...[0.001, 0.01, 0.1, 1].flatMap((unit) => [unit, 2 * unit, 5 * unit]), 10, 20, 30, 60, 120, 300, 600, 1200, 1800, ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((hours) => 3600 * hours)];

/** Distances of ticks that read well: of sizes, which are counted by 1024, powers of two, of times those of a clock; nothing for what is counted by tens. */
export const incrementsOf = (format: Format): number[] | undefined => (format === bytes ? Array.from({ length: 45 }, (_, i) => 2 ** i) : format === duration ? [...seconds] : undefined);

/** What stands at a tick: of a time all of it, which is rounded elsewhere, and short: 0 s, 100 s, 2 min, 3 h. */
export const tickOf = (format: Format): Format => (format === duration ? timeTick : format);

function timeTick(value: number): string {
  const size = Math.round(value * 1000) / 1000;
  if (size !== 0 && size < 1) return `${Math.round(size * 1000)} ms`;
  if (size < 90 || size % 60 !== 0) return `${size} s`;
  return size % 3600 === 0 ? `${size / 3600} h` : duration(size);
}
