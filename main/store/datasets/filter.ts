import { sql } from 'kysely';
import type { AnnotationState } from '../../records/annotation.ts';
import type { ImageIssue, Sample } from '../../records/sample.ts';
import type { Connection } from '../connection.ts';
import { keysOf } from './keys.ts';
import { matchOf } from './words.ts';

export type SampleFilter = {
  /** Words of question and answers; all have to be there. */
  readonly text?: string;
  readonly kind?: Sample['task'];
  /** '' for samples of no split. */
  readonly split?: string;
  /** Whether it shows an image. */
  readonly image?: boolean;
  readonly tag?: string;
  readonly issue?: ImageIssue;
  /** `new`: nobody has annotated it here. */
  readonly annotation?: AnnotationState;
};

/** The samples of a dataset that fit, without those in the bin. */
export function samplesWhere(database: Connection, dataset: number, { text, kind, split, image, tag, issue, annotation }: SampleFilter) {
  let found = database.query.selectFrom('sample').where('sample.dataset', '=', dataset).where('sample.bin', 'is', null);
  if (kind !== undefined) found = found.where('sample.kind', '=', kind);
  if (split !== undefined) found = found.where('sample.split', '=', split);
  if (image !== undefined) found = found.where('sample.images', image ? '>' : '=', 0);
  if (issue !== undefined) found = found.where(sql<boolean>`' ' || sample.issues || ' ' LIKE ${`% ${issue} %`}`);
  if (tag !== undefined) found = found.where('sample.key', 'in', (e) => e.selectFrom('sample_tag').select('sample_tag.key').where('sample_tag.tag', '=', tag));
  if (annotation !== undefined) {
    found = found.where((e) => {
      const row = e.selectFrom('annotation').select('annotation.key').whereRef('annotation.key', '=', 'sample.key');
      return annotation === 'new' ? e.not(e.exists(row)) : e.exists(row.where('annotation.state', '=', annotation));
    });
  }
  const match = text === undefined ? undefined : matchOf(text);
  if (match !== undefined) {
    const [first, last] = keysOf(dataset);
    found = found.where('sample.key', 'in', (e) => e.selectFrom('sample_words').select('rowid').where('sample_words', '=', match).where('rowid', '>=', first).where('rowid', '<=', last));
  }
  return found;
}
