import { readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../../main/store/open-database.ts';
import { Connection } from '../../../main/store/connection.ts';
import { migrations } from '../../../main/store/migrations.ts';
import { fillSpans } from '../../../main/store/runs/spans.ts';
import { newHome, newRun, opened, started } from './fixture.ts';
import { metricsOf } from './records.ts';

// The oracle is the list of values itself.
const steps = 5000;
const valueOf = (step: number): number => (step === 2111 ? 1e6 : step === 2112 ? -1e6 : Math.sin(step / 100) + ((step * 7919) % 13));

async function longRun() {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'r', steps);
  run.log.append(started());
  for (let step = 0; step < steps; step++) run.log.append({ ...metricsOf(step, { loss: valueOf(step), parts: { a: step, b: -step } }) });
  await store.indexer.look();
  return { home, store, run };
}

test('a long series keeps every spike and true values, and its means are those of all points', async () => {
  const { store, run } = await longRun();
  for (const [fromStep, toStep, maxPoints] of [[0, steps - 1, 50], [0, steps - 1, 4], [70, 4444, 60], [2000, 2300, 40], [2111, 2111, 4]] as const) {
    const { loss } = store.runData.series('r', { names: ['loss'], fromStep, toStep, maxPoints });
    expect(loss?.total).toBe(toStep - fromStep + 1);
    expect(loss?.values.length).toBeLessThanOrEqual(maxPoints);
    for (const [i, step] of (loss?.steps ?? []).entries()) expect(loss?.values[i]).toBe(valueOf(step));
    expect([loss?.steps[0], loss?.steps.at(-1)]).toEqual([fromStep, toStep]);
    expect(Math.max(...(loss?.values ?? []))).toBe(1e6);
    if (toStep > 2111) expect(Math.min(...(loss?.values ?? []))).toBe(-1e6);
  }
  const { loss } = store.runData.series('r', { names: ['loss'], maxPoints: 4 });
  expect(loss?.means?.[0]).toBeCloseTo(Array.from({ length: steps }, (_, step) => valueOf(step)).reduce((a, b) => a + b, 0) / steps, 8);

  // Zoomed in, every point is there as it is.
  const near = store.runData.series('r', { names: ['loss', 'parts.*'], fromStep: 2100, toStep: 2120, maxPoints: 800 });
  expect([...(near['loss']?.values ?? [])]).toEqual(Array.from({ length: 21 }, (_, i) => valueOf(2100 + i)));
  expect(Object.keys(near)).toEqual(['loss', 'parts.a', 'parts.b']);
  expect(near['loss']?.means).toBeUndefined();

  // A log cut back and written on says something else.
  const log = path.join(run.folder, 'log.jsonl');
  const text = readFileSync(log);
  truncateSync(log, text.indexOf('\n', text.length / 2) + 1);
  await store.indexer.look();
  const kept = store.runs.get('r').step;
  run.log.append({ ...metricsOf(kept, { loss: 5e6 }) });
  await store.indexer.look();
  const after = store.runData.series('r', { names: ['loss'], maxPoints: 10 })['loss'];
  expect([after?.steps.at(-1), Math.max(...(after?.values ?? [])), after?.total]).toEqual([kept, 5e6, kept + 1]);
});

test('a range is drawn from spans as the whole line is, and from every point where these are few', async () => {
  const home = newHome();
  const store = opened(home);
  const run = newRun(home, 'rising', 640);
  run.log.append(started());
  for (let step = 0; step < 640; step++) run.log.append({ ...metricsOf(step, { loss: step }) });
  await store.indexer.look();
  const of = (fromStep: number, toStep: number) => {
    const { steps, values, means, total } = store.runData.series('rising', { names: ['loss'], fromStep, toStep, maxPoints: 12 })['loss'] ?? {};
    return [[...(steps ?? [])], [...(values ?? [])], means && [...means], total];
  };
  // (12 − 2) / 2 = 5 buckets of 51.2 steps; the four spans of 64 begin in the first four, each with its ends and its mean.
  const ends = [64, 127, 128, 191, 192, 255, 256, 319];
  expect(of(64, 319)).toEqual([ends, ends, [95.5, 95.5, 159.5, 159.5, 223.5, 223.5, 287.5, 287.5], 256]);
  // Less than 12 / 4 spans: buckets of 8 points.
  const eighths = [100, 107, 108, 115, 116, 123, 124, 131, 132, 139];
  expect(of(100, 139)).toEqual([eighths, eighths, [103.5, 103.5, 111.5, 111.5, 119.5, 119.5, 127.5, 127.5, 135.5, 135.5], 40]);
  const all = Array.from({ length: 12 }, (_, i) => 300 + i);
  expect(of(300, 311)).toEqual([all, all, undefined, 12]);
});

test.each(['long', 'short'])('a database of the version before gets the same spans for a run that is %s', async (length) => {
  const { home, store } = await longRun();
  const spans = (connection: Connection): unknown[] => connection.rows('SELECT * FROM metric_span ORDER BY run, name, span');
  const connection = new Connection(path.join(home, 'arft.db'));
  try {
    const written = spans(connection) as { readonly total: number }[];
    expect(written.length).toBeGreaterThan(steps / 64);
    connection.sqlite.exec(`DROP TABLE metric_span; ALTER TABLE run DROP COLUMN spans; ${length === 'short' ? 'UPDATE run SET step = 100' : ''}`);
    connection.sqlite.pragma('user_version = 3');
    migrate(home, connection, migrations.slice(0, 4));
    if (length === 'short') {
      expect(spans(connection)).toEqual([]);
      expect(store.runData.series('r', { names: ['loss'], maxPoints: 10 })['loss']?.values).toContain(1e6);
      fillSpans(connection, 1);
    }
    const filled = spans(connection) as { readonly total: number }[];
    const withoutTotals = (rows: readonly { readonly total: number }[]): unknown[] => rows.map(({ total, ...row }) => row);
    expect(withoutTotals(filled)).toEqual(withoutTotals(written));
    for (const [i, { total }] of filled.entries()) expect(total).toBeCloseTo(written[i]?.total as number, 6);
  } finally {
    connection.close();
    await store.close();
  }
});
