import Database from 'better-sqlite3';
import { type About, type NewPassage, applicationId, formatVersion, schema } from './format.ts';

/** Bytes of postings that FTS5 gathers in memory before it writes them: few and long runs, merged once at the end. */
const postingsInMemory = 192 << 20;

/** Writes a corpus into a new file. The file counts only when it is finished, so nothing is flushed or journalled before. */
export class CorpusWriter {
  readonly #database: Database.Database;
  readonly #passage: Database.Statement;
  readonly #words: Database.Statement;
  #count = 0;

  constructor(file: string) {
    this.#database = new Database(file);
    for (const pragma of ['page_size = 8192', 'journal_mode = OFF', 'synchronous = OFF', 'locking_mode = EXCLUSIVE', 'cache_size = -65536', `application_id = ${applicationId}`, `user_version = ${formatVersion}`]) this.#database.pragma(pragma);
    this.#database.exec(schema);
    const configure = this.#database.prepare('INSERT INTO words(words, rank) VALUES (?, ?)');
    // As integers; a number of JavaScript is a float to SQLite.
    for (const [option, value] of [['hashsize', postingsInMemory], ['automerge', 0], ['crisismerge', 256]] as const) configure.run(option, BigInt(value));
    this.#database.exec('BEGIN');
    this.#passage = this.#database.prepare('INSERT INTO passage VALUES (?, ?, ?, ?)');
    this.#words = this.#database.prepare('INSERT INTO words(rowid, text, title) VALUES (?, ?, ?)');
  }

  add({ key, title, text, indexedTitle, indexedText }: NewPassage): void {
    const id = ++this.#count;
    this.#passage.run(id, key, title, text);
    this.#words.run(id, indexedText ?? text, indexedTitle ?? title);
  }

  /** Merges the index into one run and writes everything to the disk. */
  finish(about: About): void {
    this.#database.prepare('INSERT INTO about VALUES (?)').run(JSON.stringify(about));
    this.#database.exec('COMMIT');
    this.#database.pragma('synchronous = FULL');
    this.#database.exec("INSERT INTO words(words) VALUES ('optimize')");
    this.#database.close();
  }

  close(): void {
    this.#database.close();
  }
}
