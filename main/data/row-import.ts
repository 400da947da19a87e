import path from 'node:path';
import type { Sample, SourceRow } from '../records/sample.ts';
import type { BrokenRow, Row } from './files/json-rows.ts';
import { writeJson } from './files/json-style.ts';
import { type Format, RowFault } from './formats/format.ts';
import { ImageFault, type ImageImport } from './images.ts';
import type { FormatName, Layout } from './layout.ts';
import { hashOf, writtenRows } from './write-rows.ts';

/** What is wrong with a row of a file. */
export type Fault = {
  /** Counted from 0. */
  readonly row: number;
  /** Counted from 1; not in Parquet files. */
  readonly line?: number;
  readonly reason: string;
  /** Whether the row was imported nonetheless. */
  readonly kept: boolean;
};

export type ImportOptions = {
  /** Recognised from the first rows where it is not given. */
  readonly format?: FormatName;
  /** Takes the images in; without it they stay names, and nobody looks whether they are there. */
  readonly images?: ImageImport;
  /** Whether records keep what it takes to write the file again byte by byte. */
  readonly keepText: boolean;
  /** Told before the first row is read. */
  readonly onLayout?: (layout: Layout) => void;
  readonly signal?: AbortSignal;
};

/** Where an import's samples and faults go as they come. */
export type Sink = {
  readonly sample: (sample: Sample) => void | Promise<void>;
  readonly fault: (fault: Fault) => void;
};

/** A row that was read, or why not; with both, it was read without something. */
type Prepared = { readonly row: Row | BrokenRow; readonly sample?: Sample; readonly reason?: string };

/** Rows that are read before the images of the first are there. */
const ahead = 32;

/** The rows of one file becoming samples. */
export class RowImport {
  readonly #stem: string;
  readonly #format: Format;
  readonly #layout: Layout;
  readonly #sink: Sink;
  readonly #options: ImportOptions;
  /** Ids so far, and how many samples wanted each. */
  readonly #ids = new Map<string, number>();
  /** Of a format whose rows are steps: all of them, until their chains can be put together. */
  readonly #steps: Sample[] = [];
  readonly #stepRows = new Map<number, Row>();
  readonly #waiting: (Prepared | Promise<Prepared>)[] = [];
  rows = 0;
  samples = 0;

  constructor(file: string, format: Format, layout: Layout, sink: Sink, options: ImportOptions) {
    this.#stem = path.basename(file).replace(/\.\w+$/, '');
    [this.#format, this.#layout, this.#sink, this.#options] = [format, layout, sink, options];
  }

  async take(row: Row | BrokenRow): Promise<void> {
    const prepared = this.#prepare(row);
    if (prepared instanceof Promise) prepared.catch(() => {}); // is told when its turn comes
    this.#waiting.push(prepared);
    if (this.#waiting.length > ahead) await this.#settle();
  }

  async finish(): Promise<void> {
    while (this.#waiting.length > 0) await this.#settle();
    if (!this.#format.join) return;
    for (const chain of this.#format.join(this.#steps)) {
      await this.#give(chain, (chain.source ?? []).map(({ row }) => this.#stepRows.get(row) as Row));
    }
  }

  /** Reads a row. Its images may take a while, in which the next rows are read. */
  #prepare(row: Row | BrokenRow): Prepared | Promise<Prepared> {
    if ('reason' in row) return { row, reason: row.reason };
    try {
      const sample = this.#format.read(row.value, { defaultId: `${this.#stem}:${row.index}`, ...(row.asWritten && { asWritten: row.asWritten }) });
      const { images } = this.#options;
      return images && (sample.images.length > 0 || sample.cleanImage !== undefined) ? withImages(sample, row, images) : { row, sample };
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      return { row, reason: error.message };
    }
  }

  async #settle(): Promise<void> {
    const { row, reason, sample } = (await this.#waiting.shift()) as Prepared;
    this.rows++;
    if (reason !== undefined) this.#fault(row, reason, sample !== undefined);
    if (!sample || !('value' in row)) return;
    if (row.note !== undefined) this.#fault(row, row.note, true);
    if (!this.#format.join) return this.#give(sample, [row]);
    this.#steps.push({ ...sample, source: [{ row: row.index }] });
    this.#stepRows.set(row.index, row);
  }

  #fault({ index, line }: Row | BrokenRow, reason: string, kept: boolean): void {
    this.#sink.fault({ row: index, ...(line !== undefined && { line }), reason, kept });
  }

  async #give(sample: Sample, rows: readonly Row[]): Promise<void> {
    const id = this.#unused(sample.id);
    if (id !== sample.id) this.#fault(rows[0] as Row, `the id ${sample.id} was there before; this row is ${id}`, true);
    const unique = id === sample.id ? sample : { ...sample, id };
    this.samples++;
    const record = this.#format.join ? withoutSource(unique) : unique;
    await this.#sink.sample(this.#options.keepText ? this.#withSource(record, rows) : record);
  }

  /** The id, or the id with the next number that makes it a new one. */
  #unused(id: string): string {
    let count = this.#ids.get(id) ?? 0;
    let name = id;
    while (this.#ids.has(name)) name = `${id}#${++count}`;
    this.#ids.set(name, 1);
    this.#ids.set(id, Math.max(1, count));
    return name;
  }

  /** Notes of each row what its record does not tell. */
  #withSource(sample: Sample, rows: readonly Row[]): Sample {
    const layout = this.#layout;
    if (layout.container === 'parquet') return { ...sample, source: rows.map(({ index }) => ({ row: index })) };
    if (sample.source) return sample; // a record of ours that came from elsewhere before
    const written = writtenRows(this.#format, sample, layout);
    const source = rows.map(({ index, text, before }, i): SourceRow => {
      const own = writeJson(written[i], layout.style);
      return {
        row: index,
        ...(before !== undefined && before !== layout.between && index > 0 && { before }),
        ...(own !== text && text !== undefined && { text, written: hashOf(own) }),
      };
    });
    return { ...sample, source };
  }
}

/** The sample with references for the names of its images. A clean image may be missing: then nothing is compared with it. */
async function withImages(sample: Sample, row: Row, images: ImageImport): Promise<Prepared> {
  try {
    const { cleanImage, ...rest } = sample;
    const found = { ...rest, images: await Promise.all(sample.images.map((name) => images.reference(name))) };
    if (cleanImage === undefined) return { row, sample: found };
    const clean = await images.reference(cleanImage).catch((error: unknown) => {
      if (error instanceof ImageFault) return error;
      throw error;
    });
    return clean instanceof ImageFault ? { row, sample: found, reason: `${clean.message}; a repaired image cannot be compared with it` } : { row, sample: { ...found, cleanImage: clean } };
  } catch (error) {
    if (!(error instanceof ImageFault)) throw error;
    return { row, reason: error.message };
  }
}

const withoutSource = ({ source: _, ...sample }: Sample): Sample => sample;
