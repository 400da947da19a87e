import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../home.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import type { JsonObject } from './files/json-rows.ts';
import { writeJson } from './files/json-style.ts';
import { RowFault } from './formats/format.ts';
import { formats } from './formats/table.ts';
import { isDataUri } from './image-reference.ts';
import type { ImageStore } from './image-store.ts';
import { freshNames, writeImages } from './export-images.ts';
import type { Layout, ParquetLayout, TextLayout } from './layout.ts';
import { writeParquet } from './parquet/write.ts';
import { partOf, removeOldParts } from './unfinished-files.ts';
import { WholeFile } from './whole-file.ts';
import { hashOf, writtenRows } from './write-rows.ts';

export type ExportOptions = {
  readonly store: ImageStore;
  /** Leaves out the fields that came from a file of another format (`extra`). */
  readonly foreign?: boolean;
  /** Where the images are written, under the names by which the file calls them; without it they are not. */
  readonly imagesFolder?: string;
  readonly signal?: AbortSignal;
};

export type Exported = { readonly rows: number; readonly images: number; readonly left: readonly { readonly id: string; readonly reason: string }[] };

type OutRow = { readonly row: number | undefined; readonly value: JsonObject; readonly source: NonNullable<Sample['source']>[number] | undefined };

/**
 * Writes samples as a file laid out like `layout`. With the layout and the records of an import it is the imported file
 * byte by byte (Parquet: row by row), as far as its rows were imported and are unchanged.
 * @returns what was written, and which samples the format cannot hold.
 * @throws InputError for a folder of images where the format names none, and for files that cannot be written; the signal's reason when it is aborted.
 */
export async function exportFile(file: string, samples: readonly Sample[], layout: Layout, { store, foreign = false, imagesFolder, signal }: ExportOptions): Promise<Exported> {
  const format = formats[layout.format];
  if (imagesFolder !== undefined && !format.imageNames) throw new InputError({ thing: `format ${format.name}`, expected: 'one that names image files', found: 'one that does not', remedy: 'Leave the folder for images out.' });
  const fresh = imagesFolder === undefined ? undefined : await freshNames(samples, store);
  const names = new Map<string, string>();
  const left: { id: string; reason: string }[] = [];
  const rows: OutRow[] = [];
  for (const sample of samples) {
    try {
      const { source, ...record } = foreign ? withoutExtra(sample) : sample;
      const written = writtenRows(format, record, layout, (reference) => fresh?.get(reference) ?? reference);
      for (const [i, value] of written.entries()) {
        rows.push({ row: source?.[i]?.row, value, source: source?.[i] });
        for (const [name, reference] of format.imageNames?.(sample, value, i) ?? []) if (!isDataUri(name)) names.set(name, reference);
      }
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      left.push({ id: sample.id, reason: error.message });
    }
  }
  // Steps of different chains may have stood among each other.
  if (rows.every(({ row }) => row !== undefined)) rows.sort((a, b) => (a.row as number) - (b.row as number));
  if (layout.container === 'parquet') await writeParquetFile(file, rows, layout, store);
  else await writeText(file, rows, layout, signal);
  const images = imagesFolder === undefined ? 0 : await writeImages(imagesFolder, names, store, signal);
  return { rows: rows.length, images, left };
}

/** A sample without what its file said besides, and without its rows there. */
function withoutExtra({ extra: _, source: __, chain, ...sample }: Sample): Sample {
  return { ...sample, ...(chain && { chain: chain.map(({ extra: ___, ...step }) => step) }) };
}

async function writeText(file: string, rows: readonly OutRow[], layout: TextLayout, signal: AbortSignal | undefined): Promise<void> {
  const out = new WholeFile(file);
  const empty = rows.length === 0 && layout.container === 'list';
  try {
    await out.write(empty ? '[]\n' : layout.head);
    for (const [i, { value, source }] of rows.entries()) {
      signal?.throwIfAborted();
      const own = writeJson(value, layout.style);
      const unchanged = source?.text !== undefined && hashOf(own) === source.written;
      await out.write(`${i === 0 ? '' : (source?.before ?? layout.between)}${unchanged ? source.text : own}`);
    }
    if (!empty) await out.write(layout.tail);
    await out.finish();
  } catch (error) {
    await out.discard();
    throw error;
  }
}

async function writeParquetFile(file: string, rows: readonly OutRow[], layout: ParquetLayout, store: ImageStore): Promise<void> {
  const part = partOf(file);
  try {
    makeFolders(path.dirname(path.resolve(file)));
    await writeParquet(part, rows.map(({ value }) => value), layout, (reference) => store.read(reference));
    await rename(part, file);
    await removeOldParts(file);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof InputError) throw error;
    // The system's refusals say more than that.
    if ((error as NodeJS.ErrnoException).syscall !== undefined) {
      return withFile(file, 'a file that can be written', () => {
        throw error;
      });
    }
    throw new InputError({ thing: file, expected: 'rows that fit the columns of the file', found: (error as Error).message, remedy: 'Export as another format, or import the file again.' }, { cause: error });
  }
}
