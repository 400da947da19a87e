import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type EvaluationConfig, EvaluationFolder } from '../../../main/evaluate/folder.ts';
import { reportOf, writeReport } from '../../../main/evaluate/report.ts';
import { csvRows } from '../../../main/store/evaluations/csv-rows.ts';
import { newHome, opened, sampleOf } from './fixture.ts';
import { told } from './records.ts';

const config: EvaluationConfig = {
  version: 1, benchmark: 'mat-mini', data: 'test.jsonl', dataHash: 'x', items: 5, policy: 'test', mode: 'agent', scorer: 'standard', prompts: 'p', promptsHash: 'y',
  limits: { steps: 5, tokens: 100, ms: 1000 }, sampling: { temperature: 0, topP: 1, maxNewTokens: 10, seed: 0 }, tools: { code: 'off', search: 'off' },
};

const ids = ['=odd', 'b,"c"', 'line\nend', 'd', 'e'];
const samples = ids.map((id, i) => sampleOf(i, { id, answers: [`gold ${i}`, '"a", b'] }));
const { trajectory } = told({ step: 0 });
const endings = [
  { kind: 'answered', answer: 'gold 0' },
  { kind: 'answered', answer: '=nothing,\r\n"at all"' },
  { kind: 'stepLimit', steps: 5 },
  { kind: 'invalid', where: 'sandbox', reason: 'gone' },
  { kind: 'answered', answer: 'gold 4' },
] as const;
const item = (index: number) => ({ index, id: ids[index] as string, trajectory: { ...trajectory, ending: endings[index] as (typeof endings)[number] } });

test('an evaluation as it grows, and when its report is there', async () => {
  const home = newHome();
  const store = opened(home);
  const place = path.join(home, 'evaluations', 'mini');
  const folder = EvaluationFolder.open(place, config);
  for (const index of [1, 0, 2]) folder.add(item(index));
  expect((await store.indexer.look()).evaluations).toEqual(['mini']);
  expect(store.evaluations.get('mini')).toMatchObject({ name: 'mini', benchmark: 'mat-mini', policy: 'test', state: 'running', done: 3, total: 5, f1: null });
  expect(store.evaluations.items('mini').counts).toEqual({ right: 0, wrong: 0, unanswered: 1, invalid: 0, unscored: 2 });
  folder.close();
  await store.indexer.look();
  expect(store.evaluations.get('mini').state).toBe('stopped');
  const more = EvaluationFolder.open(place, config);
  for (const index of [3, 4]) more.add(item(index));
  const report = reportOf(config, samples, more.finished);
  writeReport(place, report);
  more.close();
  await store.indexer.look();
  expect(store.evaluations.get('mini')).toMatchObject({ state: 'finished', done: 5, invalid: 1, f1: report.scores.all.f1, em: report.scores.all.em });
  const { rows, counts } = store.evaluations.items('mini');
  expect(counts).toEqual({ right: 2, wrong: 1, unanswered: 1, invalid: 1, unscored: 0 });
  expect(rows.map(({ index, id, outcome, em }) => [index, id, outcome, em])).toEqual([[0, '=odd', 'right', 1], [1, 'b,"c"', 'wrong', 0], [2, 'line\nend', 'unanswered', 0], [3, 'd', 'invalid', null], [4, 'e', 'right', 1]]);
  for (const scored of report.scores.items) expect(rows.find(({ id }) => id === scored.id)?.f1).toBeCloseTo(scored.f1, 4);
  expect(store.evaluations.items('mini', { outcome: 'right', offset: 1 })).toMatchObject({ total: 2, rows: [{ id: 'e', answer: 'gold 4' }] });
  expect(store.evaluations.items('mini', { text: 'AT ALL' }).rows.map(({ index }) => index)).toEqual([1]);
  expect(store.evaluations.item('mini', 3)).toEqual(item(3));
  expect(store.evaluations.config('mini')).toEqual(config);
  expect((await store.indexer.look()).evaluations).toEqual([]);

  expect(store.evaluations.list({ text: 'mini agent', state: 'finished' }).total).toBe(1);
  expect(store.evaluations.list({ benchmark: 'musique' }).total).toBe(0);
  const id = await store.bin.remove({ kind: 'evaluation', name: 'mini' });
  expect(store.evaluations.list().total).toBe(0);
  await store.bin.restore(id);
  await store.indexer.look();
  expect(store.evaluations.items('mini').counts.right).toBe(2);
  rmSync(place, { recursive: true });
  expect((await store.indexer.look()).evaluations).toEqual(['mini']);
  expect(() => store.evaluations.get('mini')).toThrow(/none of this name/);
});

test('an item that was asked again counts once; a file that was written anew is read anew', async () => {
  const home = newHome();
  const store = opened(home);
  const place = path.join(home, 'evaluations', 'mini');
  const folder = EvaluationFolder.open(place, config);
  folder.add(item(3));
  folder.add({ ...item(3), trajectory: { ...item(3).trajectory, ending: { kind: 'answered', answer: 'now' } } });
  folder.close();
  await store.indexer.look();
  expect(store.evaluations.items('mini').rows).toMatchObject([{ index: 3, outcome: 'unscored', answer: 'now' }]);
  writeFileSync(path.join(place, 'items.jsonl'), `${JSON.stringify(item(0))}\n`);
  await store.indexer.look();
  expect(store.evaluations.items('mini').rows).toMatchObject([{ index: 0 }]);
});

test('CSV: quotes, commas, line ends, an empty last field', () => {
  expect(csvRows('a,b\r\n"x, ""y""\r\nz",\r\n"",2\n')).toEqual([['a', 'b'], ['x, "y"\r\nz', ''], ['', '2']]);
  expect(csvRows('')).toEqual([]);
});
