import { bytes } from '../parts/numbers.ts';

/** A figure with as many digits as it deserves: 0.0123, 1.46, 128, 1.2e-6. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(1).replace('e+', 'e');
  if (size >= 1000) return Math.round(value).toString();
  return String(Number(value.toPrecision(3)));
}

export const percent = (value: number | null | undefined): string => (value === null || value === undefined || !Number.isFinite(value) ? '–' : `${Number(value.toPrecision(value >= 99.95 || value < 10 ? 2 : 3))} %`);

/** Distances of ticks that read well: of sizes, which are counted by 1024, powers of two; nothing for what is counted by tens. */
export const incrementsOf = (format: (value: number) => string): number[] | undefined => (format === bytes ? Array.from({ length: 45 }, (_, i) => 2 ** i) : undefined);
