import { isUtf8 } from 'node:buffer';

/** How rows stand in a text file: one JSON list, or one JSON value on each line. */
export type Container = 'list' | 'lines';

/** A row as it stands in its file. */
export type TextRow = {
  /** Counted from 0. */
  readonly index: number;
  /** Line on which it begins, counted from 1. */
  readonly line: number;
  /** What stands between the row before (or the start of the file) and this one. */
  readonly before: string;
  readonly text: string;
  /** Why it cannot be a row, whatever its text. */
  readonly broken?: string;
  /** The file ends, and the row does not. */
  readonly cut?: true;
};

const [newline, quote, comma, backslash, space] = [10, 34, 44, 92, 32];
const [openList, closeList, openObject, closeObject] = [91, 93, 123, 125];

/**
 * The rows of a text file, as they come. Works on bytes, since all that structures JSON is ASCII.
 * @returns what stands after the last row.
 */
export async function* textRows(chunks: AsyncIterable<Buffer>, container: Container): AsyncGenerator<TextRow, string> {
  return yield* container === 'lines' ? lineRows(chunks) : listRows(chunks);
}

const notUtf8 = 'not UTF-8 text';

async function* lineRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<TextRow, string> {
  let pieces: Buffer[] = []; // of a line that goes over several chunks
  let before = '';
  let [index, line] = [0, 1];
  const row = (bytes: Buffer): TextRow | undefined => {
    const start = line === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    const end = bytes.at(-1) === 13 ? bytes.length - 1 : bytes.length;
    const text = bytes.toString('utf8', start, end);
    before += bytes.toString('utf8', 0, start);
    if (text.trim() === '') {
      before += bytes.toString('utf8', start);
      return undefined;
    }
    const made: TextRow = { index: index++, line, before, text, ...(!isUtf8(bytes) && { broken: notUtf8 }) };
    before = bytes.toString('utf8', end);
    return made;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const made = row(pieces.length === 0 ? chunk.subarray(start, end) : Buffer.concat([...pieces, chunk.subarray(start, end)]));
      if (made) yield made;
      before += '\n';
      [start, pieces] = [end + 1, []];
      line++;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  const last = pieces.length === 0 ? undefined : row(Buffer.concat(pieces));
  if (last) yield last;
  return before;
}

/** The list's elements; a newline inside a string, which JSON does not allow, ends the string, so that a lost quote costs one row. */
async function* listRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<TextRow, string> {
  let bytes: Buffer = Buffer.alloc(0);
  let [at, depth, index, line] = [0, 0, 0, 1];
  /** Ends of the last row and of the last sign of this one, start of this one; offsets in `bytes`. */
  let [last, end, start, startLine] = [0, 0, -1, 1];
  let [inString, escaped] = [false, false];
  const take = (): TextRow => {
    const slice = bytes.subarray(start, end);
    const row: TextRow = { index: index++, line: startLine, before: bytes.toString('utf8', last, start), text: slice.toString('utf8'), ...(!isUtf8(slice) && { broken: notUtf8 }) };
    [last, start] = [end, -1];
    return row;
  };
  for await (const chunk of chunks) {
    bytes = last === bytes.length ? chunk : Buffer.concat([bytes.subarray(last), chunk]);
    [at, start, end, last] = [at - last, start < 0 ? -1 : start - last, end - last, 0];
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === newline) {
        line++;
        [inString, escaped] = [false, false];
      } else if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
        end = at + 1;
      } else if (byte > space) {
        if (depth === 0) {
          if (byte === openList) depth = 1;
          continue;
        }
        if (depth === 1 && (byte === comma || byte === closeList)) {
          if (start >= 0) yield take();
          if (byte === closeList) depth = 0;
          continue;
        }
        if (start < 0) [start, startLine] = [at, line];
        if (byte === quote) inString = true;
        else if (byte === openObject || byte === openList) depth++;
        else if ((byte === closeObject || byte === closeList) && depth > 1) depth--;
        end = at + 1;
      }
    }
  }
  if (start >= 0) yield { ...take(), cut: true };
  return bytes.toString('utf8', last);
}
