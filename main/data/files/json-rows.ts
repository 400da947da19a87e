import type { ReadStream } from 'node:fs';
import { parseAsWritten } from '../../records/as-written.ts';
import { type Container, type TextRow, textRows } from './text-rows.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A row of a file; of a text file with its text, so that it can be written again as it was. */
export type Row = {
  /** Counted from 0. */
  readonly index: number;
  readonly line?: number;
  readonly value: JsonObject;
  readonly text?: string;
  /** The value with its numbers as they are written. */
  readonly asWritten?: () => JsonObject;
  readonly before?: string;
  /** What is wrong around it. */
  readonly note?: string;
};

/** A row that cannot be read, and why. */
export type BrokenRow = { readonly index: number; readonly line?: number; readonly before?: string; readonly reason: string };

/** The rows of a text file with their values. @returns what stands after the last row. */
export async function* jsonRows(stream: ReadStream, container: Container): AsyncGenerator<Row | BrokenRow, string> {
  const rows = textRows(stream as AsyncIterable<Buffer>, container);
  let index = 0;
  let held: Row | BrokenRow | undefined;
  try {
    let next = await rows.next();
    for (; !next.done; next = await rows.next()) {
      const row = next.value;
      const parsed = parse(row);
      // A row with a bracket too many falls into pieces, `"field": value` each: all of them are one fault.
      if (held && container === 'list' && typeof parsed === 'string' && /^"[^"]*"\s*:/.test(row.text)) {
        const { index: at, line, before } = held;
        held = { index: at, ...(line !== undefined && { line }), ...(before !== undefined && { before }), reason: 'reason' in held ? held.reason : 'not JSON: a closing bracket too many' };
        continue;
      }
      for (const piece of piecesOf(row, parsed, container)) {
        if (held) yield held;
        held = { ...piece, index: index++ };
      }
    }
    if (held) yield held;
    return next.value;
  } finally {
    await rows.return('');
  }
}

type Piece = Omit<Row, 'index'> | Omit<BrokenRow, 'index'>;

function piecesOf(row: TextRow, parsed: JsonObject | string, container: Container): readonly Piece[] {
  const { line, before, text } = row;
  if (typeof parsed !== 'string') return [{ line, before, text, value: parsed, asWritten: writtenIn(text) }];
  return container === 'lines' ? [{ line, before, reason: parsed }] : recovered(row, parsed);
}

/** The row's value, or why there is none. */
function parse({ text, broken, cut }: Omit<TextRow, 'index' | 'before' | 'line'>): JsonObject | string {
  if (broken) return broken;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
    return `expected an object, found ${Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`}`;
  } catch (error) {
    return cut ? 'the file ends inside this row' : `not JSON: ${(error as Error).message}`;
  }
}

const writtenIn = (text: string) => (): JsonObject => parseAsWritten(text) as JsonObject;

/**
 * A row of a list that lost a bracket takes those after it along. They are found again where a line begins as this row
 * does: with the same white space and a brace.
 */
function recovered(row: TextRow, reason: string): readonly Piece[] {
  const margin = /(?:^|\n)([ \t]*)$/.exec(row.before)?.[1];
  const texts = margin === undefined ? [row.text] : row.text.split(new RegExp(`\\n${margin}(?=\\{)`));
  if (texts.length === 1) return [{ line: row.line, before: row.before, reason }];
  let line = row.line;
  return texts.map((piece, i): Piece => {
    const last = i === texts.length - 1;
    const text = piece.replace(/[\s,]+$/, '');
    const cut = last && row.cut ? { cut: true as const } : {};
    let value = parse({ text, ...cut });
    // The end of the list was taken along, too.
    if (last && typeof value === 'string' && text.endsWith(']')) value = parse({ text: text.slice(0, -1).trimEnd(), ...cut });
    const at = line;
    line += piece.split('\n').length;
    return { line: at, ...(i === 0 && { before: row.before }), ...(typeof value === 'string' ? { reason: value } : { value, asWritten: writtenIn(text), ...(i > 0 && { note: 'the row before does not end as it should' }) }) };
  });
}
