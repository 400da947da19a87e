import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';

export type Article = { readonly title: string; readonly text: string };

/** More elements than an article has; Readability's time grows with them. */
const mostElements = 12_000;

/**
 * The main text of a page and its title. A page without a main text gives all its words. Some pages take minutes: where
 * they are somebody else's, this runs in a thread (read-article.ts).
 */
export function articleOf(html: string): Article {
  const { document } = parseHTML(/<html[\s>]/i.test(html) ? html : `<html><body>${html}</body></html>`);
  const title = oneLine(document.querySelector('title')?.textContent ?? '');
  for (const each of document.querySelectorAll('script, style, noscript, template, svg')) each.remove();
  if (document.querySelectorAll('*').length > mostElements) return { title, text: blocks(document.body) };
  const whole = blocks(document.body);
  const article = new Readability(document as unknown as ConstructorParameters<typeof Readability>[0], { charThreshold: 250 }).parse();
  const container = article?.content ? parseHTML(`<html><body>${article.content}</body></html>`).document.body : undefined;
  const text = container ? blocks(container) : '';
  return { title: oneLine(article?.title ?? '') || title, text: text === '' ? whole : text };
}

/** The words of a piece of HTML, as engines mark hits in. */
export const plainText = (html: string): string => (/[<&]/.test(html) ? oneLine(parseHTML(`<html><body>${html}</body></html>`).document.body.textContent ?? '') : html);

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const paragraphs = new Set(['P', 'DIV', 'SECTION', 'ARTICLE', 'HEADER', 'FOOTER', 'MAIN', 'ASIDE', 'NAV', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'UL', 'OL', 'TABLE', 'BLOCKQUOTE', 'PRE', 'FIGURE', 'DL', 'FORM']);
const lines = new Set(['BR', 'LI', 'TR', 'DT', 'DD', 'FIGCAPTION', 'CAPTION', 'OPTION']);

type Walked = { readonly nodeType: number; readonly nodeName: string; readonly textContent: string | null; readonly childNodes: Iterable<Walked> };

/** The words of an element, its blocks as paragraphs. */
function blocks(element: unknown): string {
  const parts: string[] = [];
  const walk = (node: Walked): void => {
    if (node.nodeType === 3) return void parts.push((node.textContent ?? '').replaceAll(/\s+/g, ' '));
    const name = node.nodeName.toUpperCase();
    const edge = paragraphs.has(name) ? '\n\n' : lines.has(name) ? '\n' : name === 'TD' || name === 'TH' ? ' ' : '';
    parts.push(edge);
    for (const child of node.childNodes) walk(child);
    parts.push(edge);
  };
  walk(element as Walked);
  return parts.join('').replaceAll(/[ \t]+/g, ' ').replaceAll(/ ?\n ?/g, '\n').replaceAll(/\n{3,}/g, '\n\n').trim();
}
