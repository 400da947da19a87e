import Database from 'better-sqlite3';
import { InputError } from '../../records/input-error.ts';
import type { Passage } from '../../records/trajectory.ts';
import { type WeighedTerm, candidateQueries, matchExpression, termExpression } from './candidates.ts';
import { existingCorpus } from './folder.ts';
import { type About, about, applicationId, formatVersion } from './format.ts';
import { type Collection, bm25, inverseFrequency, saturation, weightWithoutLengths } from './rank.ts';
import { type Term, queryTerms, tokens } from './tokens.ts';

/** Candidates that are ranked exactly, with their lengths and every term of the query. */
const leastCandidates = 600;
/** Frequencies that are kept: those of common words take milliseconds to count. */
const mostFrequencies = 50_000;

type Row = { readonly id: number; readonly key: string; readonly title: string; readonly text: string };

/** A corpus that is open for reading; any number of processes may have it open. */
export class Corpus {
  readonly name: string;
  readonly about: About;
  readonly #database: Database.Database;
  readonly #collection: Collection;
  readonly #frequencies = new Map<string, number>();
  readonly #count: Database.Statement<[string], number>;
  readonly #candidates: Database.Statement<[string, number, number, number], number>;
  readonly #passages: Database.Statement<[string], Row>;

  /** @throws InputError where there is none, or its file is no corpus. */
  constructor(home: string, name: string) {
    const { file } = existingCorpus(home, name);
    this.name = name;
    this.#database = open(file);
    this.about = readAbout(this.#database, file);
    this.#collection = { passages: this.about.passages, meanLength: this.about.tokens / this.about.passages };
    this.#count = this.#database.prepare<[string], number>('SELECT count(*) FROM words WHERE words MATCH ?').pluck();
    this.#candidates = this.#database.prepare<[string, number, number, number], number>('SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words, ?, ?) LIMIT ?').pluck();
    this.#passages = this.#database.prepare<[string], Row>('SELECT id, key, title, text FROM passage WHERE id IN (SELECT value FROM json_each(?))');
  }

  /** The `k` best passages, best first. Any text is a query; one without a word finds nothing. */
  search(query: string, k: number): readonly Passage[] {
    const terms = queryTerms(query).map((term) => ({ ...term, df: this.#frequency(term) })).filter(({ df }) => df > 0);
    const ids = this.#candidateIds(terms, Math.max(leastCandidates, 3 * k));
    const ranked = this.#passages.all(JSON.stringify(ids)).map((row) => ({ row, score: this.#score(row, terms) }));
    // Equal scores in the corpus's order, so that a run repeats.
    ranked.sort((a, b) => b.score - a.score || a.row.id - b.row.id);
    return ranked.slice(0, k).map(({ row: { key, title, text }, score }) => ({ id: key, title, text, score }));
  }

  close(): void {
    this.#database.close();
  }

  #candidateIds(terms: readonly WeighedTerm[], wanted: number): readonly number[] {
    const weight = weightWithoutLengths(this.#collection);
    let found: readonly number[] = [];
    for (const each of candidateQueries(terms)) {
      found = this.#candidates.all(matchExpression(each), weight, weight * bm25.titleWeight, wanted);
      if (found.length >= wanted) break;
    }
    return found;
  }

  #score({ title, text }: Row, terms: readonly WeighedTerm[]): number {
    const [inTitle, inText] = [tokens(title), tokens(text)];
    const length = inTitle.length + inText.length;
    let score = 0;
    for (const term of terms) {
      const tf = occurrences(inText, term) + bm25.titleWeight * occurrences(inTitle, term);
      if (tf > 0) score += inverseFrequency(this.#collection, term.df) * saturation(this.#collection, tf, length);
    }
    return score;
  }

  #frequency(term: Term): number {
    const expression = termExpression(term);
    let df = this.#frequencies.get(expression);
    if (df === undefined) {
      df = this.#count.get(expression) ?? 0;
      if (this.#frequencies.size >= mostFrequencies) this.#frequencies.clear();
      this.#frequencies.set(expression, df);
    }
    return df;
  }
}

function occurrences(all: readonly string[], { text, prefix }: Term): number {
  let count = 0;
  for (const token of all) if (prefix ? token.startsWith(text) : token === text) count += 1;
  return count;
}

function open(file: string): Database.Database {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  database.pragma('mmap_size = 2147418112');
  return database;
}

/** @throws InputError where the file is no corpus, or one of another version. */
function readAbout(database: Database.Database, file: string): About {
  try {
    const [id, version] = [database.pragma('application_id', { simple: true }), database.pragma('user_version', { simple: true })];
    if (id !== applicationId) throw new Error('the database of another program');
    if (version !== formatVersion) throw new Error(`format ${String(version)}, this program reads format ${formatVersion}`);
    return about.parse(JSON.parse(database.prepare<[], string>('SELECT json FROM about').pluck().get() ?? ''));
  } catch (error) {
    database.close();
    throw new InputError({ thing: file, expected: 'a corpus', found: (error as Error).message, remedy: 'Remove it and import the files again (arft search import).' }, { cause: error });
  }
}
