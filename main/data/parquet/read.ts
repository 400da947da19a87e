import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { InputError } from '../../records/input-error.ts';
import type { BrokenRow, JsonObject, Row } from '../files/json-rows.ts';
import type { Format } from '../formats/format.ts';
import { imageReference } from '../image-store.ts';
import { ImageFault, type ImageImport } from '../images.ts';
import type { ParquetLayout } from '../layout.ts';
import { type KeepBytes, toJson } from './values.ts';

/** Values stay as they are stored, so that they can be stored so again. */
const raw = { timestampFromMilliseconds: same, timestampFromMicroseconds: same, timestampFromNanoseconds: same, dateFromDays: same };

function same<T>(value: T): T {
  return value;
}

/** The rows of a Parquet file, one row group after the other, and how a new file like it is laid out. */
export async function openParquet(path: string, images: ImageImport | undefined): Promise<{ readonly rows: AsyncGenerator<Row | BrokenRow, string>; readonly layoutOf: (format: Format) => ParquetLayout }> {
  const whole = await asyncBufferFromFile(path);
  const { byteLength } = whole;
  // Damaged offsets lead out of the file. What they give is short then, and fails where it is decoded; thrown here, the
  // errors of other columns would reach nobody and end the process.
  const within = (at: number | undefined): number => Math.max(0, Math.min(byteLength, Number.isFinite(at) ? Math.trunc(at as number) : 0));
  const file: AsyncBuffer = { byteLength, slice: (start, end = byteLength) => whole.slice(within(start), Math.max(within(start), within(end))) };
  const metadata = await readOr(path, async () => checked(await parquetMetadataAsync(file, { geoparquet: false })));
  const keep: KeepBytes = images ? (bytes, name) => images.keep(bytes, name) : (bytes) => Promise.resolve(imageReference(bytes));
  return {
    rows: rowsOf(path, file, metadata, keep),
    layoutOf: (format) => ({
      version: 1,
      format: format.name,
      container: 'parquet',
      keys: topLevel(metadata),
      numericIds: false,
      schema: metadata.schema.map((element) => ({ ...element })),
      metadata: (metadata.key_value_metadata ?? []).map(({ key, value }) => ({ key, ...(value !== undefined && { value }) })),
    }),
  };
}

/**
 * The metadata, where each column's path leads to a leaf of the schema. hyparquet finds that out only while it reads
 * other columns, whose errors then reach nobody and end the process.
 */
function checked(metadata: FileMetaData): FileMetaData {
  const leaves = new Set<string>();
  const walk = ({ children, path }: SchemaTree): void => void (children.length === 0 ? leaves.add(path.join('.')) : children.forEach(walk));
  walk(parquetSchema(metadata));
  for (const { columns } of metadata.row_groups) {
    const stray = columns.find(({ meta_data }) => !meta_data || !leaves.has(meta_data.path_in_schema.join('.')));
    if (stray) throw new Error(`a column ${stray.meta_data?.path_in_schema.join('.') ?? 'without metadata'}, which its schema does not name`);
  }
  return metadata;
}

async function* rowsOf(path: string, file: AsyncBuffer, metadata: FileMetaData, keep: KeepBytes): AsyncGenerator<Row | BrokenRow, string> {
  let index = 0;
  for (const group of metadata.row_groups) {
    const [rowStart, rowEnd] = [index, index + Number(group.num_rows)];
    const rows = await readOr(path, () => parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors, utf8: false, geoparquet: false, parsers: raw }));
    for (const row of rows) {
      try {
        yield { index, value: (await toJson(row, keep, 'image')) as JsonObject };
      } catch (error) {
        if (!(error instanceof ImageFault)) throw error;
        yield { index, reason: error.message };
      }
      index++;
    }
  }
  return '';
}

/** Names of the columns: the children of the root, each followed by its own. */
function topLevel({ schema }: FileMetaData): readonly string[] {
  const names: string[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at++]?.num_children ?? 0;
    for (let i = 0; i < children; i++) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]?.name as string);
    skip();
  }
  return names;
}

async function readOr<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new InputError({ thing: path, expected: 'a whole Parquet file', found: (error as Error).message, remedy: 'Download or write the file again.' }, { cause: error });
  }
}
