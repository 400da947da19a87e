import type { Article } from '../article/article.ts';
import { declaredCharset } from '../article/charset.ts';
import { readArticle } from '../article/read-article.ts';
import { type HttpLimits, type HttpResponse, exchange } from './http.ts';

/** `timeoutMs` is for the exchange with all its redirects, and as much again for reading what came. */
export type PageLimits = Pick<HttpLimits, 'timeoutMs' | 'maxBytes' | 'allowPrivate'>;

/** `allowPrivate` is for tests with a server of their own. */
export const pageLimits: PageLimits = { timeoutMs: 10_000, maxBytes: 4 << 20, allowPrivate: false };

const mostRedirects = 5;
const userAgent = 'Mozilla/5.0 (compatible; ARFT-Studio)';

/**
 * The text of a page of the web. Every redirect is checked as the first address was.
 * @throws Error with a reason in one line.
 */
export async function readPage(address: string, limits: PageLimits, signal?: AbortSignal): Promise<Article> {
  const end = AbortSignal.timeout(limits.timeoutMs);
  let url = new URL(address);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    if (url.username !== '' || url.password !== '') throw new Error('an address with a password in it');
    const headers = { accept: 'text/html, text/plain;q=0.8', 'user-agent': userAgent };
    const response = await exchange({ url, method: 'GET', headers }, { ...limits, signal: signal ? AbortSignal.any([signal, end]) : end });
    const { location } = response.headers;
    if (response.status >= 300 && response.status < 400 && location !== undefined) url = new URL(location, url);
    else return textOf(response, limits.timeoutMs);
  }
  throw new Error(`more than ${mostRedirects} redirects`);
}

async function textOf({ status, headers, body }: HttpResponse, timeoutMs: number): Promise<Article> {
  if (status !== 200) throw new Error(`the page answers ${status}`);
  const [type = '', ...parameters] = (headers['content-type'] ?? 'text/html').toLowerCase().split(';').map((part) => part.trim());
  const html = type === 'text/html' || type === 'application/xhtml+xml';
  if (!html && type !== 'text/plain') throw new Error(`the page is ${type.slice(0, 60)}, not text`);
  const named = parameters.find((each) => each.startsWith('charset='))?.slice(8).replaceAll(/["']/g, '');
  const declared = named ?? (html ? declaredCharset(body) : undefined);
  const text = decode(body, declared ?? 'utf-8');
  return html ? readArticle(text, timeoutMs) : { title: '', text };
}

function decode(body: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    // A charset that nobody knows: most likely UTF-8.
    return new TextDecoder().decode(body);
  }
}
