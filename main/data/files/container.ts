import { InputError } from '../../records/input-error.ts';
import type { Container } from './text-rows.ts';

/**
 * How rows stand in a text file, told by its first bytes.
 * @param wanted What may be given, in words.
 * @throws InputError for what is no such text.
 */
export function containerOf(file: string, first: Buffer, wanted: string): Container {
  const utf16 = (first[0] === 0xff && first[1] === 0xfe) || (first[0] === 0xfe && first[1] === 0xff);
  if (utf16) throw new InputError({ thing: file, expected: 'UTF-8 text', found: 'UTF-16', remedy: 'Save the file as UTF-8.' });
  const sign = first.toString('utf8').replace(/^\uFEFF/, '').trimStart()[0];
  if (sign === '[') return 'list';
  if (/^\uFEFF?\s*\{\s*\n\s*"/.test(first.toString('utf8'))) throw new InputError({ thing: file, expected: wanted, found: 'a JSON object that goes over several lines', remedy: 'Write its rows as one list, or each on a line of its own.' });
  if (sign === '{') return 'lines';
  throw new InputError({ thing: file, expected: wanted, found: kindOf(first, sign), remedy: 'Choose the data set’s own file; an archive must be unpacked before.' });
}

/** How files begin that are often taken for a data set. */
const signatures = [['1f8b', 'a gzip archive'], ['504b0304', 'a ZIP archive'], ['28b52ffd', 'a Zstandard archive'], ['89504e47', 'a PNG image'], ['ffd8ff', 'a JPEG image'], ['53514c69746520', 'an SQLite database'], ['4152524f5731', 'an Arrow file'], ['50415231', 'a Parquet file']] as const;

function kindOf(first: Buffer, sign: string | undefined): string {
  if (sign === undefined) return first.length === 0 ? 'an empty file' : 'white space';
  const known = signatures.find(([hex]) => first.toString('hex').startsWith(hex));
  return known?.[1] ?? (/[\p{C}\uFFFD]/u.test(sign) ? 'bytes that are no text' : `text that begins with ${JSON.stringify(sign)}`);
}
