/** What a completion under way has so far: the last part may be unfinished. */
export type PartialPart = { readonly kind: 'think' | 'search' | 'code' | 'problem' | 'answer' | 'text'; readonly text: string; readonly open: boolean };

const tags = ['think', 'search', 'code', 'problem', 'answer'] as const;
const opening = /<(think|search|code|problem|answer)>/;

/**
 * Splits a completion that is still being written at the tags of the protocol, to be drawn and no more: the engine reads
 * the whole one. A tag that has only begun is kept back.
 */
export function partialParts(written: string): readonly PartialPart[] {
  const parts: PartialPart[] = [];
  let rest = withoutBegunTag(written);
  for (let match = opening.exec(rest); match; match = opening.exec(rest)) {
    const before = rest.slice(0, match.index);
    if (before.trim() !== '') parts.push({ kind: 'text', text: before.trim(), open: false });
    const kind = match[1] as (typeof tags)[number];
    const inside = rest.slice(match.index + match[0].length);
    const end = inside.indexOf(`</${kind}>`);
    if (end < 0) return [...parts, { kind, text: unfencedSoFar(kind, inside), open: true }];
    parts.push({ kind, text: unfencedSoFar(kind, inside.slice(0, end)), open: false });
    rest = inside.slice(end + kind.length + 3);
  }
  if (rest.trim() !== '') parts.push({ kind: 'text', text: rest.trim(), open: true });
  return parts;
}

/** `…</thi` loses its end while that may still become a tag. */
function withoutBegunTag(text: string): string {
  const at = text.lastIndexOf('<');
  const end = at < 0 ? '' : text.slice(at);
  return end !== '' && tags.some((tag) => `<${tag}>`.startsWith(end) || `</${tag}>`.startsWith(end)) && !end.endsWith('>') ? text.slice(0, at) : text;
}

const unfencedSoFar = (kind: string, text: string): string => (kind === 'code' ? text.trimStart().replace(/^```[\w+-]*\r?\n?/, '').replace(/\r?\n?```\s*$/, '') : text.trim());
