import type { Action, InvalidReason } from '../../records/action.ts';

/** Longest completion that is read, in UTF-16 units; no model writes as much, and an attack shall not cost time. */
export const longest = 1 << 20;

/** <tag>body</tag> at [start, end) of a text. */
export type Block<T extends string> = { readonly tag: T; readonly body: string; readonly start: number; readonly end: number };

export type Invalid = Extract<Action, { kind: 'invalid' }>;

export const invalid = (reason: InvalidReason, detail: string): Invalid => ({ kind: 'invalid', reason, detail });

/** The blocks of a text in order, or why its tags do not pair up. One pass over the text. */
export function blocksOf<T extends string>(text: string, tags: readonly T[]): readonly Block<T>[] | Invalid {
  const blocks: Block<T>[] = [];
  let open: { readonly tag: T; readonly start: number; readonly bodyStart: number } | undefined;
  for (const found of text.matchAll(new RegExp(`<(/?)(${tags.join('|')})>`, 'g'))) {
    const [whole, slash, name] = found as unknown as [string, string, T];
    const end = found.index + whole.length;
    if (slash === '') {
      if (open) return invalid('nested', `<${name}> inside <${open.tag}>`);
      open = { tag: name, start: found.index, bodyStart: end };
    } else if (open?.tag === name) {
      blocks.push({ tag: name, body: text.slice(open.bodyStart, found.index), start: open.start, end });
      open = undefined;
    } else {
      return invalid('unclosed', open ? `</${name}> where </${open.tag}> was due` : `</${name}> without <${name}>`);
    }
  }
  return open ? invalid('unclosed', `<${open.tag}> is not closed`) : blocks;
}
