import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { declaredCharset, textOfFile } from '../../article/charset.ts';
import { parseYaml } from '../../../records/parse-yaml.ts';
import { readArticle } from '../../article/read-article.ts';
import type { Broken, Document, ReadDocuments } from './document.ts';

/** A single document longer than this is none that somebody wrote. */
const longestFile = 64 << 20;
const longestReadingMs = 30_000;

/** A file that is read as a whole, and what it holds. */
const wholeFile = (documentsOf: (text: string, name: string) => readonly Document[] | Promise<readonly (Document | Broken)[]>, charsetOf: (bytes: Uint8Array) => string | undefined = () => undefined): ReadDocuments =>
  async function* (file, name) {
    const { size } = await stat(file);
    if (size > longestFile) yield { reason: `${size} bytes, more than the ${longestFile} of a single document` };
    else yield* await documentsIn(await readFile(file));

    async function documentsIn(bytes: Uint8Array): Promise<readonly (Document | Broken)[]> {
      const charset = charsetOf(bytes);
      const text = textOfFile(bytes, charset);
      if (text === undefined) return [{ reason: `not UTF-8 text${charset === undefined ? '' : `, and not ${charset}, which it names`}: save it as UTF-8` }];
      const documents = await documentsOf(text, name);
      return documents.length > 0 ? documents : [{ reason: 'the text is empty' }];
    }
  };

const nameWithoutEnding = (name: string): string => path.basename(name, path.extname(name));

const nonEmpty = (documents: readonly Document[]): readonly Document[] => documents.filter(({ text }) => text.trim() !== '');

/** Plain text: one document named after its file. */
export const readText = wholeFile((text, name) => nonEmpty([{ id: name, title: nameWithoutEnding(name), text: text.replaceAll('\r\n', '\n') }]));

/** A page: its article and title. */
export const readHtml = wholeFile(async (html, name) => {
  try {
    const { title, text } = await readArticle(html, longestReadingMs);
    return nonEmpty([{ id: name, title: title || nameWithoutEnding(name), text }]);
  } catch (error) {
    return [{ reason: (error as Error).message }];
  }
}, declaredCharset);

/** Markdown: a document for each section, named after the page and the headings above it. */
export const readMarkdown = wholeFile((markdown, name) => {
  const { title, body } = frontMatter(markdown.replaceAll('\r\n', '\n'));
  const sections = sectionsOf(body);
  const first = sections.find(({ headings, text }) => headings.length === 1 || text.trim() !== '')?.headings[0];
  const page = title ?? first ?? nameWithoutEnding(name);
  return nonEmpty(sections.map(({ headings, text }, i) => ({ id: sections.length === 1 ? name : `${name}#${i + 1}`, title: [...new Set([page, ...headings])].join(' – '), text: withoutMarks(text) })));
});

function frontMatter(markdown: string): { readonly title?: string; readonly body: string } {
  const found = /^---\n(.*?)\n---\n/s.exec(markdown);
  if (!found) return { body: markdown };
  const body = markdown.slice(found[0].length);
  try {
    const fields: unknown = parseYaml(found[1] ?? '');
    const title = typeof fields === 'object' && fields !== null && 'title' in fields ? fields.title : undefined;
    return typeof title === 'string' ? { title, body } : { body };
  } catch {
    // Three dashes may also be a rule of a text.
    return { body: markdown };
  }
}

type Section = { readonly headings: readonly string[]; readonly text: string };

function sectionsOf(markdown: string): readonly Section[] {
  const sections: { headings: readonly string[]; lines: string[] }[] = [{ headings: [], lines: [] }];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    const edge = /^ {0,3}(```+|~~~+)/.exec(line)?.[1]?.slice(0, 3);
    if (edge !== undefined) fence = fence === undefined ? edge : fence === edge ? undefined : fence;
    const open = sections.at(-1) as (typeof sections)[number];
    const heading = fence === undefined ? (/^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line) ?? underlined(line, open.lines)) : null;
    if (heading) sections.push({ headings: [...open.headings.slice(0, (heading[1] as string).length - 1), heading[2] as string], lines: [] });
    else open.lines.push(line);
  }
  return sections.map(({ headings, lines }) => ({ headings: headings.filter((each) => each !== ''), text: lines.join('\n') }));
}

/** The marks and words of a heading that this line underlines; its words, one line after an empty one, are taken from the section so far. */
function underlined(line: string, before: string[]): readonly [line: string, marks: string, words: string] | null {
  const mark = /^ {0,3}(=+|-+)\s*$/.exec(line)?.[1]?.[0];
  const words = before.at(-1)?.trim() ?? '';
  const starts = before.length < 2 || before.at(-2)?.trim() === '';
  if (mark === undefined || words === '' || !starts || /^(?:[-*+>|]|\d+[.)])/.test(words)) return null;
  before.pop();
  return [line, mark === '=' ? '#' : '##', words];
}

/** Links and images as their words, without comments: what a reader sees. */
const withoutMarks = (text: string): string => text.replaceAll(/<!--.*?-->/gs, '').replaceAll(/!?\[([^\]\n]*)\]\([^)\s]*(?:\s+"[^"\n]*")?\)/g, '$1');
