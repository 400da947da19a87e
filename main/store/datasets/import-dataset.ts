import path from 'node:path';
import type { ImageStore } from '../../data/image-store.ts';
import { ImageImport } from '../../data/images.ts';
import { importFile } from '../../data/import.ts';
import type { FormatName } from '../../data/layout.ts';
import type { Fault } from '../../data/row-import.ts';
import { isAlive } from '../../process-lock.ts';
import { InputError } from '../../records/input-error.ts';
import type { Sample } from '../../records/sample.ts';
import type { Connection } from '../connection.ts';
import { inSlices } from '../slices.ts';
import { freeName, newDataset } from './new-dataset.ts';
import { eraseSamples, writeSample } from './write-samples.ts';

export type DatasetImport = {
  readonly name: string;
  readonly files: readonly string[];
  /** Recognised where it is not given. */
  readonly format?: FormatName;
  /** Where the files' images are; beside each file by default. false leaves them as names. */
  readonly images?: string | false;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly file: string; readonly samples: number; readonly faults: number }) => void;
};

/** Samples that are written in one transaction. */
const batchSize = 200;

/**
 * Reads files into a new dataset, which is seen when it is whole.
 * @returns its number.
 * @throws InputError for files that hold no sample, the signal's reason when it is aborted; then nothing is left.
 */
export async function importDataset(database: Connection, store: ImageStore, { name, files, format, images, signal, onProgress }: DatasetImport): Promise<number> {
  const dataset = database.write(() => newDataset(database, { name, source: files.join('\n'), format: '', importing: true }));
  const batch = new Batch(database, dataset);
  try {
    let layout: string | null = null;
    const formats = new Set<string>();
    for (const file of files) {
      const imageImport = images === false ? undefined : new ImageImport(store, images ?? path.dirname(file));
      const sample = async (each: Sample): Promise<void> => {
        batch.sample(each, file);
        if (!batch.isFull) return;
        batch.write();
        onProgress?.({ file, samples: batch.samples, faults: batch.faults });
        await new Promise(setImmediate);
        signal?.throwIfAborted();
      };
      const imported = await importFile(file, { sample, fault: (fault) => batch.fault(fault, file) }, { keepText: files.length === 1, ...(imageImport && { images: imageImport }), ...(format && { format }), ...(signal && { signal }) });
      formats.add(imported.layout.format);
      if (files.length === 1) layout = JSON.stringify(imported.layout);
    }
    signal?.throwIfAborted();
    batch.write();
    if (batch.samples === 0) throw new InputError({ thing: files.join(', '), expected: 'at least one sample', found: batch.faults === 1 ? '1 row with a fault' : `${batch.faults} rows with faults`, remedy: 'Mend the rows: arft data inspect FILE says what is wrong with each.' });
    onProgress?.({ file: files.at(-1) ?? '', samples: batch.samples, faults: batch.faults });
    database.write(() => {
      freeName(database, name); // another one may have taken it meanwhile
      database.run('UPDATE dataset SET importing_by = NULL, format = ?, layout = ?, next_ordinal = ? WHERE id = ?', [...formats].join(', '), layout, batch.samples, dataset);
    });
    return dataset;
  } catch (error) {
    await eraseDataset(database, dataset);
    throw error;
  }
}

/** Erases what imports left behind whose processes are gone. */
export async function eraseUnfinished(database: Connection): Promise<void> {
  const left = database.rows<{ id: number; by: number }>('SELECT id, importing_by AS by FROM dataset WHERE importing_by IS NOT NULL');
  for (const { id, by } of left) if (!isAlive(by)) await eraseDataset(database, id);
}

/** Removes a dataset for good, a part at a time. */
export async function eraseDataset(database: Connection, dataset: number): Promise<void> {
  await inSlices(() => eraseSamples(database, { dataset }, batchSize));
  database.write(() => {
    database.run('DELETE FROM dataset_fault WHERE dataset = ?', dataset);
    database.run('DELETE FROM dataset WHERE id = ?', dataset);
  });
}

/** Samples and faults on their way into the database. */
class Batch {
  readonly #database: Connection;
  readonly #dataset: number;
  readonly #ids = new Set<string>();
  #waiting: Sample[] = [];
  #faults: (readonly [Fault, file: string])[] = [];
  samples = 0;
  faults = 0;

  constructor(database: Connection, dataset: number) {
    [this.#database, this.#dataset] = [database, dataset];
  }

  get isFull(): boolean {
    return this.#waiting.length >= batchSize;
  }

  /** Ids are unique within a file; those of several files may be the same. */
  sample(sample: Sample, file: string): void {
    let { id } = sample;
    for (let n = 1; this.#ids.has(id); n++) id = `${path.basename(file)}${n === 1 ? '' : `#${n}`}:${sample.id}`;
    this.#ids.add(id);
    this.#waiting.push(id === sample.id ? sample : { ...sample, id });
  }

  fault(fault: Fault, file: string): void {
    this.#faults.push([fault, file]);
  }

  write(): void {
    this.#database.write(() => {
      for (const [i, sample] of this.#waiting.entries()) writeSample(this.#database, this.#dataset, this.samples + i, sample);
      for (const [i, [{ row, line, reason, kept }, file]] of this.#faults.entries()) this.#database.run('INSERT INTO dataset_fault VALUES (?, ?, ?, ?, ?, ?, ?)', this.#dataset, this.faults + i, path.basename(file), row, line ?? null, reason, Number(kept));
    });
    this.samples += this.#waiting.length;
    this.faults += this.#faults.length;
    [this.#waiting, this.#faults] = [[], []];
  }
}
