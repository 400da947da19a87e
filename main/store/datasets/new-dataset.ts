import { InputError } from '../../records/input-error.ts';
import type { Connection } from '../connection.ts';

/** A new dataset's number. `importing`: it is not seen until its import is done. */
export function newDataset(database: Connection, { name, source, format, importing = false }: { readonly name: string; readonly source: string; readonly format: string; readonly importing?: boolean }): number {
  const now = new Date().toISOString();
  return Number(database.run('INSERT INTO dataset(name, source, format, created_at, edited_at, importing_by) VALUES (?, ?, ?, ?, ?, ?)', freeName(database, name), source, format, now, now, importing ? process.pid : null).lastInsertRowid);
}

/** The name, trimmed. @throws InputError for none, or one that is taken. */
export function freeName(database: Connection, name: string): string {
  const trimmed = name.trim();
  const found = trimmed === '' ? 'nothing' : database.row('SELECT 1 FROM dataset WHERE name = ? AND importing_by IS NULL AND bin IS NULL', trimmed) ? 'one that another dataset has' : undefined;
  if (found === undefined) return trimmed;
  throw new InputError({ thing: `dataset ${JSON.stringify(name)}`, expected: 'a name of its own', found, remedy: 'Choose another name.' });
}
