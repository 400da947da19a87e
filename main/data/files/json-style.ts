import { z } from 'zod';

/** How a file writes its JSON: what a serializer must know to write the same bytes again. */
export const jsonStyle = z.strictObject({
  /** White space of one level; null where a row stands on one line. */
  indent: z.string().nullable(),
  /** White space before a row's own closing brace. */
  base: z.string(),
  newline: z.enum(['\n', '\r\n']),
  colon: z.string(),
  comma: z.string(),
  /** Everything but printable ASCII as \u escapes (Python's ensure_ascii). */
  ascii: z.boolean(),
});

export type JsonStyle = Readonly<z.infer<typeof jsonStyle>>;

/** Compact, as JSON.stringify writes. */
export const compactStyle: JsonStyle = { indent: null, base: '', newline: '\n', colon: ':', comma: ',', ascii: false };

/** On one line, as Python's json.dumps(…, ensure_ascii=False) writes. */
export const lineStyle: JsonStyle = { ...compactStyle, colon: ': ', comma: ', ' };

/** Rows of a list, as Python's json.dump(…, ensure_ascii=False, indent=4) writes. */
export const listStyle: JsonStyle = { ...compactStyle, indent: '    ', base: '    ', colon: ': ' };

/** A value of JSON as text in a style. */
export function writeJson(value: unknown, style: JsonStyle): string {
  const text = style.indent === null && style.colon === ':' && style.comma === ',' ? JSON.stringify(value) : nested(value, style, style.newline + style.base);
  return style.ascii ? text.replace(/[^\n\r -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) : text;
}

function nested(value: unknown, style: JsonStyle, line: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = style.indent === null ? '' : line + style.indent;
  const parts = Array.isArray(value)
    ? value.map((each) => nested(each ?? null, style, inner))
    : Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [`${JSON.stringify(key)}${style.colon}${nested(each, style, inner)}`]));
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (parts.length === 0) return `${open}${close}`;
  return `${open}${inner}${parts.join(style.comma + inner)}${style.indent === null ? '' : line}${close}`;
}

/** The style that writes most of the rows as they are. Each row: its value and its text. */
export function styleOf(rows: readonly { readonly value: unknown; readonly text: string }[]): JsonStyle {
  const candidates = rows.slice(0, 8).flatMap(({ text }) => candidatesFor(text));
  const distinct = [...new Map(candidates.map((style) => [JSON.stringify(style), style])).values()];
  let [best, most] = [compactStyle, -1];
  for (const style of distinct) {
    const same = rows.filter(({ value, text }) => writeJson(value, style) === text).length;
    if (same > most) [best, most] = [style, same];
  }
  return best;
}

/** Indentation is read off the text; what else may differ are few things, so they are tried. */
function candidatesFor(text: string): readonly JsonStyle[] {
  const first = /^\{(\r?\n)([ \t]*)"/.exec(text);
  const [newline, deep] = [first?.[1] === '\r\n' ? '\r\n' : '\n', first?.[2]] as const;
  const base = deep === undefined ? '' : (/\n([ \t]*)\}$/.exec(text)?.[1] ?? '');
  const indent = deep === undefined ? null : deep.slice(base.length);
  return [': ', ':', ' : '].flatMap((colon) => (indent === null ? [',', ', '] : [',']).flatMap((comma) => [false, true].map((ascii): JsonStyle => ({ indent, base, newline, colon, comma, ascii }))));
}
