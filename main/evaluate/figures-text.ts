import type { NoFigures, PartFigures, Scores } from './score.ts';
import type { Estimate } from './statistics.ts';

/** 35.90 (29.71–42.02), or a dash where nothing was counted. */
export const estimateText = (estimate: Estimate | null): string => (estimate ? `${estimate.mean.toFixed(2)} (${estimate.low.toFixed(2)}–${estimate.high.toFixed(2)})` : '–');

/** The figures of all items and of each part, as lines of a table. */
export function figuresTable({ all, splits }: Scores): string {
  const line = (name: string, { n, unanswered, f1, em }: PartFigures | NoFigures): string => `${name.padEnd(10)} ${String(n).padStart(6)} ${String(unanswered).padStart(11)}   ${estimateText(f1).padEnd(23)} ${estimateText(em)}`;
  return [`${''.padEnd(10)} ${'n'.padStart(6)} ${'unanswered'.padStart(11)}   ${'F1 (95 %)'.padEnd(23)} EM (95 %)`, line('all', all), ...Object.entries(splits).map(([name, figures]) => line(name, figures))].join('\n');
}
