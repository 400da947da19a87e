import { type FileHandle, open } from 'node:fs/promises';
import { parquetMetadataAsync, parquetScan, parquetSchema } from 'hyparquet';
import type { AsyncBuffer, Compressors, FileMetaData, SchemaTree } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { imageReference } from '../image-reference.ts';
import type { DecodedImage, ParquetHead } from './decoder-protocol.ts';
import { toJson } from './values.ts';

/** Of one row, and of one page when it is unpacked: what is larger is damaged, or does not fit into memory. */
const largestBytes = 1024 ** 3;

export type DecodeSink = {
  /** Told before something is decoded that may take a while, with its bytes in the file. */
  readonly enter: (what: string, bytes: number) => void;
  readonly head: (head: ParquetHead) => Promise<void>;
  /** A row as JSON can hold it, the images in it, and about its bytes. */
  readonly row: (row: unknown, images: readonly Omit<DecodedImage, 'row'>[], bytes: number) => Promise<void> | undefined;
};

/** Reads a Parquet file row group by row group. Throws whatever hyparquet does where it is damaged, or never returns. */
export async function decodeParquet(path: string, sink: DecodeSink): Promise<void> {
  const handle = await open(path);
  try {
    sink.enter('its metadata', 0);
    const file = await buffered(handle);
    const metadata = checked(await parquetMetadataAsync(file, { geoparquet: false }));
    const keyValues = (metadata.key_value_metadata ?? []).map(({ key, value }) => ({ key, ...(value !== undefined && { value }) }));
    await sink.head({ schema: metadata.schema.map((element) => ({ ...element })), metadata: keyValues });
    for (const [i, group] of metadata.row_groups.entries()) await decodeGroup(file, { ...metadata, num_rows: group.num_rows, row_groups: [group] }, `row group ${i + 1}`, sink);
  } finally {
    await handle.close();
  }
}

/** The file. Damaged offsets lead out of it; what they give is short then, and fails where it is decoded. */
async function buffered(handle: FileHandle): Promise<AsyncBuffer> {
  const { size: byteLength } = await handle.stat();
  const within = (at: number): number => Math.max(0, Math.min(byteLength, Math.trunc(at) || 0));
  return {
    byteLength,
    slice: async (from, to = byteLength) => {
      const start = within(from);
      const bytes = new Uint8Array(Math.max(0, within(to) - start));
      let done = 0;
      for (let more = -1; done < bytes.length && more !== 0; done += more) more = (await handle.read(bytes, done, Math.min(bytes.length - done, 2 ** 30), start + done)).bytesRead;
      if (done < bytes.length) throw new Error(`${byteLength - bytes.length + done} bytes; it was cut off while it was read`);
      return bytes.buffer;
    },
  };
}

/** Pages that are too large to be true are not unpacked. */
const boundedCompressors: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, unpack]) => [codec, (input: Uint8Array, length: number) => {
    if (!(length >= 0 && length <= largestBytes)) throw new Error(`a page of ${length} bytes`);
    return unpack(input, length);
  }]),
);

/** Values stay as they are stored, so that they can be stored so again. */
const raw = { timestampFromMilliseconds: same, timestampFromMicroseconds: same, timestampFromNanoseconds: same, dateFromDays: same };

function same<T>(value: T): T {
  return value;
}

/** The metadata, where each column's path leads to a leaf of the schema. */
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

/** The one row group of the metadata: its columns one after the other, then its rows. */
async function decodeGroup(file: AsyncBuffer, metadata: FileMetaData, name: string, sink: DecodeSink): Promise<void> {
  const [group] = metadata.row_groups as [FileMetaData['row_groups'][number]];
  const count = Number(group.num_rows);
  if (count === 0) return;
  const scan = await parquetScan({ file, metadata, compressors: boundedCompressors, useOffsetIndex: false, utf8: false, geoparquet: false, parsers: raw });
  const columns: [name: string, values: ArrayLike<unknown>][] = [];
  for (const { element: { name: column } } of parquetSchema(metadata).children) {
    const chunks = group.columns.filter(({ meta_data }) => meta_data?.path_in_schema[0] === column);
    sink.enter(`${name}, column ${column}`, chunks.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0));
    const values = await scan.readColumn({ column, rowStart: 0, rowEnd: count });
    if (values.length !== count) throw new Error(`${values.length} values for ${count} rows`);
    columns.push([column, values]);
  }
  if (columns.length === 0) throw new Error(`${count} rows without a column`);
  sink.enter(name, 0);
  for (let i = 0; i < count; i++) {
    const row = Object.fromEntries(columns.map(([column, values]) => [column, values[i]]));
    const bytes = bytesOf(row);
    if (bytes > largestBytes) throw new Error(`a row of ${Math.round(bytes / 1024 ** 2)} MiB`);
    const images: Omit<DecodedImage, 'row'>[] = [];
    const keep = (content: Uint8Array, label: string): string => {
      const reference = imageReference(content);
      images.push({ name: label, reference, bytes: content });
      return reference;
    };
    const taken = sink.row(toJson(row, keep, 'image'), images, bytes);
    if (!taken) continue;
    await taken;
    sink.enter(name, 0);
  }
}

/** About the memory of a value. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let sum = 8;
  for (const each of Array.isArray(value) ? (value as readonly unknown[]) : Object.values(value)) sum += bytesOf(each);
  return sum;
}
