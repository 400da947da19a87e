import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { exportFile } from '../data/export.ts';
import { formats } from '../data/formats/table.ts';
import type { FormatName, Layout } from '../data/layout.ts';
import { noteOutside } from '../data/outside-places.ts';
import { InputError } from '../records/input-error.ts';
import type { SampleFilter } from '../store/datasets/filter.ts';
import type { Store } from '../store/store.ts';

export type ExportWish = { readonly dataset: number; readonly filter: SampleFilter; readonly format: FormatName | null; readonly folder: string; readonly images: boolean };

/** Samples that a format cannot hold, of which an answer tells. */
const mostReasons = 100;

/**
 * Writes samples of a dataset into a new folder of its own under `folder`, with their images where that is wished and the
 * format names files.
 * @throws InputError where the folder cannot be written to, or the dataset has no one format of its own.
 */
export async function exportDataset({ home, datasets, images: store }: Store, { dataset, filter, format, folder, images }: ExportWish, signal: AbortSignal) {
  const { name, format: from } = datasets.get(dataset);
  const kept = datasets.layout(dataset);
  const to = format ?? kept?.format;
  if (to === undefined) throw new InputError({ thing: `dataset ${name}`, expected: 'one imported file, whose format it could have again', found: from === '' ? 'a dataset that was made here' : `several files (${from})`, remedy: 'Choose a format.' });
  const layout = kept?.format === to ? kept : formats[to].fresh;
  const place = await newFolder(folder, name);
  const file = path.join(place, `${path.basename(place)}${suffixOf(layout)}`);
  // Fields of another format's file mean nothing in this one.
  const foreign = to !== 'samples' && from !== to && from !== '';
  try {
    const written = await exportFile(file, [...datasets.records(dataset, filter)], layout, { store, foreign, signal, ...(images && formats[to].imageNames && { imagesFolder: place }) });
    if (to === 'samples') await noteOutside(home, file);
    return { file, rows: written.rows, images: written.images, left: written.left.length, reasons: written.left.slice(0, mostReasons) };
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw error;
  }
}

const suffixOf = ({ container }: Layout): string => (container === 'parquet' ? '.parquet' : container === 'list' ? '.json' : '.jsonl');

/** A folder that was not there before, so that nothing is overwritten. */
async function newFolder(parent: string, name: string): Promise<string> {
  const safe = name.replaceAll(/[^\p{L}\p{N}. _()-]/gu, '_').replace(/^\.+/, '_').slice(0, 80).trim() || 'dataset';
  let place = path.join(parent, safe);
  for (let n = 2; existsSync(place); n++) place = path.join(parent, `${safe}-${n}`);
  try {
    await mkdir(place, { recursive: true });
  } catch (error) {
    throw new InputError({ thing: place, expected: 'a folder that can be made', found: (error as Error).message, remedy: 'Choose another folder, or check its permissions.' }, { cause: error });
  }
  return place;
}
