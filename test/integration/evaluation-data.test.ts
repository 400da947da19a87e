import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBenchmark } from '../../main/data/benchmark.ts';

// By what an evaluation knows its data again, and what is compared with what.

const folder = mkdtempSync(path.join(os.tmpdir(), 'evaluation-data-'));
const home = path.join(folder, 'home');
const at = (...parts: readonly string[]): string => path.join(folder, ...parts);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const arft = (...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, '../../main/cli.ts'), ...words, '--json'], { cwd: folder, encoding: 'utf8', env: { ...process.env, ARFT_HOME: home } });
  return { status, stderr, result: JSON.parse(stdout) as { readonly n: number; readonly folder: string; readonly before: { readonly em: { readonly mean: number } }; readonly after: { readonly em: { readonly mean: number } }; readonly error: { readonly thing: string; readonly expected: string; readonly found: string; readonly remedy: string } } };
};

const evaluate = (data: string, script: string, ...more: readonly string[]) => arft('evaluate', '--benchmark', 'mat-search', '--mode', 'direct', '--data', data, '--policy', `script:${at(script)}`, ...more);

const questions = (gold: (i: number) => string, count = 4): string => JSON.stringify(Array.from({ length: count }, (_, i) => ({ id: i, question: `${i}?`, answer: gold(i), image_path: `images/${i}.png` })));
const script = (answer: (i: number) => string): string => Array.from({ length: 4 }, (_, i) => JSON.stringify({ id: i, completions: [answer(i)] })).join('\n');

beforeAll(() => {
  mkdirSync(at('data', 'images'), { recursive: true });
  for (let i = 0; i < 4; i++) writeFileSync(at('data', 'images', `${i}.png`), '');
  writeFileSync(at('data', 'test.json'), questions((i) => `answer ${i}`));
  writeFileSync(at('other.json'), questions(() => 'elsewhere'));
  writeFileSync(at('short.json'), questions((i) => `answer ${i}`, 2));
  writeFileSync(at('wrong.jsonl'), script(() => 'no idea'));
  writeFileSync(at('right.jsonl'), script((i) => `answer ${i}`));
  symlinkSync(at('data'), at('link'));
  cpSync(at('data'), at('moved'), { recursive: true });
});

describe('the same data by another path', () => {
  it.each([['relative', path.join('data', 'test.json')], ['by its folder', 'data'], ['through a link', 'link'], ['after a move', at('moved')]])('%s is the same evaluation', (_, data) => {
    const first = evaluate(at('data', 'test.json'), 'wrong.jsonl');
    const again = evaluate(data, 'wrong.jsonl');
    expect([again.status, again.result.folder]).toEqual([0, first.result.folder]);
    expect(again.stderr).toContain('4 items were finished before');
  });

  it('an evaluation of an earlier version goes on, though its hash is of the paths', async () => {
    const out = at('earlier');
    evaluate(at('data'), 'wrong.jsonl', '--out', out);
    const { samples } = await readBenchmark(at('data'), 'test');
    const config = JSON.parse(readFileSync(path.join(out, 'evaluation.json'), 'utf8')) as object;
    writeFileSync(path.join(out, 'evaluation.json'), JSON.stringify({ ...config, dataHash: createHash('sha256').update(JSON.stringify(samples)).digest('hex') }));
    expect(evaluate(at('data'), 'wrong.jsonl', '--out', out)).toMatchObject({ status: 0, stderr: expect.stringContaining('4 items were finished before') });
    // By another spelling it cannot be told from other data: the error says what to write.
    const { error } = evaluate('data', 'wrong.jsonl', '--out', out).result;
    expect([error.thing, error.remedy]).toEqual([`${out}: dataHash`, expect.stringContaining('as it was written then')]);
  });
});

it('an evaluation of fewer items is not gone on with, in words of items', () => {
  evaluate(at('data'), 'wrong.jsonl', '--out', at('four'));
  expect(evaluate(at('data'), 'wrong.jsonl', '--out', at('four'), '--limit', '2').result.error).toMatchObject({ thing: `${at('four')}: items`, expected: '4, as the evaluation in this folder began', found: '2' });
});

describe('comparing', () => {
  const [before, after] = [at('before'), at('after')];
  beforeAll(() => {
    evaluate(at('data'), 'wrong.jsonl', '--out', before);
    evaluate('link', 'right.jsonl', '--out', after);
  });

  it('needs no data: the folders keep what they asked', () => {
    const { status, result } = arft('compare', before, after);
    expect([status, result.n, result.before.em.mean, result.after.em.mean]).toEqual([0, 4, 0, 100]);
  });

  it('takes the data that was evaluated, wherever it lies, and no other', () => {
    expect(arft('compare', before, after, '--data', at('moved')).result.after.em.mean).toBe(100);
    for (const [file, found] of [['other.json', 'other items'], ['short.json', '2 items']] as const) {
      const { status, result: { error } } = arft('compare', before, after, '--data', at(file));
      expect([status, error.thing, error.found]).toEqual([1, at(file), found]);
    }
  });

  it('says where a folder does not keep its questions', () => {
    const bare = at('bare');
    cpSync(after, bare, { recursive: true });
    rmSync(path.join(bare, 'samples.jsonl'));
    expect(readdirSync(bare)).toContain('items.jsonl');
    expect(arft('compare', before, bare).result.error).toMatchObject({ thing: bare, remedy: expect.stringContaining('--data') });
    expect(arft('compare', before, bare, '--data', at('data')).result.after.em.mean).toBe(100);
  });
});
