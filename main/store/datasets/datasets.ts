import { sql } from 'kysely';
import type { ImageStore } from '../../data/image-store.ts';
import { type Layout, layout as layoutSchema } from '../../data/layout.ts';
import { InputError } from '../../records/input-error.ts';
import type { ImageIssue, Sample } from '../../records/sample.ts';
import type { Connection } from '../connection.ts';
import { type SampleFilter, samplesWhere } from './filter.ts';
import { keyOf, keysOf, ordinalOf } from './keys.ts';
import { type DatasetImport, importDataset } from './import-dataset.ts';
import { freeName, newDataset } from './new-dataset.ts';
import { type SplitShares, assignSplits } from './splits.ts';
import { type DatasetStatistics, type SampleCounts, countSamples, statisticsOf } from './statistics.ts';
import { matchOf } from './words.ts';
import { writeSample } from './write-samples.ts';

export type DatasetRow = {
  readonly id: number;
  readonly name: string;
  /** Files it was read from. */
  readonly source: string;
  readonly format: string;
  readonly createdAt: string;
  readonly editedAt: string;
  readonly samples: number;
  /** Rows of its files that were left out, or read without something. */
  readonly faults: number;
};

export type SampleRow = {
  readonly ordinal: number;
  readonly id: string;
  readonly kind: Sample['task'];
  readonly split: string | null;
  readonly question: string;
  readonly answers: readonly string[];
  /** The first four. */
  readonly images: readonly string[];
  readonly imageCount: number;
  readonly issues: readonly ImageIssue[];
  /** Steps of its annotated chain. */
  readonly steps: number;
  readonly tags: readonly string[];
};

export type SamplePage = {
  readonly filter?: SampleFilter;
  readonly offset?: number;
  /** Only samples behind this ordinal. */
  readonly after?: number;
  readonly limit?: number;
};

export type FaultRow = { readonly file: string; /** Counted from 0. */ readonly row: number; /** Counted from 1. */ readonly line: number | null; readonly reason: string; /** Whether the row was imported nonetheless. */ readonly kept: boolean };

/** Datasets and their samples. They are kept in the database alone; a sample's ordinal never changes. */
export class Datasets {
  readonly #database: Connection;
  readonly #images: ImageStore;

  constructor(database: Connection, images: ImageStore) {
    [this.#database, this.#images] = [database, images];
  }

  /** The latest first. */
  list(): readonly DatasetRow[] {
    return this.#database.rows<DatasetRow>(`${datasetRows} ORDER BY id DESC`);
  }

  /** @throws InputError where there is no such dataset. */
  get(id: number): DatasetRow {
    const row = this.#database.row<DatasetRow>(`${datasetRows} AND id = ?`, id);
    if (row) return row;
    const names = this.list().map(({ name }) => name);
    throw new InputError({ thing: `dataset ${id}`, expected: names.length > 0 ? `one of ${names.slice(0, 8).join(', ')}` : 'a dataset', found: 'none of this number', remedy: 'Choose a dataset from the list; it may have been removed.' });
  }

  /** Reads files into a new dataset. @throws InputError, or the signal's reason; then nothing is left of it. */
  async import(wish: DatasetImport): Promise<DatasetRow> {
    return this.get(await importDataset(this.#database, this.#images, wish));
  }

  /** A dataset without samples. @throws InputError for a name that is taken. */
  create(name: string): DatasetRow {
    return this.#database.write(() => this.get(newDataset(this.#database, { name, source: '', format: 'samples' })));
  }

  /** The name, or with a number behind it where another dataset has it. */
  freeName(name: string): string {
    const names = new Set(this.list().map((each) => each.name));
    let free = name;
    for (let n = 2; names.has(free); n++) free = `${name} ${n}`;
    return free;
  }

  rename(id: number, name: string): void {
    this.#database.write(() => {
      if (this.get(id).name === name) return;
      this.#database.run('UPDATE dataset SET name = ? WHERE id = ?', freeName(this.#database, name), id);
      this.#touch(id);
    });
  }

  /** Adds a sample at the end. @returns its ordinal. @throws InputError where its id is there already. */
  add(id: number, sample: Sample): number {
    return this.#database.write(() => {
      this.get(id);
      this.#assertNewId(id, sample.id);
      const { next } = this.#database.row<{ next: number }>('UPDATE dataset SET next_ordinal = next_ordinal + 1 WHERE id = ? RETURNING next_ordinal - 1 AS next', id) as { next: number };
      writeSample(this.#database, id, next, sample);
      this.#touch(id);
      return next;
    });
  }

  /** The id for a new sample, or with a number behind it where the dataset has it. */
  freeId(id: number, sample: string): string {
    let free = sample;
    for (let n = 2; this.#hasId(id, free); n++) free = `${sample}-${n}`;
    return free;
  }

  /** Writes a sample anew. @throws InputError where there is none, or another one has the new id. */
  update(id: number, ordinal: number, sample: Sample): void {
    this.#database.write(() => {
      if (this.sample(id, ordinal).sample.id !== sample.id) this.#assertNewId(id, sample.id);
      writeSample(this.#database, id, ordinal, sample);
      this.#touch(id);
    });
  }

  page(id: number, { filter = {}, offset = 0, after, limit = 100 }: SamplePage = {}): { readonly total: number; readonly rows: readonly SampleRow[] } {
    this.get(id);
    // The keys alone are found in an index; a page's rows are read then.
    const found = this.#wordsAlone(id, filter) ?? samplesWhere(this.#database, id, filter).select('sample.key');
    const total = this.#database.first(this.#database.query.selectFrom(found.as('found')).select((e) => e.fn.countAll<number>().as('total')))?.total ?? 0;
    const paged = this.#database.query.selectFrom(found.as('found')).select('key').where('key', '>', after === undefined ? -1 : keyOf(id, after)).orderBy('key').limit(limit).offset(offset);
    const keys = this.#database.all(paged).map(({ key }) => key);
    const rows = this.#database.all(this.#database.query.selectFrom('sample').where('key', 'in', keys).orderBy('key').select(['key', 'id', 'kind', 'split', 'question', 'answers', 'shown_images', 'images', 'issues', 'steps', sql<string>`(SELECT json_group_array(tag ORDER BY tag) FROM sample_tag WHERE sample_tag.key = sample.key)`.as('tags')]));
    return {
      total,
      rows: rows.map(({ key, kind, split, answers, shown_images: shown, images, issues, tags, ...row }) => ({
        ...row, ordinal: ordinalOf(key), kind: kind as Sample['task'], split: split === '' ? null : split, answers: JSON.parse(answers) as string[], images: JSON.parse(shown) as string[], imageCount: images, issues: issuesOf(issues), tags: JSON.parse(tags) as string[],
      })),
    };
  }

  /** A whole sample. @throws InputError where there is none. */
  sample(id: number, ordinal: number): { readonly ordinal: number; readonly sample: Sample; readonly tags: readonly string[] } {
    const key = keyOf(id, ordinal);
    const row = this.#database.row<{ json: string; split: string }>('SELECT json, split FROM sample JOIN sample_record USING (key) WHERE key = ? AND bin IS NULL', key);
    if (!row) throw new InputError({ thing: `dataset ${this.get(id).name}, sample ${ordinal}`, expected: 'a sample', found: 'none', remedy: 'Choose one of the list; it may have been removed.' });
    return { ordinal, sample: recordOf(row), tags: this.#database.tuples<readonly [string]>('SELECT tag FROM sample_tag WHERE key = ? ORDER BY tag', key).map(([tag]) => tag) };
  }

  /** How many of the samples that fit stand before an ordinal: the place of its sample in their list. */
  placeOf(id: number, ordinal: number, filter: SampleFilter = {}): number {
    const before = samplesWhere(this.#database, id, filter).where('sample.key', '<', keyOf(id, ordinal));
    return this.#database.first(before.select((e) => e.fn.countAll<number>().as('count')))?.count ?? 0;
  }

  /** Where a sample of this id is, in the latest dataset first. */
  find(sample: string): readonly { readonly dataset: number; readonly ordinal: number }[] {
    return this.#database.rows<{ key: number; dataset: number }>(`SELECT key, dataset FROM sample WHERE id = ? AND bin IS NULL AND dataset IN (SELECT id FROM (${datasetRows})) ORDER BY key DESC`, sample).map(({ key, dataset }) => ({ dataset, ordinal: ordinalOf(key) }));
  }

  /** Whole samples in their order, for export and training. */
  *records(id: number, filter: SampleFilter = {}): Generator<Sample> {
    const batch = 500;
    for (let after = keysOf(id)[0] - 1; ; ) {
      const keys = samplesWhere(this.#database, id, filter).where('sample.key', '>', after).select('sample.key').orderBy('sample.key').limit(batch);
      const { sql: text, parameters } = keys.compile();
      const rows = this.#database.rows<{ key: number; json: string; split: string }>(`SELECT key, json, split FROM sample JOIN sample_record USING (key) WHERE key IN (${text}) ORDER BY key`, ...(parameters as (string | number)[]));
      for (const row of rows) yield recordOf(row);
      if (rows.length < batch) return;
      after = rows.at(-1)?.key ?? after;
    }
  }

  /** How many of the samples that fit have each value of what can be filtered by. */
  counts(id: number, filter: SampleFilter = {}): SampleCounts {
    return countSamples(this.#database, this.get(id).id, filter);
  }

  /** What is in it, for charts. */
  statistics(id: number): DatasetStatistics {
    return statisticsOf(this.#database, this.get(id).id);
  }

  /** Puts every sample into a split by a seeded draw. @returns samples of each. */
  assignSplits(id: number, wish: SplitShares): Promise<Readonly<Record<string, number>>> {
    return assignSplits(this.#database, this.get(id).id, wish);
  }

  /** How its file was written; for an export with the same bytes. */
  layout(id: number): Layout | undefined {
    const text = this.#database.row<{ layout: string | null }>('SELECT layout FROM dataset WHERE id = ?', this.get(id).id)?.layout;
    return text ? layoutSchema.parse(JSON.parse(text)) : undefined;
  }

  /** What was wrong with rows of its files, in their order. */
  faults(id: number, { offset = 0, limit = 100 }: { readonly offset?: number; readonly limit?: number } = {}): { readonly total: number; readonly rows: readonly FaultRow[] } {
    const { faults: total } = this.get(id);
    return { total, rows: this.#database.rows<Omit<FaultRow, 'kept'> & { kept: number }>('SELECT file, row, line, reason, kept FROM dataset_fault WHERE dataset = ? ORDER BY place LIMIT ? OFFSET ?', id, limit, offset).map((row) => ({ ...row, kept: row.kept === 1 })) };
  }

  /** Gives samples a tag, or takes it away. @throws InputError where one of them is not there. */
  tag(id: number, ordinals: readonly number[], tag: string, on: boolean): void {
    const name = tag.trim();
    if (name === '') throw new InputError({ thing: 'a tag', expected: 'a word', found: 'nothing', remedy: 'Name the tag.' });
    this.#database.write(() => {
      for (const ordinal of ordinals) {
        if (!on) this.#database.run('DELETE FROM sample_tag WHERE key = ? AND tag = ?', keyOf(id, ordinal), name);
        else if (this.#database.row('SELECT 1 FROM sample WHERE key = ? AND bin IS NULL', keyOf(id, ordinal))) this.#database.run('INSERT OR IGNORE INTO sample_tag VALUES (?, ?)', keyOf(id, ordinal), name);
        else this.sample(id, ordinal);
      }
      this.#touch(id);
    });
  }

  /** Keys of a search without other filters: the words tell them, unless some of the samples are in the bin. */
  #wordsAlone(id: number, { text, ...others }: SampleFilter) {
    const filtered = Object.values(others).some((each) => each !== undefined);
    const match = text === undefined || filtered ? undefined : matchOf(text);
    if (match === undefined || this.#database.row('SELECT 1 FROM sample WHERE dataset = ? AND bin > 0 LIMIT 1', id)) return undefined;
    const [first, last] = keysOf(id);
    return this.#database.query.selectFrom('sample_words').select('rowid as key').where('sample_words', '=', match).where('rowid', '>=', first).where('rowid', '<=', last);
  }

  #hasId(id: number, sample: string): boolean {
    return this.#database.row('SELECT 1 FROM sample WHERE id = ? AND dataset = ?', sample, id) !== undefined;
  }

  #assertNewId(id: number, sample: string): void {
    if (this.#hasId(id, sample)) throw new InputError({ thing: `sample ${sample}`, expected: 'an id that the dataset has not yet', found: 'a sample with this id, perhaps in the bin', remedy: 'Choose another id.' });
  }

  #touch(id: number): void {
    this.#database.run('UPDATE dataset SET edited_at = ? WHERE id = ?', new Date().toISOString(), id);
  }
}

const datasetRows = `SELECT id, name, source, format, created_at AS createdAt, edited_at AS editedAt,
  (SELECT count(*) FROM sample WHERE sample.dataset = dataset.id AND sample.bin IS NULL) AS samples, (SELECT count(*) FROM dataset_fault WHERE dataset_fault.dataset = dataset.id) AS faults
  FROM dataset WHERE importing_by IS NULL AND bin IS NULL`;

/** The record, in the split that it was given last. */
function recordOf({ json, split }: { readonly json: string; readonly split: string }): Sample {
  const record = JSON.parse(json) as Sample;
  const { split: before = '', ...rest } = record;
  if (before === split) return record; // with its fields in their order, for the same bytes
  return split === '' ? rest : { ...rest, split };
}

const issuesOf = (text: string): readonly ImageIssue[] => (text === '' ? [] : (text.split(' ') as ImageIssue[]));
