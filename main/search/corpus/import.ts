import { createHash, randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { makeFolders } from '../../home.ts';
import { withFile } from '../../model/folder/file-errors.ts';
import { InputError } from '../../records/input-error.ts';
import { corporaFolder, corpusFile, removeUnfinished, unfinishedFile } from './folder.ts';
import type { About, NewPassage } from './format.ts';
import { passagesOf } from './passages.ts';
import type { Broken, Document } from './sources/document.ts';
import { type SourceFile, sourceFiles } from './sources/files.ts';
import { countTokens, indexText } from './tokens.ts';
import { WriterClient } from './writer-client.ts';

export type ImportSettings = {
  readonly home: string;
  readonly name: string;
  /** Files and folders. */
  readonly sources: readonly string[];
  /** Whether a corpus of this name gives way, when the new one is whole. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  /** Bytes of the sources that are read. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
};

export type BrokenSource = Broken & { readonly file: string };

export type ImportReport = {
  readonly name: string;
  readonly about: About;
  /** At most `brokenListed` of the rows that could not be read. */
  readonly broken: readonly BrokenSource[];
  readonly brokenCount: number;
  /** Files of an unknown kind. */
  readonly skipped: readonly string[];
  readonly ms: number;
};

const brokenListed = 1000;
const longestTitle = 300;
const batchPassages = 1000;
const batchCharacters = 4 << 20;

/**
 * Makes a corpus of files. It appears under its name when it is whole; cancelled, failed or killed there is none.
 * Rows that cannot be read are listed, the rest is imported.
 * @throws InputError for sources that are not there or hold nothing, a name that is taken, a full disk.
 */
export async function importCorpus(settings: ImportSettings): Promise<ImportReport> {
  const { home, name, sources, replace = false, signal } = settings;
  const started = performance.now();
  const file = corpusFile(home, name);
  if (!replace && existsSync(file)) throw new InputError({ thing: `corpus ${name}`, expected: 'a name that is not taken', found: file, remedy: 'Choose another name, or replace it (--replace).' });
  const { files, skipped } = await sourceFiles(sources);
  withFile(corporaFolder(home), 'a folder that can be written', () => makeFolders(corporaFolder(home)));
  removeUnfinished(home);
  const part = unfinishedFile(home, randomUUID());
  // SQLite would not say why it cannot make it.
  withFile(corporaFolder(home), 'a folder that can be written', () => writeFileSync(part, ''));
  const writer = new WriterClient(part);
  try {
    const contents = new Contents(writer);
    await readAll(files, contents, settings);
    if (contents.passages === 0) throw new InputError({ thing: sources.join(', '), expected: 'at least one document', found: nothingFound(files, contents), remedy: 'Choose other files.' });
    await contents.flush();
    const about = contents.about();
    await writer.finish(about);
    await writer.close();
    signal?.throwIfAborted();
    renameSync(part, file);
    return { name, about, broken: contents.broken, brokenCount: contents.brokenCount, skipped, ms: performance.now() - started };
  } catch (error) {
    await writer.close();
    throw (error as { code?: string }).code === 'SQLITE_FULL' ? new InputError({ thing: corporaFolder(home), expected: 'room for the corpus: about twice its text', found: 'a full disk', remedy: 'Free space, or set ARFT_HOME to a folder on another disk.' }, { cause: error }) : error;
  } finally {
    for (const ending of ['', '-journal']) rmSync(part + ending, { force: true });
  }
}

async function readAll(files: readonly SourceFile[], contents: Contents, { signal, onProgress = () => {} }: ImportSettings): Promise<void> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const { file, name, bytes, read } of files) {
    let characters = 0;
    for await (const each of read(file, name)) {
      if ('reason' in each) {
        contents.addBroken({ file, ...each });
        continue;
      }
      contents.add(each);
      characters += each.text.length;
      if (!contents.full) continue;
      await contents.flush();
      signal?.throwIfAborted();
      onProgress(before + Math.min(bytes, characters), total);
    }
    signal?.throwIfAborted();
    before += bytes;
    onProgress(before, total);
  }
}

const nothingFound = (files: readonly SourceFile[], { broken, brokenCount }: Contents): string => {
  const [first] = broken;
  if (!first) return files.length === 0 ? 'no file of a known kind' : 'none';
  return `${brokenCount} that cannot be read, the first ${first.file}${first.line === undefined ? '' : `, line ${first.line}`}: ${first.reason}`;
};

/** What an import has seen so far, and the batch that is being filled. */
class Contents {
  readonly broken: BrokenSource[] = [];
  brokenCount = 0;
  passages = 0;
  readonly #writer: WriterClient;
  readonly #hash = createHash('sha256');
  #documents = 0;
  #tokens = 0;
  #textBytes = 0;
  #batch: NewPassage[] = [];
  #batchCharacters = 0;

  constructor(writer: WriterClient) {
    this.#writer = writer;
  }

  get full(): boolean {
    return this.#batch.length >= batchPassages || this.#batchCharacters >= batchCharacters;
  }

  addBroken(broken: BrokenSource): void {
    this.brokenCount += 1;
    if (this.broken.length < brokenListed) this.broken.push(broken);
  }

  add({ id, title, text }: Document): void {
    this.#documents += 1;
    const passages = passagesOf(text);
    const shown = title.trim().slice(0, longestTitle).toWellFormed();
    const indexedTitle = indexText(shown);
    const titleTokens = countTokens(indexedTitle);
    for (const [i, passage] of passages.entries()) {
      const indexedText = indexText(passage);
      const key = passages.length === 1 ? id : `${id}#${i + 1}`;
      this.#tokens += titleTokens + countTokens(indexedText);
      this.#batch.push({ key, title: shown, text: passage, ...(indexedTitle !== shown && { indexedTitle }), ...(indexedText !== passage && { indexedText }) });
      this.#batchCharacters += passage.length;
    }
    this.passages += passages.length;
  }

  async flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const bytes = Buffer.from(this.#batch.map(({ key, title, text }) => `${key}\0${title}\0${text}\0`).join(''));
    this.#hash.update(bytes);
    this.#textBytes += bytes.length - this.#batch.reduce((sum, { key }) => sum + Buffer.byteLength(key) + 3, 0);
    const batch = this.#batch;
    this.#batch = [];
    this.#batchCharacters = 0;
    await this.#writer.add(batch);
  }

  about(): About {
    return { documents: this.#documents, passages: this.passages, tokens: this.#tokens, textBytes: this.#textBytes, fingerprint: this.#hash.digest('hex'), createdAt: new Date().toISOString() };
  }
}
