import type { Sample } from '../../records/sample.ts';
import type { Connection } from '../connection.ts';
import { keyOf } from './keys.ts';
import { wordsOf } from './words.ts';

/** Images of a sample that a list shows. */
const shownImages = 4;

/** Writes a sample at its place, instead of what is there. */
export function writeSample(database: Connection, dataset: number, ordinal: number, sample: Sample): void {
  const key = keyOf(dataset, ordinal);
  const { id, task, split = '', question, answers, images, issues = [], chain = [] } = sample;
  database.run(
    `INSERT INTO sample(key, dataset, kind, split, images, issues, answer_count, steps, question_length, id, question, answers, shown_images) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, split = excluded.split, images = excluded.images, issues = excluded.issues, answer_count = excluded.answer_count, steps = excluded.steps,
       question_length = excluded.question_length, id = excluded.id, question = excluded.question, answers = excluded.answers, shown_images = excluded.shown_images`,
    key, dataset, task, split, images.length, issues.join(' '), answers.length, chain.length, question.length, id.toWellFormed(), question.toWellFormed(), JSON.stringify(answers), JSON.stringify(images.slice(0, shownImages)),
  );
  database.run('INSERT OR REPLACE INTO sample_record VALUES (?, ?)', key, JSON.stringify(sample));
  const [inQuestion, inAnswers] = wordsOf(sample);
  database.run('INSERT OR REPLACE INTO sample_words(rowid, question, answers) VALUES (?, ?, ?)', BigInt(key), inQuestion, inAnswers);
}

/** Removes up to `most` samples for good. @returns whether there may be more. */
export function eraseSamples(database: Connection, which: { readonly dataset: number } | { readonly bin: number }, most: number): boolean {
  const [column, value] = 'dataset' in which ? ['dataset', which.dataset] : ['bin', which.bin];
  return database.write(() => {
    const keys = database.tuples<readonly [number]>(`SELECT key FROM sample WHERE ${column} = ? LIMIT ?`, value, most);
    for (const [key] of keys) {
      database.run('DELETE FROM sample_words WHERE rowid = ?', BigInt(key));
      database.run('DELETE FROM sample WHERE key = ?', key);
    }
    return keys.length === most;
  });
}
