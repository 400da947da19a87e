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

/** The formats of rows; an earlier one wins where a row fits several. */
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
 * The format that most of a file's first rows fit.
 * @throws InputError that says of each format why the first row is none of it.
 */
export function recognise(file: string, rows: readonly JsonObject[]): Format {
  const fits = (format: Format): number => rows.filter((row) => format.misfit(row) === undefined).length;
  const [best] = Object.values(formats).map((format) => ({ format, count: fits(format) })).sort((a, b) => b.count - a.count);
  if (best && best.count > 0) return best.format;
  const first = rows[0] as JsonObject;
  const reasons = Object.values(formats).map((format) => `${format.name} (${format.misfit(first)})`);
  throw new InputError({
    thing: file,
    expected: 'rows of a format that is known here',
    found: `fields ${Object.keys(first).slice(0, 12).join(', ') || '(none)'}; tried ${reasons.join(', ')}`,
    remedy: 'Name the fields as one of these formats does (docs/data.md), or choose one with --format.',
  });
}
