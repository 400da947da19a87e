import type { Annotation } from '../../records/annotation.ts';
import type { Sample } from '../../records/sample.ts';
import type { Connection } from '../connection.ts';
import type { AnnotationChangeTable } from '../tables.ts';
import { type Fields, differenceOf, withFields } from './difference.ts';

/** Fields that are written, and what is done with a sample. */
export type Doing = 'image' | 'task' | 'question' | 'answers' | 'split' | 'box' | 'steps' | 'issues' | 'submit' | 'review';

/** A sample with who did what with it. */
export type Annotated = { readonly sample: Sample; readonly annotation: Annotation };

export type Change = { readonly dataset: number; readonly key: number; readonly author: string; readonly what: Doing; readonly atMs: number; readonly before: Annotated; readonly after: Annotated };

/** A change that can be taken back or made anew. */
export type Step = Pick<AnnotationChangeTable, 'key'> & { readonly id: number; readonly what: Doing };

type Row = Omit<AnnotationChangeTable, 'id'> & { readonly id: number };

/** Changes of one field in this time after each other are one. */
const mergedMs = 5000;

/** What is done at once, and not letter by letter. */
const isWhole = (what: Doing): boolean => what === 'image' || what === 'submit' || what === 'review';

/** Changes of a dataset that can be taken back. */
const mostChanges = 5000;

/** What was changed in samples, in its order; all calls are made within a transaction. */
export class ChangeLog {
  readonly #database: Connection;

  constructor(database: Connection) {
    this.#database = database;
  }

  /** Notes a change that was made. What was taken back before cannot be made anew after it. */
  add({ dataset, key, author, what, atMs, before, after }: Change): void {
    this.#database.run('DELETE FROM annotation_change WHERE dataset = ? AND undone = 1', dataset);
    const last = this.#database.row<Row>('SELECT * FROM annotation_change WHERE dataset = ? ORDER BY id DESC LIMIT 1', dataset);
    if (last && last.key === key && last.author === author && last.what === what && !isWhole(what) && Math.abs(atMs - Date.parse(last.at)) <= mergedMs) {
      this.#merge(last, atMs, before, after);
      return;
    }
    const difference = differenceOf(before.sample, after.sample);
    this.#database.run(
      'INSERT INTO annotation_change(dataset, key, at, author, what, before_sample, before_annotation, after_sample, after_annotation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      dataset, key, timeOf(atMs), author, what, jsonOf(difference?.before), jsonOf(before.annotation), jsonOf(difference?.after), jsonOf(after.annotation),
    );
    this.#database.run('DELETE FROM annotation_change WHERE dataset = ? AND id <= (SELECT id FROM annotation_change WHERE dataset = ? ORDER BY id DESC LIMIT 1 OFFSET ?)', dataset, dataset, mostChanges);
  }

  /** The last change that holds, or the first that was taken back; of samples in the bin none, so that they are as they were when they come back. */
  next(dataset: number, which: 'undo' | 'redo'): Step | undefined {
    const order = which === 'undo' ? 'undone = 0 AND bin IS NULL ORDER BY id DESC' : 'undone = 1 AND bin IS NULL ORDER BY id';
    return this.#database.row<Step>(`SELECT id, key, what FROM (SELECT c.*, bin FROM annotation_change AS c JOIN sample USING (key) WHERE c.dataset = ?) WHERE ${order} LIMIT 1`, dataset);
  }

  /** What the sample is before the change, or after it, and notes that it is so now. */
  apply(id: number, which: 'undo' | 'redo', present: Sample): Annotated {
    const row = this.#database.row<Row>('UPDATE annotation_change SET undone = ? WHERE id = ? RETURNING *', which === 'undo' ? 1 : 0, id) as Row;
    const [to, from, annotation] = which === 'undo' ? [row.before_sample, row.after_sample, row.before_annotation] : [row.after_sample, row.before_sample, row.after_annotation];
    return { sample: to === null ? present : withFields(present, fieldsIn(to), fieldsIn(from)), annotation: JSON.parse(annotation as string) as Annotation };
  }

  #merge(last: Row, atMs: number, before: Annotated, after: Annotated): void {
    const first = last.before_sample === null ? before.sample : withFields(before.sample, fieldsIn(last.before_sample), fieldsIn(last.after_sample));
    const difference = differenceOf(first, after.sample);
    // Typed and taken away again: there is nothing to take back.
    if (!difference && jsonOf(after.annotation) === last.before_annotation) this.#database.run('DELETE FROM annotation_change WHERE id = ?', last.id);
    else this.#database.run('UPDATE annotation_change SET at = ?, before_sample = ?, after_sample = ?, after_annotation = ? WHERE id = ?', timeOf(atMs), jsonOf(difference?.before), jsonOf(difference?.after), jsonOf(after.annotation), last.id);
  }
}

const fieldsIn = (json: string | null): Fields => JSON.parse(json as string) as Fields;

const jsonOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

const timeOf = (ms: number): string => new Date(ms).toISOString();
