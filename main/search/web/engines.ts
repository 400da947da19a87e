import { z } from 'zod';
import { InputError } from '../../records/input-error.ts';
import { plainText } from '../article/article.ts';
import type { HttpRequest } from './http.ts';

// What each search engine is asked, and how its answer is read. An engine is a row of a table; none of them touches the
// network, a clock or a key store.

export type WebResult = { readonly title: string; readonly url: string; readonly text: string };

export type Ask = {
  readonly query: string;
  /** Wanted results. */
  readonly count: number;
  /** Where the engine is, where it is not its maker's own address. */
  readonly endpoint: string;
  readonly key: string | undefined;
};

export type Engine = {
  /** The maker's address; undefined for engines that users run themselves. */
  readonly endpoint: string | undefined;
  readonly needsKey: boolean;
  request(ask: Ask): HttpRequest;
  /** @throws ZodError where the document is none of this engine's answers, NoAnswer where it says so itself. */
  parse(document: unknown): readonly WebResult[];
};

/** A document that holds no answer: why, in words. */
export class NoAnswer extends Error {}

const accept = { accept: 'application/json' } as const;
const words = z.string().nullish().transform((text) => text ?? '');

/** A result may lack its address. */
const link = z.string().nullable().transform((text) => text ?? '');

/** The results that are of an engine's form: one that is not costs the others nothing. Where none is, what is wrong with the first. */
const listOf = <T>(result: z.ZodType<T>) =>
  z.array(z.unknown()).transform((list, context) => {
    const read = list.map((each) => result.safeParse(each));
    const kept = read.flatMap(({ data, success }) => (success ? [data as T] : []));
    const issue = kept.length === 0 ? read[0]?.error?.issues[0] : undefined;
    if (issue) context.issues.push({ ...issue, path: [0, ...issue.path], input: list[0] } as (typeof context.issues)[number]);
    return kept;
  });

const withParameters = (endpoint: string, parameters: Readonly<Record<string, string>>): URL => {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
};

const post = (endpoint: string, headers: Readonly<Record<string, string>>, body: unknown): HttpRequest => ({ url: new URL(endpoint), method: 'POST', headers: { ...accept, 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

const searxngAnswer = z.object({
  results: listOf(z.object({ title: words, url: link, content: words })),
  /** The engines behind it that failed, each with why. */
  unresponsive_engines: z.array(z.array(z.string())).nullish().catch(undefined),
});
const serperAnswer = z.object({
  organic: listOf(z.object({ title: words, link, snippet: words })),
  answerBox: z.object({ title: words, link: words, snippet: words, answer: words }).nullish(),
});
const braveAnswer = z.object({
  type: z.literal('search'),
  web: z.object({ results: listOf(z.object({ title: words, url: link, description: words, extra_snippets: z.array(z.string()).nullish() })) }).nullish(),
});
const tavilyAnswer = z.object({ results: listOf(z.object({ title: words, url: link, content: words })) });

export const engines = {
  // docs.searxng.org/dev/search_api.html; JSON must be among the formats of its settings.yml.
  searxng: {
    endpoint: undefined,
    needsKey: false,
    request: ({ query, endpoint }) => ({ url: withParameters(`${endpoint.replace(/\/+$/, '')}/search`, { q: query, format: 'json' }), method: 'GET', headers: accept }),
    parse: (document) => {
      const { results, unresponsive_engines: failed } = searxngAnswer.parse(document);
      if (results.length === 0 && failed && failed.length > 0) throw new NoAnswer(`no results, since these of its engines failed: ${failed.map(([name, reason]) => `${name}${reason === undefined ? '' : ` (${reason})`}`).join(', ').slice(0, 200)}`);
      return results.map(({ title, url, content }) => ({ title, url, text: content }));
    },
  },
  serper: {
    endpoint: 'https://google.serper.dev/search',
    needsKey: true,
    request: ({ query, count, endpoint, key }) => post(endpoint, { 'X-API-KEY': key ?? '' }, { q: query, num: Math.max(10, count) }),
    parse: (document) => {
      const { organic, answerBox: box } = serperAnswer.parse(document);
      const boxText = [box?.answer, box?.snippet].filter(Boolean).join(' – ');
      return [...(box && boxText !== '' ? [{ title: box.title, url: box.link, text: boxText }] : []), ...organic.map(({ title, link, snippet }) => ({ title, url: link, text: snippet }))];
    },
  },
  brave: {
    endpoint: 'https://api.search.brave.com/res/v1/web/search',
    needsKey: true,
    // At most 20 results, 400 characters and 50 words.
    request: ({ query, count, endpoint, key }) => ({ url: withParameters(endpoint, { q: query.split(/\s+/).slice(0, 50).join(' '), count: String(Math.min(20, count)) }), method: 'GET', headers: { ...accept, 'X-Subscription-Token': key ?? '' } }),
    parse: (document) => (braveAnswer.parse(document).web?.results ?? []).map(({ title, url, description, extra_snippets: more }) => ({ title: plainText(title), url, text: [description, ...(more ?? [])].map(plainText).join(' ') })),
  },
  tavily: {
    endpoint: 'https://api.tavily.com/search',
    needsKey: true,
    request: ({ query, count, endpoint, key }) => post(endpoint, { authorization: `Bearer ${key ?? ''}` }, { query, max_results: Math.min(20, count), search_depth: 'basic' }),
    parse: (document) => tavilyAnswer.parse(document).results.map(({ title, url, content }) => ({ title, url, text: content })),
  },
} as const satisfies Readonly<Record<string, Engine>>;

const path = z.string().regex(/^[^.\s]+(\.[^.\s]+)*$/, 'a path of fields, as data.items');

/** Any engine that answers with JSON: where to ask, and where its results lie. {query}, {count} and {key} are filled in. */
export const genericEngine = z.strictObject({
  /** For records: whoever changes it asks anew. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  url: z.string().regex(/^https?:\/\//),
  headers: z.record(z.string(), z.string()).default({}),
  /** A text that is sent by POST; without one it is a GET. */
  body: z.string().exactOptional(),
  /** Path of the list of results, '' where it is the whole answer; then paths inside each result. */
  results: path.or(z.literal('')),
  title: path,
  link: path,
  text: path,
});

export type GenericEngine = Readonly<z.infer<typeof genericEngine>>;

/** A row of the table from a user's description. */
export function engineOf(described: GenericEngine): Engine {
  const placed = (text: string, ask: Ask, encode: (value: string) => string): string => text.replaceAll(/\{(query|count|key)\}/g, (_, name: 'query' | 'count' | 'key') => encode(name === 'count' ? String(ask.count) : (ask[name] ?? '')));
  const inString = (value: string): string => JSON.stringify(value).slice(1, -1);
  return {
    endpoint: described.url,
    needsKey: [described.url, described.body ?? '', ...Object.values(described.headers)].some((text) => text.includes('{key}')),
    request: (ask) => ({
      url: new URL(placed(described.url, ask, encodeURIComponent)),
      method: described.body === undefined ? 'GET' : 'POST',
      headers: { ...accept, ...(described.body !== undefined && { 'content-type': 'application/json' }), ...Object.fromEntries(Object.entries(described.headers).map(([name, value]) => [name, placed(value, ask, String)])) },
      ...(described.body !== undefined && { body: placed(described.body, ask, inString) }),
    }),
    parse: (document) => {
      const list = at(document, described.results);
      if (!Array.isArray(list)) throw new NoAnswer(`the path results (${JSON.stringify(described.results)}) leads to ${kindOf(list)}, not to a list`);
      const fields = ['title', 'link', 'text'] as const;
      for (const field of fields) {
        const found = list.map((result) => at(result, described[field]));
        if (found.length > 0 && !found.some((value) => typeof value === 'string' || value === null)) throw new NoAnswer(`the path ${field} (${JSON.stringify(described[field])}) leads to ${kindOf(found[0])} in every result, not to a text`);
      }
      return list.map((result) => {
        const [title, url, text] = fields.map((field) => at(result, described[field])).map((value) => (typeof value === 'string' ? value : '')) as [string, string, string];
        return { title, url, text };
      });
    },
  };
}

const kindOf = (value: unknown): string => (value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : value === null ? 'null' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`);

function at(document: unknown, fields: string): unknown {
  let value = document;
  for (const field of fields === '' ? [] : fields.split('.')) value = typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined;
  return value;
}

export type EngineName = keyof typeof engines;

export const engineNames = Object.keys(engines) as readonly EngineName[];

/** Which engine, and where. */
export type EngineChoice = { readonly name: EngineName; readonly endpoint?: string } | { readonly generic: GenericEngine };

/** The engine of a choice, and where it is asked. @throws InputError where an address is wanted and missing, or is none. */
export function chosenEngine(choice: EngineChoice): { readonly name: string; readonly engine: Engine; readonly endpoint: string; /** The user's own address, which may be on this machine. */ readonly own: boolean } {
  if ('generic' in choice) return { name: choice.generic.name, engine: engineOf(choice.generic), endpoint: choice.generic.url, own: true };
  const engine: Engine = engines[choice.name];
  const endpoint = choice.endpoint ?? engine.endpoint;
  if (endpoint === undefined || !URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new InputError({ thing: `search engine ${choice.name}`, expected: 'the address where it runs, as http://127.0.0.1:8888', found: endpoint === undefined ? 'none' : JSON.stringify(endpoint.slice(0, 100)), remedy: 'Give it with --endpoint.' });
  }
  return { name: choice.name, engine, endpoint, own: choice.endpoint !== undefined };
}
