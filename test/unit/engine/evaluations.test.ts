import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../../main/engine/engine.ts';
import type { AppContract } from '../../../preload/contract.ts';
import type { EvaluationDraft } from '../../../preload/contract/evaluations.ts';
import type { Client, EngineError } from '../../../preload/rpc/connect.ts';
import { openClient } from './open-client.ts';

let home: string;
let engine: Engine;
let client: Client<AppContract>;

const draft: EvaluationDraft = {
  benchmark: 'mat-mini', data: 'mini:3', split: 'test', policy: { kind: 'script', name: 'mini-guess' }, mode: 'direct', limit: 40, concurrency: 4, prompts: 'mini', scorer: 'standard',
  search: '', code: false, temperature: 0, maxNewTokens: 256, steps: 5, seed: 0,
};

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'arft-evaluations-'));
  ({ engine, client } = await openClient(home));
});
afterAll(async () => {
  await engine.close();
  rmSync(home, { recursive: true, force: true });
});

const rows = async () => (await client.call('evaluations.list', {})).rows;
const row = async (name: string) => (await rows()).find((each) => each.name === name);
const ended = async (name: string, state: string): Promise<void> => {
  await expect.poll(async () => (await row(name))?.state, { timeout: 60_000, interval: 100 }).toBe(state);
};

test('an evaluation starts, fills its row, and its items open with their questions, pictures and gold answers', async () => {
  const checked = await client.call('evaluations.check', draft);
  expect([checked.ready, checked.items]).toEqual([true, 40]);
  const { name } = await client.call('evaluations.start', draft);
  expect(['starting', 'running']).toContain((await row(name))?.state);
  await ended(name, 'finished');
  const finished = await row(name);
  expect([finished?.done, finished?.total, finished?.origin, finished?.policy]).toEqual([40, 40, 'app', 'script:mini-guess']);
  // The command's own report is the oracle.
  const report = JSON.parse(readFileSync(path.join(home, 'evaluations', name, 'report.json'), 'utf8')) as { scores: { all: { f1: { mean: number } } } };
  expect(finished?.parts[0]?.f1.mean).toBe(report.scores.all.f1.mean);
  const { rows: items, counts } = await client.call('evaluations.items', { name });
  expect(items).toHaveLength(40);
  expect(counts.right + counts.wrong).toBe(40);
  const { rows: found } = await client.call('evaluations.items', { name, outcome: 'wrong', text: items[0]?.question?.slice(0, 12) ?? '' });
  expect(found.length).toBeGreaterThan(0);
  expect(found.every(({ outcome }) => outcome === 'wrong')).toBe(true);
  const item = await client.call('evaluations.item', { name, index: items[0]?.index ?? 0 });
  expect(item.asked?.answers.join(' | ')).toBe(items[0]?.gold);
  expect(item.asked?.images[0]).toMatch(/^sha256:/);
  expect(item.score?.em).toBe(items[0]?.outcome === 'right' ? 1 : 0);
  expect((await client.call('evaluations.get', { name })).asked).toBe(null);
  expect((await client.call('evaluations.report', { name, form: 'csv' })).text.split('\r\n')).toHaveLength(42);
}, 90_000);

test('two evaluations of the same items are paired; others are refused in words', async () => {
  const { name: other } = await client.call('evaluations.start', { ...draft, seed: 7 });
  const { name: shorter } = await client.call('evaluations.start', { ...draft, limit: 10 });
  await Promise.all([ended(other, 'finished'), ended(shorter, 'finished')]);
  const base = (await rows()).find(({ name, total }) => total === 40 && name !== other)?.name as string;
  const { others } = await client.call('evaluations.compare', { names: [base, other, shorter] });
  const figures = others[0]?.figures;
  expect(figures?.n).toBe(40);
  expect((figures?.counts.better ?? 0) + (figures?.counts.worse ?? 0) + (figures?.counts.same ?? 0)).toBe(40);
  expect(others[1]?.refused?.expected).toMatch(/as in/);
  const { rows: better, total } = await client.call('evaluations.compared', { before: base, after: other, kind: 'better', text: '' });
  expect(total).toBe(figures?.counts.better);
  expect(better.every(({ before, after }) => after.f1 > before.f1)).toBe(true);
  // The difference is that of the means.
  expect(figures?.difference.em.mean).toBeCloseTo((figures?.after.em.mean ?? 0) - (figures?.before.em.mean ?? 0), 3);
}, 90_000);

test('what was removed comes back', async () => {
  const name = (await rows()).find(({ state }) => state === 'finished')?.name ?? '';
  const { bin } = await client.call('evaluations.remove', { names: [name] });
  expect(await row(name)).toBe(undefined);
  await client.call('evaluations.restore', { bin });
  expect((await row(name))?.state).toBe('finished');
});

test('predictions are kept as a row, and counted by either scorer', async () => {
  const predictions = path.join(home, 'p.jsonl');
  const gold = path.join(home, 'gold.jsonl');
  writeFileSync(predictions, ['{"id":1,"pred_answer":"new york new york"}', '{"id":2,"pred_answer":null}', '{"id":3,"pred":"3.5"}'].join('\n'));
  writeFileSync(gold, ['{"id":1,"golden_answers":["new york new york city"]}', '{"id":2,"golden_answers":["a","b"]}', '{"id":3,"golden_answers":["35"]}'].join('\n'));
  const { name, items, notes } = await client.call('evaluations.importPredictions', { predictions, gold, benchmark: 'bamboogle', scorer: 'paper', title: 'mine' });
  expect([items, notes.length]).toEqual([3, 1]);
  const kept = await client.call('evaluations.get', { name });
  expect([kept.row.policy, kept.row.origin, kept.row.state]).toEqual(['mine', 'imported', 'finished']);
  expect(kept.counts).toEqual({ right: 1, wrong: 1, unanswered: 1, invalid: 0, unscored: 0 });
  // By hand: 4/9 and 3.5 = 35 for the paper's scorer; 8/9 and 3.5 ≠ 35 for the standard one.
  expect(kept.row.parts[0]?.f1.mean).toBeCloseTo((100 * (4 / 9 + 1)) / 3, 3);
  const standard = await client.call('evaluations.get', { name, scorer: 'standard' });
  expect(standard.row.parts[0]?.f1.mean).toBeCloseTo((100 * (8 / 9)) / 3, 3);
  // 3.5 is right by the one and wrong by the other: the items say so too.
  expect(standard.counts).toEqual({ right: 0, wrong: 2, unanswered: 1, invalid: 0, unscored: 0 });
  expect((await client.call('evaluations.items', { name, scorer: 'standard', outcome: 'wrong' })).rows.map(({ id }) => id)).toEqual(['1', '3']);
  const item = await client.call('evaluations.item', { name, index: 1 });
  expect([item.trajectory.turns, item.score]).toEqual([[], { f1: 0, em: 0 }]);
  await expect(client.call('evaluations.importPredictions', { predictions, benchmark: 'bamboogle', scorer: 'paper' })).rejects.toMatchObject({ code: 'BAD_INPUT', details: { expected: expect.stringContaining('gold answers') } });
});

test('what stands in the way is said before anything starts', async () => {
  const before = (await rows()).length;
  const of = async (change: Partial<EvaluationDraft>) => (await client.call('evaluations.check', { ...draft, ...change })).findings.filter(({ status }) => status === 'problem').map(({ id }) => id);
  expect(await of({ data: path.join(home, 'nothing') })).toEqual(['data']);
  expect(await of({ benchmark: 'mat-coding' })).toEqual(['data', 'policy']);
  expect(await of({ policy: { kind: 'local', folder: home, adapter: null, provider: 'cpu', quantize: '' } })).toEqual(['policy']);
  expect(await of({ policy: { kind: 'endpoint', url: 'http://127.0.0.1:9/v1', model: 'm', key: '' } })).toEqual(['endpoint']);
  expect(await of({ mode: 'agent', search: 'nowhere', prompts: 'none-such' })).toEqual(['prompts', 'search']);
  await expect(client.call('evaluations.start', { ...draft, data: '' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  expect((await rows()).length).toBe(before);
});

test('what was asked to stop keeps its items and goes on from there; a model that cannot be read says why', async () => {
  // Answers come late, so that there is something to stop, and at once when it goes on.
  let delayMs = 200;
  const server = createServer((request, response) => {
    request.resume();
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: '<answer>5</answer>' }, finish_reason: 'stop' }], usage: { prompt_tokens: 9, completion_tokens: 3 } })}\n\ndata: [DONE]\n\n`);
    }, delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const { name } = await client.call('evaluations.start', { ...draft, concurrency: 1, policy: { kind: 'endpoint', url, model: 'm', key: '' } });
    await expect.poll(async () => (await row(name))?.done ?? 0, { timeout: 30_000, interval: 50 }).toBeGreaterThan(1);
    await client.call('evaluations.stop', { name });
    const stopped = await row(name);
    expect([stopped?.state, stopped?.failure]).toEqual(['stopped', null]);
    delayMs = 0;
    expect(stopped?.done).toBeLessThan(40);
    expect(stopped?.parts[0]?.n).toBe(stopped?.done);
    expect(await client.call('evaluations.get', { name })).toMatchObject({ resumable: true, asked: { kind: 'endpoint', url, model: 'm', key: '', prompts: 'mini' } });
    await client.call('evaluations.resume', { name });
    await ended(name, 'finished');
    expect((await row(name))?.done).toBe(40);
    // Its last words are written while its process is still there: stopping that is no fault.
    const refused = (): Promise<string | undefined> => client.call('evaluations.stop', { name }).then(() => undefined, (error: EngineError) => error.details?.found);
    await expect.poll(refused).toBe('one that is not');
    // One that the command line began has no command here.
    rmSync(path.join(home, 'evaluations', name, 'command.json'));
    expect((await client.call('evaluations.get', { name })).asked).toEqual({ kind: 'unknown' });
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const broken = path.join(home, 'broken');
  mkdirSync(broken);
  writeFileSync(path.join(broken, 'config.json'), '{}');
  const { name } = await client.call('evaluations.start', { ...draft, policy: { kind: 'local', folder: broken, adapter: null, provider: 'cpu', quantize: '' } });
  await ended(name, 'failed');
  expect((await row(name))?.failure).toMatch(/model_type/);
  expect((await client.call('evaluations.get', { name })).asked).toEqual({ kind: 'local', folder: broken, adapter: null, known: false, prompts: 'mini' });
}, 90_000);
