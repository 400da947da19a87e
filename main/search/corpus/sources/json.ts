import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { type JsonObject, jsonRows } from '../../../data/files/json-rows.ts';
import type { Container } from '../../../data/files/text-rows.ts';
import type { Broken, Document, ReadDocuments } from './document.ts';

const id = z.union([z.string().min(1), z.number()]).transform(String).optional();

/** Rows of a corpus. FlashRAG's have the title as the first line of `contents`, often in quotation marks. */
const row = z.union([
  z.object({ id, title: z.string().nullish(), contents: z.string() }).transform(({ contents, ...rest }) => (rest.title === undefined || rest.title === null ? { ...rest, ...titleAndText(contents) } : { ...rest, text: contents })),
  z.object({ id, title: z.string().nullish(), text: z.string() }),
]);

function titleAndText(contents: string): { readonly title: string; readonly text: string } {
  const end = contents.indexOf('\n');
  if (end < 0) return { title: '', text: contents };
  const first = contents.slice(0, end).trim();
  const quoted = first.length > 1 && first.startsWith('"') && first.endsWith('"');
  return { title: quoted ? first.slice(1, -1).replaceAll('""', '"') : first, text: contents.slice(end + 1) };
}

/** Rows {id, title, text} or {id, contents}. A row without an id has the number of its line. */
export const readJson = (container: Container): ReadDocuments =>
  async function* (file, name) {
    const rows = jsonRows(createReadStream(file, { highWaterMark: 1 << 20 }), container);
    let any = false;
    for await (const each of rows) {
      any = true;
      const place = each.line === undefined ? {} : { line: each.line };
      if ('reason' in each) yield { ...place, reason: each.reason };
      else yield { ...documentOf(each.value, `${name}:${each.line ?? each.index + 1}`), ...place };
    }
    if (!any && container === 'list') yield { reason: 'no rows: expected a list of objects' };
  };

function documentOf(value: JsonObject, name: string): Document | Broken {
  // The two shapes as they are almost always, without the schema's cost.
  const { id, title, text, contents } = value;
  if (typeof id === 'string' && id !== '' && typeof text === 'string' && typeof title === 'string' && contents === undefined) return filled({ id, title, text });
  const parsed = row.safeParse(value);
  if (!parsed.success) return { reason: `expected {"id", "title", "text"} or {"id", "contents"} as strings, found ${shapeOf(value)}` };
  return filled({ id: parsed.data.id ?? name, title: parsed.data.title ?? '', text: parsed.data.text });
}

const shapeOf = (value: JsonObject): string => `{${Object.entries(value).slice(0, 6).map(([name, each]) => `${JSON.stringify(name.slice(0, 40))}: ${each === null ? 'null' : Array.isArray(each) ? 'a list' : typeof each}`).join(', ')}}`;

const filled = (document: Document): Document | Broken => (/\S/.test(document.text) ? document : { reason: 'the text is empty' });
