import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { noFile } from '../../../model/folder/file-errors.ts';
import { InputError } from '../../../records/input-error.ts';
import type { ReadDocuments } from './document.ts';
import { readJson } from './json.ts';
import { readHtml, readMarkdown, readText } from './text.ts';

/** Endings of files that can be imported, and how each is read. */
const readers: Readonly<Record<string, ReadDocuments>> = {
  '.jsonl': readJson('lines'),
  '.ndjson': readJson('lines'),
  '.json': readJson('list'),
  '.md': readMarkdown,
  '.markdown': readMarkdown,
  '.txt': readText,
  '.html': readHtml,
  '.htm': readHtml,
  '.xhtml': readHtml,
};

export type SourceFile = { readonly file: string; readonly name: string; readonly bytes: number; readonly read: ReadDocuments };

export type Sources = {
  readonly files: readonly SourceFile[];
  /** Files of a folder whose ending is not known. */
  readonly skipped: readonly string[];
};

/**
 * The files of paths: each a file or a folder, which is searched through. Hidden files and links to folders are left out.
 * @throws InputError for a path that is not there, and for a file of an unknown kind that is named itself.
 */
export async function sourceFiles(paths: readonly string[]): Promise<Sources> {
  const files: SourceFile[] = [];
  const skipped: string[] = [];
  for (const each of paths) {
    const found = await stat(each).catch((error: NodeJS.ErrnoException) => {
      throw new InputError({ thing: each, expected: 'a file or folder to import', found: error.code === 'ENOENT' ? 'nothing there' : error.message, remedy: 'Check the path.' }, { cause: error });
    });
    if (found.isDirectory()) {
      const names = (await readdir(each, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => path.relative(each, path.join(entry.parentPath, entry.name)));
      for (const name of names.filter((one) => !one.split(path.sep).some((part) => part.startsWith('.'))).toSorted()) {
        const read = readerOf(name);
        const file = path.join(each, name);
        if (read) files.push({ file, name: name.split(path.sep).join('/'), bytes: (await stat(file)).size, read });
        else skipped.push(file);
      }
      continue;
    }
    if (!found.isFile()) throw noFile(each, 'a file or folder to import', found);
    const read = readerOf(each);
    if (!read) throw new InputError({ thing: each, expected: `a file that ends in ${Object.keys(readers).join(', ')}`, found: path.extname(each) || 'no ending', remedy: 'Rename the file after what it holds, or convert it to JSON lines {"id", "title", "text"}.' });
    files.push({ file: each, name: path.basename(each), bytes: found.size, read });
  }
  return { files, skipped };
}

const readerOf = (file: string): ReadDocuments | undefined => readers[path.extname(file).toLowerCase()];
