import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Corpus } from '../../../main/search/corpus/corpus.ts';
import { type WeighedTerm, candidateQueries, matchExpression } from '../../../main/search/corpus/candidates.ts';
import { importCorpus } from '../../../main/search/corpus/import.ts';
import { randomNumbers } from '../../bench/zipf-corpus.ts';

const home = mkdtempSync(path.join(os.tmpdir(), 'arft-rank-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function corpusOf(name: string, rows: readonly { readonly id: string; readonly title: string; readonly text: string }[]): Promise<Corpus> {
  const file = path.join(home, `${name}.jsonl`);
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  await importCorpus({ home, name, sources: [file] });
  return new Corpus(home, name);
}

describe('a corpus of five passages', () => {
  let corpus: Corpus;
  beforeAll(async () => {
    corpus = await corpusOf('five', [
      { id: 'a', title: 'port', text: 'ships and cranes' }, // 4 tokens
      { id: 'b', title: 'city', text: 'a port is a port' }, // 6
      { id: 'c', title: 'wine', text: 'port is a wine of portugal' }, // 7
      { id: 'd', title: 'tea', text: 'leaves in water' }, // 4
      { id: 'e', title: 'coffee', text: 'beans in hot water' }, // 5; mean length 26 / 5 = 5.2
    ]);
  });
  afterAll(() => corpus.close());

  // By hand: idf(port) = ln(1 + (5 − 3 + 0.5)/(3 + 0.5)) = ln(1.7142857) = 0.5389965.
  // a: tf 2 (title), 4 tokens: 2·2.2/(2 + 1.2·(0.25 + 0.75·4/5.2)) = 4.4/2.9923077 = 1.4704370 → 0.7925605
  // b: tf 2, 6 tokens: 4.4/(2 + 1.2·(0.25 + 0.75·6/5.2)) = 4.4/3.3384615 = 1.3179724 → 0.7103825
  // c: tf 1, 7 tokens: 2.2/(1 + 1.2·(0.25 + 0.75·7/5.2)) = 2.2/2.5115385 = 0.8759571 → 0.4721378
  it('is ranked as computed by hand', () => {
    const found = corpus.search('port', 5);
    expect(found.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    for (const [i, score] of [0.7925605, 0.7103825, 0.4721378].entries()) expect(found[i]?.score).toBeCloseTo(score, 6);
  });

  // idf(hot) = ln(1 + 4.5/1.5) = 1.3862944, idf(water) = ln(1 + 3.5/2.5) = 0.8754687.
  // d: 4 tokens, water: 2.2/1.9923077 = 1.1042471 → 0.9667338; e: 5 tokens: 2.2/(1.3 + 0.9·5/5.2) = 1.0159858 → (1.3862944 + 0.8754687)·1.0159858
  it('adds up over the words of a query, and a word that is nowhere changes nothing', () => {
    const found = corpus.search('hot water zzz', 5);
    expect(found.map(({ id }) => id)).toEqual(['e', 'd']);
    expect(found[0]?.score).toBeCloseTo(2.2979192, 5);
    expect(found[1]?.score).toBeCloseTo(0.9667338, 5);
  });

  it('gives as many as are wanted', () => expect(corpus.search('port', 1)).toHaveLength(1));

  it.each(['', ' ', '"', '""', "'", '*', 'OR', 'OR NOT', 'port*', 'NEAR(port, 2)', 'title:port', '{title text}: port', '-port', '^port', 'port OR (', ')(', '😀', '\0', 'port\0OR', '\uD800', '%', ';DROP TABLE passage', 'x'.repeat(3_000_000), '图'.repeat(500_000), '" OR '.repeat(100_000)])('takes any text as a query: %.30j', (query) => {
    const found = corpus.search(query, 3);
    expect(found.map(({ id }) => id)).toEqual(query.includes('port') ? ['a', 'b', 'c'] : []);
  });
});

describe('a corpus of 3,000 passages of different lengths', () => {
  const random = randomNumbers(7);
  const words = Array.from({ length: 400 }, (_, i) => `w${i}`);
  const pick = (): string => words[Math.floor(400 * random() ** 3)] as string;
  const some = (most: number): string => Array.from({ length: 1 + Math.floor(random() * most) }, pick).join(' ');
  const rows = Array.from({ length: 3000 }, (_, i) => ({ id: String(i), title: some(3), text: some(140) }));
  let corpus: Corpus;
  beforeAll(async () => {
    corpus = await corpusOf('many', rows);
  });
  afterAll(() => corpus.close());

  /** Every passage by the formula of Robertson and Zaragoza. */
  function exact(query: string): readonly number[] {
    const parts = rows.map(({ title, text }) => ({ title: title.split(' '), text: text.split(' ') }));
    const mean = parts.reduce((sum, { title, text }) => sum + title.length + text.length, 0) / parts.length;
    const terms = [...new Set(query.split(' '))];
    const idf = new Map(terms.map((term) => {
      const df = parts.filter(({ title, text }) => title.includes(term) || text.includes(term)).length;
      return [term, Math.log(1 + (parts.length - df + 0.5) / (df + 0.5))];
    }));
    const score = ({ title, text }: (typeof parts)[number]): number => terms.reduce((sum, term) => {
      const tf = text.filter((each) => each === term).length + 2 * title.filter((each) => each === term).length;
      return sum + ((idf.get(term) as number) * tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * (title.length + text.length)) / mean));
    }, 0);
    return parts.map(score).filter((each) => each > 0).sort((a, b) => b - a).slice(0, 10);
  }

  it('has nearly all of the exact first ten, with their exact scores', () => {
    let [found, wanted] = [0, 0];
    for (let i = 0; i < 60; i++) {
      const query = some(8);
      const best = exact(query);
      const scores = corpus.search(query, 10).map(({ score }) => score as number);
      wanted += best.length;
      found += scores.filter((score) => score >= (best.at(-1) as number) - 1e-9).length;
      expect(Math.max(...scores)).toBeLessThanOrEqual((best[0] as number) + 1e-9);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    }
    expect(wanted).toBeGreaterThan(500);
    expect(found / wanted).toBeGreaterThan(0.98);
  });
});

describe('what FTS5 is asked', () => {
  const term = (text: string, df: number): WeighedTerm => ({ text, prefix: false, df });
  const asked = (terms: readonly WeighedTerm[], budget: number): readonly string[] => candidateQueries(terms, budget).map(matchExpression);

  it('is any of the words, as long as the rare ones fit', () => {
    expect(asked([term('the', 900), term('night', 50), term('watch', 30)], 1000)).toEqual(['"watch" OR "night" OR "the"']);
    expect(asked([term('the', 900), term('night', 50), term('watch', 30)], 100)).toEqual(['"watch" OR "night"']);
  });

  it('is all of them where each is very common, then fewer', () => {
    expect(asked([term('of', 800), term('the', 900)], 100)).toEqual(['"of" AND "the"', '"of"']);
  });

  it('is nothing for nothing, and the beginning of a pair for a single sign', () => {
    expect(asked([], 100)).toEqual([]);
    expect(asked([{ text: '图', prefix: true, df: 2 }], 100)).toEqual(['"图" *']);
  });
});
