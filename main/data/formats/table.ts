import { InputError } from '../../records/input-error.ts';
import type { JsonObject } from '../files/json-rows.ts';
import type { FormatName } from '../layout.ts';
import { chat } from './chat.ts';
import { flashrag } from './flashrag.ts';
import type { Format } from './format.ts';
import { matCoding } from './mat-coding.ts';
import { matSearch } from './mat-search.ts';
import { matCodingTraining, matSearchTraining } from './mat-training.ts';
import { samples } from './samples.ts';

/** The formats of rows; the stricter before the looser. */
export const formats: Readonly<Record<FormatName, Format>> = {
  samples,
  'mat-coding': matCoding,
  'mat-search': matSearch,
  'mat-coding-training': matCodingTraining,
  'mat-search-training': matSearchTraining,
  flashrag,
  chat,
};

/**
 * The format of a file by its first rows: the first in the table that at least half as many rows fit as any does, since
 * a stricter one may have lost some to faults.
 * @throws InputError that says of each format why the first row is none of it.
 */
export function recognise(file: string, rows: readonly JsonObject[]): Format {
  const counts = Object.values(formats).map((format) => ({ format, count: rows.filter((row) => format.misfit(row) === undefined).length }));
  const most = Math.max(...counts.map(({ count }) => count));
  const best = counts.find(({ count }) => count > 0 && count >= most / 2);
  if (best) return best.format;
  const first = rows[0] as JsonObject;
  const reasons = Object.values(formats).map((format) => `${format.name} (${format.misfit(first)})`);
  throw new InputError({
    thing: file,
    expected: 'rows of a format that is known here',
    found: `fields ${Object.keys(first).slice(0, 12).join(', ') || '(none)'}; tried ${reasons.join(', ')}`,
    remedy: 'Name the fields as one of these formats does (docs/data.md), or choose one with --format.',
  });
}
