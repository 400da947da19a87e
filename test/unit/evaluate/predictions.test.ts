import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Benchmark, benchmarks } from '../../../main/evaluate/benchmarks.ts';
import { readPredictions } from '../../../main/evaluate/predictions.ts';
import { scorePredictions } from '../../../main/evaluate/score.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'predictions-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function file(content: unknown): string {
  const name = path.join(folder, `${count++}.json`);
  writeFileSync(name, typeof content === 'string' ? content : JSON.stringify(content));
  return name;
}

describe('files of predictions', () => {
  it('as published: a list, gold answers as one text or several, null for no answer', async () => {
    expect(await readPredictions(file([{ id: 1, pred_answer: 'x', gt: 'y' }, { pred_answer: null, gt: ['a', 'b'], query: 'q' }]))).toEqual([
      { id: '1', answer: 'x', golds: ['y'] },
      { id: '2', answer: null, golds: ['a', 'b'] },
    ]);
  });

  it('as JSON lines, with a mark at the start', async () => {
    expect(await readPredictions(file('\uFEFF{"id": "a", "prediction": 7, "golden_answers": ["7"]}\n\n{"id": "b", "prediction": "x", "golden_answers": ["y"]}\n'))).toHaveLength(2);
  });

  it('with numbers as they are written, and ids by their value', async () => {
    const gold = file('[{"id": 1, "answers": [5.0, 12345678901234567890]}, {"id": 2, "gt": 1e3}]');
    expect(await readPredictions(file('[{"id": 1.0, "pred": 5.00}, {"id": 2, "pred": -0.50}]'), gold)).toEqual([
      { id: '1', answer: '5.00', golds: ['5.0', '12345678901234567890'] },
      { id: '2', answer: '-0.50', golds: ['1e3'] },
    ]);
  });

  it('joined with a gold file by id, in its order; what is missing is not answered', async () => {
    const gold = file('{"id": "a", "question": "q", "golden_answers": ["1"]}\n{"id": "b", "question": "q", "golden_answers": ["2"]}\n');
    expect(await readPredictions(file([{ id: 'b', pred_answer: '2' }]), gold)).toEqual([{ id: 'a', answer: null, golds: ['1'] }, { id: 'b', answer: '2', golds: ['2'] }]);
  });

  it('joined by position where there are no ids, which is said', async () => {
    const gold = file([{ golden_answers: ['1'] }, { golden_answers: ['2'] }]);
    const notes: string[] = [];
    expect((await readPredictions(file([{ pred_answer: 'x' }, { pred_answer: 'y' }]), gold, (note) => notes.push(note))).map(({ answer, golds }) => [answer, golds[0]])).toEqual([['x', '1'], ['y', '2']]);
    expect(notes).toEqual([expect.stringContaining('joined by position')]);
  });

  it('joined by position though rows name their items in another spelling', async () => {
    const gold = file([{ id: 1, question: 'Which  city?', answers: ['Lima', 'Ciudad'] }, { id: 2, question: 'Who?', answers: ['x'] }]);
    expect(await readPredictions(file([{ pred_answer: 'x', query: 'Question: which city', gt: 'lima.' }, { pred_answer: 'y', gt: 'X' }]), gold)).toHaveLength(2);
  });

  it('counts each row of an id that comes twice where nothing is joined, and says so', async () => {
    const rows = await readPredictions(file([{ id: 'a', pred_answer: 'x', gt: 'x' }, { id: 'b', pred_answer: 'x', gt: 'x' }, { id: 'a', pred_answer: 'y', gt: 'x' }, { id: 'a', pred_answer: 'z', gt: 'x' }]));
    const { all, notes } = scorePredictions(benchmarks.find(({ name }) => name === 'mat-mini') as Benchmark, 'standard', rows);
    expect([all.n, all.em?.mean, notes]).toEqual([4, 50, ['1 ids come more than once, and each of their rows counts: a']]);
  });

  const gold = file([{ id: 1, gt: 'a' }]);
  const two = file([{ id: 1, question: 'Which city?', gt: 'a' }, { id: 2, question: 'Who?', gt: 'b' }]);
  const twice = file([{ id: 1, gt: 'a' }, { id: 2, gt: 'b' }, { id: 1, gt: 'c' }]);
  it.each<readonly [string, Buffer, RegExp]>([
    ['Latin-1', Buffer.from('{"pred_answer": "x", "gt": "x"}\n{"pred_answer": "é", "gt": "è"}\n', 'latin1'), /line 2: expected UTF-8 text, found bytes of another encoding/],
    ['UTF-16', Buffer.from('\uFEFF[{"pred_answer": "x", "gt": "x"}]', 'utf16le'), /expected UTF-8 text, found UTF-16/],
    ['gzip', gzipSync('[{"pred_answer": "x", "gt": "x"}]'), /expected a JSON list or JSON lines, found a gzip archive/],
    ['Parquet', Buffer.from('PAR1'), /found a Parquet file/],
    ['one object over several lines', Buffer.from('{\n  "pred_answer": "x",\n  "gt": "x"\n}\n'), /found a JSON object that goes over several lines/],
    ['nothing', Buffer.alloc(0), /expected a JSON list or JSON lines, found an empty file/],
  ])('of another kind are told: %s', async (_, content, message) => {
    const name = file('');
    writeFileSync(name, content);
    await expect(readPredictions(name)).rejects.toThrow(message);
  });

  it('with other fields as they may be: a row of many numbers is read once, not number by number', async () => {
    const numbers = `[${Array.from({ length: 3_000_000 }, () => '0').join(',')}]`;
    const parse = vi.spyOn(JSON, 'parse');
    expect(await readPredictions(file(`{"pred_answer": "x", "gt": "y", "logprobs": ${numbers}}\n`))).toEqual([{ id: '1', answer: 'x', golds: ['y'] }]);
    expect(parse.mock.calls.every(([, reviver]) => reviver === undefined)).toBe(true);
    parse.mockRestore();
  });

  it('without an answer longer than any is: its row is named', async () => {
    const long = 'a'.repeat((1 << 20) + 1);
    await expect(readPredictions(file(`{"pred_answer": "x", "gt": "y"}\n{"pred_answer": "${long}", "gt": "y"}\n`))).rejects.toThrow(/row 2: pred_answer: expected an answer of at most 1048576 characters, found 1048577/);
    await expect(readPredictions(file(`{"pred_answer": "x", "gt": ["y", "${long}"]}\n`))).rejects.toThrow(/row 1: gt: expected an answer of at most/);
  });

  it.each([
    ['[{"pred_answer": "x"', undefined, /JSON/],
    ['[]', undefined, /one row or more/],
    ['[{"pred_answer": "x"}]', undefined, /row 1: expected gold answers in one of/],
    ['[{"gt": "x"}]', undefined, /row 1: expected one of pred_answer/],
    ['[{"pred_answer": ["x"], "gt": "x"}]', undefined, /pred_answer: expected a text or null/],
    ['[{"pred_answer": "x", "gt": {"a": 1}}]', undefined, /gt: expected a text or a list of texts/],
    ['["x"]', undefined, /row 1/],
    ['[{"id": 1, "pred_answer": "x"}, {"id": 1, "pred_answer": "y"}]', gold, /row 2: expected each id once/],
    ['[{"id": 1, "pred_answer": "a"}]', twice, /row 3: expected each id once, found 1 again/],
    ['[{"id": 9, "pred_answer": "x"}]', gold, /row 1: expected an id of/],
    ['[{"id": 2, "pred_answer": "x"}, {"pred_answer": "y"}]', two, /expected an id on every row, or on none, found 1 without: row 2/],
    ['[{"pred_answer": "x", "gt": "b"}, {"pred_answer": "x", "gt": "a"}]', two, /row 1: gt: expected that of .*: row 1, "a", found "b"\. Put/],
    ['[{"pred_answer": "x", "query": "Who?"}, {"pred_answer": "x", "query": "Which city?"}]', two, /row 1: query: expected that of .*: row 1, "Which city\?", found "Who\?"/],
    ['[{"pred_answer": "x"}, {"pred_answer": "x"}]', gold, /expected 1 rows/],
  ])('%s is told apart', async (content, goldFile, message) => expect(readPredictions(file(content), goldFile)).rejects.toThrow(message));
});
