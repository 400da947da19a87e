import { setTimeout as sleep } from 'node:timers/promises';
import { TimeUp } from '../../records/tools.ts';
import { PrivateAddress } from './addresses.ts';
import { type HttpLimits, type HttpRequest, type HttpResponse, TooMuch, exchange } from './http.ts';

export type Retries = { /** Further tries after a failure that may pass. */ readonly retries: number; /** First pause; each further one is twice as long. */ readonly backoffMs: number };

/** A server that wants a longer pause is not asked again. */
const longestWaitMs = 30_000;

/**
 * Asks until there is an answer that is no 408, 429 or 5xx, or the tries are used up; then the last answer or error counts.
 * A longer pause that the server asks for (Retry-After) is kept; where an episode's time ends in it, the last answer or error counts.
 */
export async function exchangeWithRetries(request: HttpRequest, limits: HttpLimits, { retries, backoffMs }: Retries): Promise<HttpResponse> {
  for (let attempt = 0; ; attempt++) {
    const last = attempt >= retries;
    let told: () => HttpResponse;
    let wait = backoffMs * 2 ** attempt * (0.75 + Math.random() / 2);
    try {
      const response = await exchange(request, limits);
      told = () => response;
      if (last || !mayPass(response.status)) return response;
      wait = Math.max(wait, retryAfterMs(response.headers['retry-after']) ?? 0);
      if (wait > longestWaitMs) return response;
    } catch (error) {
      limits.signal?.throwIfAborted();
      if (last || error instanceof PrivateAddress || error instanceof TooMuch) throw error;
      told = () => {
        throw error;
      };
    }
    try {
      await sleep(wait, undefined, limits.signal ? { signal: limits.signal } : {});
    } catch (error) {
      if (limits.signal?.reason instanceof TimeUp) return told();
      throw error;
    }
  }
}

const mayPass = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Seconds, with decimals as some servers write them, or a date (RFC 9110, section 10.2.3), as milliseconds from now. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
