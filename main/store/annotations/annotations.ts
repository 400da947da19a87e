import type { Annotation, AnnotationState } from '../../records/annotation.ts';
import type { ImageIssue } from '../../records/sample.ts';
import type { Connection } from '../connection.ts';
import type { Datasets } from '../datasets/datasets.ts';
import { keyOf, keysOf, ordinalOf } from '../datasets/keys.ts';
import type { AnnotationTable } from '../tables.ts';
import { type Agreement, type ReviewedSample, agreementOf } from './agreement.ts';
import { type Annotated, ChangeLog, type Doing } from './change-log.ts';
import { folded, untouched } from './states.ts';

export type AnnotationCounts = Readonly<Record<AnnotationState, number>>;

/** Which sample was changed, and how. */
export type Undone = { readonly ordinal: number; readonly what: Doing };

type Place = { readonly dataset: number; readonly ordinal: number };

/** Who annotated and reviewed the samples of datasets, and every change of theirs, to be taken back at any time. */
export class Annotations {
  readonly #database: Connection;
  readonly #datasets: Datasets;
  readonly #log: ChangeLog;

  constructor(database: Connection, datasets: Datasets) {
    [this.#database, this.#datasets, this.#log] = [database, datasets, new ChangeLog(database)];
  }

  /** A whole sample with its annotation. @throws InputError where there is none. */
  get({ dataset, ordinal }: Place): Annotated {
    const { sample } = this.#datasets.sample(dataset, ordinal);
    return { sample, annotation: this.of(dataset, [ordinal]).get(ordinal) ?? untouched };
  }

  /** Annotations by ordinal; of samples that nobody has touched there is none. */
  of(dataset: number, ordinals: readonly number[]): ReadonlyMap<number, Annotation> {
    const rows = this.#database.all(this.#database.query.selectFrom('annotation').selectAll().where('key', 'in', ordinals.map((ordinal) => keyOf(dataset, ordinal))));
    return new Map(rows.map((row) => [ordinalOf(row.key), annotationOf(row)]));
  }

  /** Samples in each state, without those in the bin. */
  counts(dataset: number): AnnotationCounts {
    const { samples } = this.#datasets.get(dataset);
    const binned = this.#database.row('SELECT 1 FROM sample WHERE dataset = ? AND bin > 0 LIMIT 1', dataset) !== undefined;
    const rows = this.#database.rows<{ state: AnnotationState; count: number }>(`SELECT state, count(*) AS count FROM annotation ${binned ? 'JOIN sample USING (key)' : ''} WHERE key BETWEEN ? AND ? ${binned ? 'AND bin IS NULL' : ''} GROUP BY state`, ...keysOf(dataset));
    const counts = { draft: 0, submitted: 0, accepted: 0, returned: 0, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) };
    return { new: samples - rows.reduce((sum, { count }) => sum + count, 0), ...counts };
  }

  /**
   * Changes a sample: one thing to take back, together with changes of the same field just before.
   * @param edit What it is then; it may throw, and nothing is changed.
   */
  change({ dataset, ordinal }: Place, { author, what, atMs = Date.now() }: { readonly author: string; readonly what: Doing; readonly atMs?: number }, edit: (before: Annotated) => Annotated): void {
    this.#database.write(() => {
      const before = this.get({ dataset, ordinal });
      const after = edit(before);
      if (JSON.stringify(before) === JSON.stringify(after)) return;
      this.#write({ dataset, ordinal }, before, after);
      this.#log.add({ dataset, key: keyOf(dataset, ordinal), author, what, atMs, before, after });
    });
  }

  /** Takes back the last change of a dataset, whoever made it; nothing where there is none. */
  undo(dataset: number): Undone | undefined {
    return this.#step(dataset, 'undo');
  }

  /** Makes the last change anew that was taken back. */
  redo(dataset: number): Undone | undefined {
    return this.#step(dataset, 'redo');
  }

  /** The ordinals before and after a sample in its dataset. */
  beside({ dataset, ordinal }: Place): { readonly before: number | null; readonly next: number | null } {
    const find = (where: string): number | null => {
      const key = this.#database.row<{ key: number }>(`SELECT key FROM sample WHERE dataset = ? AND bin IS NULL AND ${where} LIMIT 1`, dataset, keyOf(dataset, ordinal))?.key;
      return key === undefined ? null : ordinalOf(key);
    };
    return { before: find('key < ? ORDER BY key DESC'), next: find('key > ? ORDER BY key') };
  }

  /** The next sample that this person may annotate, behind the given one or else from the beginning: new, or a draft or returned one of theirs. */
  nextToAnnotate(place: Place, author: string): number | null {
    return this.#nextAfter(place, "annotation.key IS NULL OR (state IN ('draft', 'returned') AND annotator IN (SELECT value FROM json_each(?)))", this.#spellings(place.dataset, author));
  }

  /** The next submitted sample that somebody else annotated. */
  nextToReview(place: Place, author: string): number | null {
    return this.#nextAfter(place, "state = 'submitted' AND annotator NOT IN (SELECT value FROM json_each(?))", this.#spellings(place.dataset, author));
  }

  /** How far reviewers agree with annotators, over what was accepted or returned and is unchanged since. */
  agreement(dataset: number): Agreement {
    this.#datasets.get(dataset);
    const rows = this.#database.rows<AnnotationTable & { answers: string; kind: ReviewedSample['task']; images: number; issues: string }>("SELECT annotation.*, answers, kind, images, sample.issues AS issues FROM annotation JOIN sample USING (key) WHERE key BETWEEN ? AND ? AND bin IS NULL AND state IN ('submitted', 'accepted', 'returned') ORDER BY key", ...keysOf(dataset));
    return agreementOf(rows.map((row) => ({ annotation: annotationOf(row), answers: JSON.parse(row.answers) as string[], task: row.kind, hasImage: row.images > 0, issues: issuesIn(row.issues) })));
  }

  #step(dataset: number, which: 'undo' | 'redo'): Undone | undefined {
    return this.#database.write(() => {
      this.#datasets.get(dataset);
      const step = this.#log.next(dataset, which);
      if (!step) return undefined;
      const place = { dataset, ordinal: ordinalOf(step.key) };
      const before = this.get(place);
      this.#write(place, before, this.#log.apply(step.id, which, before.sample));
      return { ordinal: place.ordinal, what: step.what };
    });
  }

  #write({ dataset, ordinal }: Place, before: Annotated, { sample, annotation: { state, annotator, reviewer, review, note } }: Annotated): void {
    const key = keyOf(dataset, ordinal);
    if (JSON.stringify(before.sample) !== JSON.stringify(sample)) this.#datasets.update(dataset, ordinal, sample);
    if (state === 'new') this.#database.run('DELETE FROM annotation WHERE key = ?', key);
    else this.#database.run('INSERT OR REPLACE INTO annotation VALUES (?, ?, ?, ?, ?, ?, ?, ?)', key, state, annotator, reviewer, review?.answer ?? null, review?.issues.join(' ') ?? '', note, new Date().toISOString());
  }

  /** A person's name as the dataset spells it, as JSON. */
  #spellings(dataset: number, person: string): string {
    const names = this.#database.rows<{ annotator: string }>('SELECT DISTINCT annotator FROM annotation WHERE key BETWEEN ? AND ? AND annotator IS NOT NULL', ...keysOf(dataset));
    return JSON.stringify(names.map(({ annotator }) => annotator).filter((name) => folded(name) === folded(person)));
  }

  #nextAfter({ dataset, ordinal }: Place, where: string, spellings: string): number | null {
    const find = (range: string): number | undefined => this.#database.row<{ key: number }>(`SELECT sample.key FROM sample LEFT JOIN annotation USING (key) WHERE dataset = ? AND bin IS NULL AND sample.key ${range} ? AND (${where}) ORDER BY sample.key LIMIT 1`, dataset, keyOf(dataset, ordinal), spellings)?.key;
    const key = find('>') ?? find('<');
    return key === undefined ? null : ordinalOf(key);
  }
}

const issuesIn = (text: string): readonly ImageIssue[] => (text === '' ? [] : (text.split(' ') as ImageIssue[]));

const annotationOf = ({ state, annotator, reviewer, review_answer: answer, review_issues: issues, note }: AnnotationTable): Annotation => ({
  state: state as AnnotationState, annotator, reviewer, review: answer === null ? null : { answer, issues: issuesIn(issues) }, note,
});
