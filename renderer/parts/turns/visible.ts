// Text of models, tools and data sets is shown as it is. Characters that would act (turn the direction, move a cursor,
// hide) are drawn as marks instead, so that what is read is what is there.

/** A stretch of text, or a character that is drawn as a mark: the mark, and the character's name. */
export type Piece = { readonly text: string; readonly mark?: string };

/** Names of the control characters from U+0000 on. */
const controls = 'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(' ');

/** Names of other characters that have no picture of their own. */
const names: Readonly<Record<number, string>> = {
  0x7f: 'DEL', 0xad: 'SHY', 0x61c: 'ALM', 0x180e: 'MVS', 0x200b: 'ZWSP', 0x200e: 'LRM', 0x200f: 'RLM', 0x2028: 'LS', 0x2029: 'PS', 0x202a: 'LRE', 0x202b: 'RLE',
  0x202c: 'PDF', 0x202d: 'LRO', 0x202e: 'RLO', 0x2060: 'WJ', 0x2066: 'LRI', 0x2067: 'RLI', 0x2068: 'FSI', 0x2069: 'PDI', 0xfeff: 'BOM',
};

// Line ends and tabs are drawn by the browser; a joiner stays, since scripts and emoji need it.
// eslint-disable-next-line no-control-regex
const acting = /\r\n|[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu;

/** The text as pieces that can be drawn one after another. */
export function visiblePieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(acting)) {
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    at = match.index + match[0].length;
    if (match[0] === '\r\n') pieces.push({ text: '\n' });
    else pieces.push(markOf(match[0]));
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}

function markOf(character: string): Piece {
  const code = character.codePointAt(0) as number;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const name = controls[code] ?? names[code];
  return { text: name ?? hex, mark: name ? `${hex} ${name}` : hex };
}

/** The text with its marks, where only characters can be drawn: titles, names for screen readers. */
export const visibleText = (text: string): string => visiblePieces(text).map(({ text: each, mark }) => (mark === undefined ? each : `⟨${each}⟩`)).join('');

/** The first line that says something, cut to a length. */
export function firstLine(text: string, most = 160): string {
  const line = text.slice(0, 4000).split('\n').find((each) => each.trim() !== '')?.trim() ?? '';
  return line.length > most ? `${headOf(line, most, 1)}…` : line;
}

/** How much of a text is shown first: up to `characters` and `lines`, never half of a pair of surrogates. */
export function headOf(text: string, characters: number, lines: number): string {
  let end = Math.min(text.length, characters);
  for (let line = 0, at = -1; line < lines; line++) {
    at = text.indexOf('\n', at + 1);
    if (at < 0 || at >= end) break;
    if (line === lines - 1) end = at;
  }
  if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
