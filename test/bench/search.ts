import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { Corpus } from '../../main/search/corpus/corpus.ts';
import { corpusFile } from '../../main/search/corpus/folder.ts';
import { importCorpus } from '../../main/search/corpus/import.ts';
import { type Benchmark, wholeNumber } from './benchmark.ts';
import { randomNumbers, word, writeZipfCorpus, zipfRanks } from './zipf-corpus.ts';

const topK = 10;
const queriesOfKind = 250;
const comparedOfKind = 25;

/** Queries of 3 to 8 words. */
function queryKinds(seed: number, passages: readonly string[]): Readonly<Record<string, () => string>> {
  const random = randomNumbers(seed);
  const draw = zipfRanks(random);
  const upTo = (ranks: number): number => Math.floor(random() * ranks);
  const query = (one: (i: number) => string) => () => Array.from({ length: 3 + upTo(6) }, (_, i) => one(i)).join(' ');
  const item = query(() => '');
  return {
    'words as in text': query(() => word(draw())),
    'common and rare in turn': query((i) => word(i % 2 === 0 ? upTo(1000) : 1000 + upTo(200_000))),
    'only the 300 commonest': query(() => word(upTo(300))),
    'words of one passage': () => {
      const words = (passages[upTo(passages.length)] as string).split(/\W+/).filter((each) => each.length > 4);
      return item().split(' ').map(() => words[upTo(words.length)]).join(' ');
    },
  };
}

const percentile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;

export const search: Benchmark = {
  name: 'search',
  summary: 'a corpus built and asked: passages/s, size, latency, and how much of the exact ranking is found',
  options: { passages: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' }, 'no-recall': { type: 'boolean' } },
  run: async (options, { note, figure }) => {
    const [passages, seed] = [wholeNumber(options['passages'], 'passages'), wholeNumber(options['seed'], 'seed')];
    const home = mkdtempSync(path.join(os.tmpdir(), 'arft-bench-search-'));
    try {
      const source = path.join(home, 'passages.jsonl');
      note(`writing ${passages} passages of 100 words …`);
      writeZipfCorpus(source, passages, seed);
      const cpu = process.cpuUsage();
      const report = await importCorpus({ home, name: 'zipf', sources: [source] });
      const { user, system } = process.cpuUsage(cpu);
      rmSync(source);
      figure('built', (passages / report.ms) * 1000, 'passages/s');
      figure('processor time of the build', (user + system) / 1e6, 's');
      figure('size, index and text', statSync(corpusFile(home, 'zipf')).size / report.about.textBytes, '× text');
      figure('memory after the build', process.memoryUsage().rss / 2 ** 20, 'MiB');
      const corpus = new Corpus(home, 'zipf');
      const some = new Database(corpusFile(home, 'zipf'), { readonly: true }).prepare<[number], string>('SELECT text FROM passage WHERE id % ? = 0').pluck();
      const kinds = queryKinds(seed + 1, some.all(Math.max(1, Math.floor(passages / 1000))));
      const all: number[] = [];
      const compared: { readonly kind: string; readonly query: string }[] = [];
      for (const [kind, next] of Object.entries(kinds)) {
        const ms: number[] = [];
        for (let i = 0; i < queriesOfKind; i++) {
          const query = next();
          const start = performance.now();
          corpus.search(query, topK);
          ms.push(performance.now() - start);
          if (i < comparedOfKind) compared.push({ kind, query });
        }
        all.push(...ms);
        ms.sort((a, b) => a - b);
        figure(`p50, ${kind}`, percentile(ms, 0.5), 'ms');
        figure(`p99, ${kind}`, percentile(ms, 0.99), 'ms');
      }
      all.sort((a, b) => a - b);
      figure('p50, all queries', percentile(all, 0.5), 'ms');
      figure('p99, all queries', percentile(all, 0.99), 'ms');
      if (options['no-recall']) return;
      note(`ranking all passages for ${compared.length} queries …`);
      const exact = exhaustive(corpusFile(home, 'zipf'), compared.map(({ query }) => query));
      for (const kind of Object.keys(kinds)) {
        const shares = compared.flatMap((each, i) => (each.kind === kind ? [share(corpus.search(each.query, topK).map(({ score }) => score ?? 0), exact[i] as readonly number[])] : []));
        figure(`of the exact first ${topK}, ${kind}`, (100 * shares.reduce((a, b) => a + b, 0)) / shares.length, '%');
      }
      corpus.close();
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
};

/** Share of the exact best scores that were reached. */
const share = (found: readonly number[], exact: readonly number[]): number => found.filter((score) => score >= (exact.at(-1) ?? 0) - 1e-6).length / Math.max(1, exact.length);

/** The best scores by BM25 (k1 1.2, b 0.75, a title's word twice) of every passage that has any word of a query, straight from the formula. */
function exhaustive(file: string, queries: readonly string[]): readonly (readonly number[])[] {
  const wanted = queries.map((query) => [...new Set(query.split(' '))]);
  const ids = new Map([...new Set(wanted.flat())].map((term, i) => [term, i]));
  const asked = wanted.map((terms) => terms.map((term) => ids.get(term) as number));
  const database = new Database(file, { readonly: true });
  const rows = (): IterableIterator<{ title: string; text: string }> => database.prepare<[], { title: string; text: string }>('SELECT title, text FROM passage').iterate();
  const frequency = new Float64Array(ids.size);
  const occurrences = new Float64Array(ids.size);
  const tally = ({ title, text }: { title: string; text: string }): number => {
    occurrences.fill(0);
    const [inTitle, inText] = [title.match(/\w+/g) ?? [], text.match(/\w+/g) ?? []];
    for (const [words, weight] of [[inTitle, 2], [inText, 1]] as const) {
      for (const each of words) {
        const id = ids.get(each);
        if (id !== undefined) (occurrences[id] as number) += weight;
      }
    }
    return inTitle.length + inText.length;
  };
  let [count, tokens] = [0, 0];
  for (const row of rows()) {
    count += 1;
    tokens += tally(row);
    for (let id = 0; id < ids.size; id++) if (occurrences[id] as number > 0) (frequency[id] as number) += 1;
  }
  const mean = tokens / count;
  const weight = frequency.map((df) => Math.log(1 + (count - df + 0.5) / (df + 0.5)));
  const best: number[][] = queries.map(() => []);
  for (const row of rows()) {
    const norm = 1.2 * (0.25 + (0.75 * tally(row)) / mean);
    for (const [q, terms] of asked.entries()) {
      let score = 0;
      for (const id of terms) {
        const tf = occurrences[id] as number;
        if (tf > 0) score += ((weight[id] as number) * tf * 2.2) / (tf + norm);
      }
      const list = best[q] as number[];
      if (score === 0 || (list.length === topK && score <= (list.at(-1) as number))) continue;
      list.push(score);
      list.sort((a, b) => b - a);
      if (list.length > topK) list.pop();
    }
  }
  database.close();
  return best;
}
