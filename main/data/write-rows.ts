import { createHash } from 'node:crypto';
import type { Sample } from '../records/sample.ts';
import type { JsonObject } from './files/json-rows.ts';
import type { Format } from './formats/format.ts';
import type { Layout } from './layout.ts';

/**
 * A sample as rows of a format, with their fields in the file's order. Throws RowFault.
 * @param nameOf How the file calls an image whose name there is not kept; its reference where nothing is given.
 */
export function writtenRows(format: Format, sample: Sample, { keys, numericIds }: Layout, nameOf: (reference: string) => string = (reference) => reference): readonly JsonObject[] {
  return format.write(sample, { numericIds, nameOf }).map((row) => {
    const fields: Record<string, unknown> = {};
    for (const key of keys) if (row[key] !== undefined) fields[key] = row[key];
    return Object.assign(fields, row);
  });
}

/** Tells whether a row would still be written as it was when it was imported. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
