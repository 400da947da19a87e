import { ZodError } from 'zod';
import { schemaFaultText } from '../../records/schema-fault.ts';
import { TimeUp, ToolFault } from '../../records/tools.ts';
import type { Passage } from '../../records/trajectory.ts';
import { PrivateAddress } from './addresses.ts';
import { type EngineChoice, NoAnswer, type WebResult, chosenEngine } from './engines.ts';
import { excerpt } from './excerpt.ts';
import { BrokenOff, type HttpResponse } from './http.ts';
import { type PageLimits, pageLimits, readPage } from './page.ts';
import { type Retries, exchangeWithRetries } from './retries.ts';

export type WebSettings = {
  readonly engine: EngineChoice;
  readonly key?: string;
  /** Whether the pages behind the results are read; their best part takes the place of the engine's snippet. */
  readonly readPages: boolean;
  readonly timeoutMs?: number;
  readonly retries?: Retries;
  readonly pages?: PageLimits;
};

const longestQuery = 400;
const largestAnswer = 4 << 20;
/** Of a result, in signs: about as much as a passage of a corpus at its longest. */
const [longestTitle, longestText] = [300, 3000];

/**
 * Asks a search engine of the web. @returns passages, best first, as many as the engine has up to `count`.
 * @throws ToolFault('search', …) where the engine cannot be reached, refuses, or answers what cannot be read.
 */
export function webSearch(settings: WebSettings): (query: string, count: number, signal?: AbortSignal) => Promise<readonly Passage[]> {
  const { name, engine, endpoint, own } = chosenEngine(settings.engine);
  const { key, readPages, timeoutMs = 15_000, retries = { retries: 3, backoffMs: 500 }, pages = pageLimits } = settings;
  const fault = (reason: string): ToolFault => new ToolFault('search', withoutKey(`${name} (${new URL(endpoint).host}): ${reason}`, key));

  const ask = async (query: string, count: number, signal: AbortSignal | undefined): Promise<readonly WebResult[]> => {
    let response: HttpResponse;
    try {
      response = await exchangeWithRetries(engine.request({ query, count, endpoint, key }), { timeoutMs, maxBytes: largestAnswer, allowPrivate: own, ...(signal && { signal }) }, retries);
    } catch (error) {
      if (!(signal?.reason instanceof TimeUp)) signal?.throwIfAborted();
      throw fault(unreachable(error as Error));
    }
    if (response.status !== 200) throw fault(refusal(response));
    let value: unknown;
    try {
      value = JSON.parse(response.body.toString('utf8'));
      return engine.parse(value);
    } catch (error) {
      if (error instanceof NoAnswer) throw fault(error.message);
      throw fault(error instanceof ZodError ? `an answer of another form: ${schemaFaultText(error, value)}` : 'an answer that is no JSON');
    }
  };

  return async (query, count, signal) => {
    const asked = cleaned(query);
    if (asked === '') return [];
    const results = (await ask(asked, count, signal)).filter(({ title, text }) => title.trim() !== '' || text.trim() !== '').slice(0, count);
    const texts = readPages ? await Promise.all(results.map((result) => pageText(result, asked, pages, signal))) : results.map(({ text }) => text);
    return results.map(({ title, url }, i) => ({ id: url || `${name}:${i + 1}`, title: title.trim().slice(0, longestTitle).toWellFormed(), text: (texts[i] as string).trim().slice(0, longestText).toWellFormed(), ...(url !== '' && { url }) }));
  };
}

/** A model may write anything; engines take one line of moderate length. */
const cleaned = (query: string): string => query.slice(0, 4 * longestQuery).toWellFormed().replaceAll(/[\p{Cc}\p{Z}\s]+/gu, ' ').trim().slice(0, longestQuery).toWellFormed().trim();

/** The part of a result's page that fits the query best; the engine's own snippet where the page cannot be read. */
async function pageText({ url, text }: WebResult, query: string, limits: PageLimits, signal: AbortSignal | undefined): Promise<string> {
  try {
    return excerpt((await readPage(url, limits, signal)).text, query) || text;
  } catch {
    signal?.throwIfAborted();
    return text;
  }
}

const offline = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN']);

function unreachable(error: Error): string {
  if (error instanceof PrivateAddress || error instanceof BrokenOff) return error.message;
  if (error instanceof TimeUp) return `no answer before ${error.message}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && offline.has(code)) return `cannot be reached: this machine seems to be offline (${code}). Use a local corpus or recorded results, or connect it`;
  if (code === 'ECONNREFUSED') return 'cannot be reached: nothing listens there (ECONNREFUSED)';
  return `cannot be reached: ${error.message || code || error.name}`;
}

function refusal({ status, headers, body }: HttpResponse): string {
  if (status >= 300 && status < 400) return `${status}, a redirect to another address, which is not followed`;
  const said = body.toString('utf8', 0, 1000).replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  const meaning: Readonly<Record<number, string>> = { 401: ', the key is not accepted', 402: ', no credit is left', 403: ', the key is not accepted', 429: `, too many requests${headers['retry-after'] === undefined ? '' : ` (asks to wait ${headers['retry-after']})`}` };
  return `refuses with ${status}${meaning[status] ?? ''}${said === '' ? '' : `: ${said}`}`;
}

const withoutKey = (text: string, key: string | undefined): string => (key ? text.replaceAll(key, '[key]').replaceAll(encodeURIComponent(key), '[key]') : text);
