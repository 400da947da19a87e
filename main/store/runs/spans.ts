import type { Connection } from '../connection.ts';

// What a metric was over each stretch of 64 steps: its lowest and its highest value with their steps, and its sum. A curve of
// 100,000 points is drawn from 1,600 such rows, and no spike is lost.

/** Steps of a span; the migration that fills the table knows it too. */
export const spanSteps = 64;

export const spanOf = (step: number): number => Math.floor(step / spanSteps);

/** Writes a value, or one in place of what the run said of this step before. */
export function writeNumber(database: Connection, run: number, name: number, step: number, value: number): void {
  const isNew = database.run('INSERT OR IGNORE INTO metric VALUES (?, ?, ?, ?)', run, name, step, value).changes > 0;
  if (isNew) {
    database.run(
      `INSERT INTO metric_span VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET
         low_step = iif(excluded.low < low, excluded.low_step, low_step), low = min(low, excluded.low),
         high_step = iif(excluded.high > high, excluded.high_step, high_step), high = max(high, excluded.high),
         count = count + 1, total = total + excluded.total`,
      run, name, spanOf(step), step, value, step, value, value,
    );
    return;
  }
  database.run('UPDATE metric SET value = ? WHERE run = ? AND name = ? AND step = ?', value, run, name, step);
  countAgain(database, run, spanOf(step));
}

/** Takes back what a run said of the steps after this one. */
export function removeNumbersAfter(database: Connection, run: number, step: number): void {
  database.run('DELETE FROM metric WHERE run = ? AND name IN (SELECT id FROM metric_name) AND step > ?', run, step);
  database.run('DELETE FROM metric_span WHERE run = ? AND name IN (SELECT id FROM metric_name) AND span >= ?', run, spanOf(step + 1));
  countAgain(database, run, spanOf(step + 1));
}

/** Spans of a run that an older version indexed: a short one, so it takes no time. */
export function fillSpans(database: Connection, run: number): void {
  if (hasSpans(database, run)) return;
  database.write(() => {
    const last = database.row<{ step: number | null }>('SELECT max(step) AS step FROM metric WHERE run = ? AND name IN (SELECT id FROM metric_name)', run)?.step ?? -1;
    for (let span = 0; span <= spanOf(last); span++) countAgain(database, run, span);
    database.run('UPDATE run SET spans = 1 WHERE id = ?', run);
  });
}

export const hasSpans = (database: Connection, run: number): boolean => database.row<{ spans: number }>('SELECT spans FROM run WHERE id = ?', run)?.spans === 1;

/** A span of a run from its values; of equal values the first counts. */
function countAgain(database: Connection, run: number, span: number): void {
  database.run('DELETE FROM metric_span WHERE run = ? AND name IN (SELECT id FROM metric_name) AND span = ?', run, span);
  const of = (what: 'min' | 'max'): string => `SELECT run, name, step, ${what}(value) AS value, count(*) AS count, total(value) AS total FROM metric WHERE run = ? AND name IN (SELECT id FROM metric_name) AND step BETWEEN ? AND ? GROUP BY name`;
  const stretch = [run, span * spanSteps, (span + 1) * spanSteps - 1];
  database.run(
    `INSERT INTO metric_span SELECT low.run, low.name, ?, low.step, low.value, high.step, high.value, low.count, low.total FROM (${of('min')}) AS low JOIN (${of('max')}) AS high USING (name)`,
    span, ...stretch, ...stretch,
  );
}
