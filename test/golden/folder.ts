import path from 'node:path';

/** The folder of reference values: ARFT_GOLDEN, or the small set that ships with the tests. */
export function goldenFolder(): string {
  return path.resolve(process.env['ARFT_GOLDEN'] ?? path.join(import.meta.dirname, 'tiny'));
}
