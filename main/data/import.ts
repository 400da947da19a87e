import { constants } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { assertFile, withFile } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import { containerOf } from './files/container.ts';
import { styleOf } from './files/json-style.ts';
import { type BrokenRow, type JsonObject, type Row, jsonRows } from './files/json-rows.ts';
import type { Container } from './files/text-rows.ts';
import type { Format } from './formats/format.ts';
import { formats, recognise } from './formats/table.ts';
import type { Layout, TextLayout } from './layout.ts';
import { openParquet } from './parquet/read.ts';
import { type Fault, type ImportOptions, RowImport, type Sink } from './row-import.ts';

export type Imported = { readonly layout: Layout; readonly rows: number; readonly samples: number };

/** Rows from which format and style are told. */
const headRows = 64;

/**
 * Reads a data set's file row by row. What a row gets wrong goes to `sink.fault`, and the rest is imported.
 * @throws InputError for a file that cannot be read or is of no format known here.
 */
export async function importFile(file: string, sink: Sink, options: ImportOptions): Promise<Imported> {
  const source = await openRows(file, options);
  try {
    const head: (Row | BrokenRow)[] = [];
    let next = await source.rows.next();
    for (let whole = 0; !next.done && whole < headRows; next = await source.rows.next()) {
      if ('value' in next.value) whole++;
      head.push(next.value);
    }
    const whole = head.flatMap((row) => ('value' in row ? [row] : []));
    if (whole.length === 0) throw nothingIn(file, head);
    const format = options.format ? formats[options.format] : recognise(file, whole.map(({ value }) => value));
    const layout = source.layoutOf(format, head);
    options.onLayout?.(layout);
    const importer = new RowImport(file, format, layout, sink, options);
    for (const row of head) await importer.take(row);
    for (; !next.done; next = await source.rows.next()) {
      options.signal?.throwIfAborted();
      await importer.take(next.value);
    }
    await importer.finish();
    if (layout.container === 'list' && !next.value.includes(']')) sink.fault({ row: importer.rows - 1, reason: 'the list is not closed after this row', kept: true });
    return { layout: layout.container === 'parquet' ? layout : { ...layout, tail: tailOf(layout, next.value) }, rows: importer.rows, samples: importer.samples };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STRING_TOO_LONG') throw error;
    throw new InputError({ thing: file, expected: `rows of less than ${constants.MAX_STRING_LENGTH >> 20} MiB`, found: 'a longer one', remedy: 'Check that the file is a data set, and that its rows are on lines of their own.' }, { cause: error });
  } finally {
    await source.rows.return('');
  }
}

/** What stood after the last row; a list that was cut off is closed. */
const tailOf = ({ container, head }: TextLayout, found: string): string => (container === 'lines' || found.includes(']') ? found : `${/\n/.test(head) ? '\n' : ''}]`);

/** All samples of a file at once, with its faults. */
export async function readDataset(file: string, options: Partial<ImportOptions> = {}): Promise<Imported & { readonly records: readonly Sample[]; readonly faults: readonly Fault[] }> {
  const records: Sample[] = [];
  const faults: Fault[] = [];
  const imported = await importFile(file, { sample: (sample) => void records.push(sample), fault: (fault) => void faults.push(fault) }, { keepText: false, ...options });
  return { ...imported, records, faults };
}

type RowSource = { readonly rows: AsyncGenerator<Row | BrokenRow, string>; readonly layoutOf: (format: Format, head: readonly (Row | BrokenRow)[]) => Layout };

async function openRows(file: string, { images, signal }: ImportOptions): Promise<RowSource> {
  const first = await firstBytes(file);
  if (first.subarray(0, 4).toString('latin1') === 'PAR1') return openParquet(file, images, signal);
  const container = containerOf(file, first, 'a JSON list, JSON lines or a Parquet file');
  return {
    rows: jsonRows(createReadStream(file, { highWaterMark: 1 << 20 }), container),
    layoutOf: (format, rows) => textLayout(format, container, rows),
  };
}

function textLayout(format: Format, container: Container, rows: readonly (Row | BrokenRow)[]): TextLayout {
  const whole = rows.flatMap((row) => ('value' in row && row.text !== undefined ? [{ value: row.value, text: row.text }] : []));
  const head = rows[0]?.before ?? '';
  const between = rows.find(({ index, before }) => index > 0 && before !== undefined)?.before ?? (container === 'lines' ? '\n' : `,${/\s*$/.exec(head)?.[0] ?? ''}`);
  const numericIds = whole.some(({ value }) => typeof value['id'] === 'number');
  return { version: 1, format: format.name, container, keys: keysOf(whole), numericIds, style: styleOf(whole), head, between, tail: '' };
}

/** Field names in the order of the rows; one that the first rows lack comes after its neighbour in a later row. */
function keysOf(rows: readonly { readonly value: JsonObject }[]): readonly string[] {
  const keys: string[] = [];
  for (const { value } of rows) {
    let at = 0;
    for (const key of Object.keys(value)) {
      const known = keys.indexOf(key);
      if (known < 0) keys.splice(at, 0, key);
      at = (known < 0 ? at : known) + 1;
    }
  }
  return keys;
}

async function firstBytes(file: string): Promise<Buffer> {
  assertFile(file);
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return withFile(file, 'a file that can be read', () => {
      throw error;
    });
  }
}

function nothingIn(file: string, broken: readonly (Row | BrokenRow)[]): InputError {
  const [first] = broken as readonly BrokenRow[];
  const found = first ? `none among ${broken.length} broken; the first, ${first.line === undefined ? '' : `line ${first.line}, `}is ${first.reason}` : 'none';
  return new InputError({ thing: file, expected: 'at least one row', found, remedy: 'Choose a data set’s file: a JSON list of objects, one JSON object a line, or Parquet.' });
}
