import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream';
import zlib from 'node:zlib';
import { assertPublicHost, publicLookup } from './addresses.ts';

export type HttpRequest = {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type HttpLimits = {
  /** For the whole exchange, from the first byte sent to the last one read. */
  readonly timeoutMs: number;
  /** Of the body, after decompression. */
  readonly maxBytes: number;
  /** Also addresses that are not public: the user's own search engine. */
  readonly allowPrivate: boolean;
  readonly signal?: AbortSignal;
};

export type HttpResponse = { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly body: Buffer };

/** More than a limit allows; trying again does not help. */
export class TooMuch extends Error {}

/** An answer that ended before its end. */
export class BrokenOff extends Error {}

const decoders: Readonly<Record<string, () => zlib.Gunzip | zlib.BrotliDecompress>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  br: () => zlib.createBrotliDecompress(),
};

/**
 * One exchange; redirects are not followed. Throws the system's errors, PrivateAddress, TooMuch, and the signal's reason.
 */
export async function exchange({ url, method, headers, body }: HttpRequest, { timeoutMs, maxBytes, allowPrivate, signal }: HttpLimits): Promise<HttpResponse> {
  signal?.throwIfAborted();
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`${url.protocol} is neither http nor https`);
  if (!allowPrivate) assertPublicHost(url);
  const { request } = url.protocol === 'https:' ? https : http;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await new Promise<HttpResponse>((resolve, reject) => {
      const asked = request(url, {
        method,
        headers: { 'accept-encoding': 'gzip, br', ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }), ...headers },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        // A connection of its own: a kept one would have been checked for another request.
        agent: false,
        ...(!allowPrivate && { lookup: publicLookup }),
      }, (response) => {
        readBody(response, maxBytes).then((read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read }), (error: unknown) => {
          asked.destroy();
          reject(error as Error);
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted) throw new Error(`no complete answer within ${timeoutMs / 1000} s`, { cause: error });
    throw error;
  }
}

async function readBody(response: http.IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const decoder = decoders[encoding];
  if (!decoder && encoding !== 'identity' && encoding !== '') throw new Error(`an answer in the unknown encoding ${encoding.slice(0, 40)}`);
  const stream = decoder ? pipeline(response, decoder(), () => {}) : response;
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > maxBytes) throw new TooMuch(`an answer of more than ${maxBytes} bytes`);
      parts.push(part);
    }
  } catch (error) {
    if (response.complete || error instanceof TooMuch) throw error;
    throw new BrokenOff('the answer broke off', { cause: error });
  }
  if (!response.complete) throw new BrokenOff('the answer broke off');
  return Buffer.concat(parts);
}
