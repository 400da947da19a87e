import { queryTerms, tokens } from './corpus/tokens.ts';

const longest = 240;

/** The part of a text, of about 240 characters, that has most of a query's different words; in one line. */
export function snippet(text: string, query: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= longest) return line;
  const terms = queryTerms(query);
  const found = (piece: string): number => {
    const words = tokens(piece);
    return terms.filter((term) => words.some((word) => (term.prefix ? word.startsWith(term.text) : word === term.text))).length;
  };
  let best = { start: 0, count: -1 };
  for (let start = 0; start < line.length - longest / 2; start += longest / 4) {
    const count = found(line.slice(start, start + longest));
    if (count > best.count) best = { start, count };
  }
  const start = best.start === 0 ? 0 : wordStart(line, best.start);
  const end = start + longest >= line.length ? line.length : wordStart(line, start + longest);
  return `${start > 0 ? '… ' : ''}${line.slice(start, end).trim()}${end < line.length ? ' …' : ''}`;
}

/** The start of the word at an offset, where words have spaces between them; never inside a pair of surrogates. */
function wordStart(line: string, offset: number): number {
  const space = line.lastIndexOf(' ', offset);
  if (space >= offset - 30) return space + 1;
  const code = line.charCodeAt(offset);
  return code >= 0xdc00 && code <= 0xdfff ? offset - 1 : offset;
}
