import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { CompleteOptions, Completion, CompletionRequest, ImageSource, Policy } from '../records/policy.ts';
import { parseJson } from '../records/parse-json.ts';
import { ContextFull, TimeUp, ToolFault } from '../records/tools.ts';
import { retryAfterMs } from '../search/web/retries.ts';
import { type TokenCounts, chunk, contextOverflow, dataUrls, failureText, innerFailure, requestBody, textOf, whole } from './endpoint-protocol.ts';
import { ofSample } from './of-sample.ts';
import { Semaphore } from './semaphore.ts';

export type EndpointSettings = {
  /** Up to and with the version: http://127.0.0.1:8000/v1. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token; never logged or recorded. */
  readonly key?: string;
  /** Requests under way at the same time. */
  readonly concurrency: number;
  /** Further tries after a failure that may pass: 408, 429, 5xx, a broken connection, silence. */
  readonly retries: number;
  /** Longest silence of the server. */
  readonly silenceMs: number;
  /** US dollars for a million tokens. */
  readonly price?: { readonly prompt: number; readonly completion: number };
};

export const endpointDefaults = { concurrency: 4, retries: 4, silenceMs: 120_000 } as const;

/** An answer longer than this is no answer. */
const longestAnswer = 4 << 20;
const longestWaitMs = 30_000;

/** A model behind an OpenAI-compatible interface. */
export function endpointPolicy(settings: EndpointSettings, images: ImageSource): Policy {
  const url = new URL(`${settings.url.replace(/\/+$/, '')}/chat/completions`);
  const name = `endpoint:${settings.model}@${url.host}`;
  const places = new Semaphore(settings.concurrency);
  const urlOf = dataUrls(images);
  return {
    name,
    complete: async (request, options = {}) => {
      const progress: Progress = { since: performance.now(), fault: `no place among ${settings.concurrency} requests`, pieceAt: undefined };
      try {
        return await places.run(() => withRetries(settings, name, () => ask(url, settings, urlOf, request, options, progress), options, progress), options.signal);
      } catch (error) {
        const reason: unknown = options.signal?.reason;
        if (reason instanceof TimeUp && !isWriting(progress)) throw new ToolFault('policy', `${name}: ${progress.fault ?? `no word for ${seconds(performance.now() - progress.since)} s`}, before ${reason.message}`, { cause: reason });
        options.signal?.throwIfAborted();
        throw error;
      }
    },
    close: async () => {},
  };
}

/** How far a completion has come, for when its time ends: the model's while it writes, ours otherwise. */
type Progress = {
  /** Since when this is waited for. */
  since: number;
  /** Why there is nothing yet: the last try's failure. */
  fault: string | undefined;
  /** When the last piece came. */
  pieceAt: number | undefined;
};

/** No model that writes is silent for longer between two pieces. */
const longestPauseMs = 10_000;

const isWriting = ({ pieceAt }: Progress): boolean => pieceAt !== undefined && performance.now() - pieceAt < longestPauseMs;

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

/** Something that may pass when tried again, after a time that the server may name. */
class Passing extends Error {
  readonly waitMs: number | undefined;
  constructor(message: string, waitMs?: number) {
    super(message);
    this.waitMs = waitMs;
  }
}

async function withRetries(settings: EndpointSettings, name: string, ask: () => Promise<Completion>, { signal, onAnew }: CompleteOptions, progress: Progress): Promise<Completion> {
  progress.since = performance.now();
  progress.fault = undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      const told = withoutKey((error as Error).message, settings.key);
      if (!(error instanceof Passing)) throw error instanceof ToolFault || error instanceof ContextFull ? error : new ToolFault('policy', `${name}: ${told}`);
      if (attempt >= settings.retries) throw new ToolFault('policy', `${name}: ${told} (tried ${attempt + 1} times)`);
      progress.fault = `${told} (tried ${attempt + 1} times)`;
      progress.pieceAt = undefined;
      const backoff = 500 * 2 ** attempt * (0.75 + Math.random() / 2);
      await sleep(Math.min(longestWaitMs, Math.max(backoff, error.waitMs ?? 0)), undefined, signal ? { signal } : {});
      onAnew?.(told);
    }
  }
}

async function ask(url: URL, settings: EndpointSettings, urlOf: (reference: string) => Promise<string>, request: CompletionRequest, { signal, onText }: CompleteOptions, progress: Progress): Promise<Completion> {
  const started = performance.now();
  const body = await ofSample(request.sample.id, () => requestBody(settings.model, request.messages, request.sampling, urlOf));
  const silence = new AbortController();
  const watch = setTimeout(() => silence.abort(), settings.silenceMs);
  try {
    const response = await reach(url, settings, body, signal ? AbortSignal.any([signal, silence.signal]) : silence.signal);
    if (!response.ok) throw refusal(response, url, await beginning(response), request.turns.length > 0);
    const answer = await read(response, () => watch.refresh(), onText ?? (() => {}), progress);
    const usage = { promptTokens: answer.usage?.prompt_tokens ?? 0, completionTokens: answer.usage?.completion_tokens ?? answer.pieces, ms: performance.now() - started };
    const counted = typeof answer.usage?.prompt_tokens === 'number' && typeof answer.usage.completion_tokens === 'number';
    const cost = counted && settings.price && (usage.promptTokens * settings.price.prompt + usage.completionTokens * settings.price.completion) / 1e6;
    return { text: answer.text, finishReason: answer.finish === 'length' ? 'length' : 'stop', usage: { ...usage, ...(!counted && { uncounted: true as const }), ...(typeof cost === 'number' && { cost }) } };
  } catch (error) {
    if (silence.signal.aborted) throw new Passing(`no word for ${settings.silenceMs / 1000} s`);
    throw error;
  } finally {
    clearTimeout(watch);
  }
}

async function reach(url: URL, { key }: EndpointSettings, body: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', body, signal, redirect: 'manual', headers: { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) } });
  } catch (error) {
    const { cause, message } = error as Error;
    throw new Passing(`cannot be reached: ${cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message}`);
  }
}

function refusal(response: Response, url: URL, body: string, goesOn: boolean): Error {
  // A key is not to follow, and an address that is another is to be written so.
  const location = response.headers.get('location');
  if (response.status >= 300 && response.status < 400) return new Error(`${response.status}, a redirect to ${location === null ? 'no address' : bareAddress(location, url)}, which is not followed; name the endpoint by that address`);
  // A prompt that does not fit is a fault of the settings; what comes later, tools and the model have written.
  const full = goesOn ? contextOverflow(response.status, body) : undefined;
  if (full) return new ContextFull(full.tokens);
  const text = `${response.status} ${response.statusText}: ${failureText(body)}`;
  const passes = response.status === 408 || response.status === 429 || response.status >= 500;
  return passes ? new Passing(text, retryAfterMs(response.headers.get('retry-after') ?? undefined)) : new Error(text);
}

/** Where a redirect points, without what may be secret. */
function bareAddress(location: string, url: URL): string {
  if (!URL.canParse(location, url.href)) return JSON.stringify(location.slice(0, 100));
  const { origin, pathname } = new URL(location, url);
  return `${origin}${pathname}`.slice(0, 200);
}

/** As much of a refusal as is looked at; the rest is not read. */
async function beginning(response: Response): Promise<string> {
  let text = '';
  for await (const piece of decoded(response, { fatal: false })) {
    text += piece;
    if (text.length >= 10_000) break;
  }
  return text.slice(0, 10_000);
}

type Answer = { text: string; finish: string | undefined; usage: TokenCounts | undefined; pieces: number };

async function read(response: Response, heard: () => void, onText: (piece: string) => void, progress: Progress): Promise<Answer> {
  if (!response.headers.get('content-type')?.toLowerCase().includes('event-stream')) return readWhole(await limitedText(response, () => {
    heard();
    progress.pieceAt = performance.now();
  }), onText);
  const answer: Answer = { text: '', finish: undefined, usage: undefined, pieces: 0 };
  let ended = false;
  let unread = 0; // characters since the last event
  const parser = createParser({
    onEvent: ({ data }) => {
      unread = 0;
      if (data.trim() === '[DONE]') ended = true;
      else {
        take(answer, data, onText);
        progress.pieceAt = performance.now();
      }
    },
  });
  for await (const piece of decoded(response)) {
    heard();
    unread += piece.length;
    parser.feed(piece);
    if (Math.max(unread, answer.text.length) > longestAnswer) throw new Error(`the answer is longer than ${longestAnswer} characters`);
    // Some servers keep the connection open; leaving the loop cancels the body.
    if (ended) break;
  }
  // [DONE] alone ends an answer that has a text; a model that says nothing has a reason to.
  if (answer.finish === undefined && (!ended || answer.text === '')) throw new Passing('the answer broke off');
  return answer;
}

function take(answer: Answer, data: string, onText: (piece: string) => void): void {
  const parsed = chunk.safeParse(parseJson(data));
  if (!parsed.success) throw new Passing(`an event that is no piece of an answer: ${failureText(data)}`);
  const failed = innerFailure(parsed.data);
  if (failed !== undefined) throw new Passing(`the answer failed: ${failed}`);
  const [choice] = parsed.data.choices;
  assertWholeText(choice?.delta);
  const piece = textOf(choice?.delta?.content);
  if (piece !== '') {
    answer.text += piece;
    answer.pieces += 1;
    onText(piece);
  }
  answer.finish = choice?.finish_reason ?? answer.finish;
  answer.usage = parsed.data.usage ?? answer.usage;
}

/** None are asked for: what is there was cut out of what the model wrote, which is then not to be judged by the rest. */
function assertWholeText(written: { readonly tool_calls?: readonly unknown[] | null | undefined } | null | undefined): void {
  if (written?.tool_calls?.length) throw new Error('the server takes calls of tools out of the text; start it without a parser of tool calls');
}

function readWhole(body: string, onText: (piece: string) => void): Answer {
  const parsed = whole.safeParse(parseJson(body));
  if (!parsed.success) throw new Passing(`an answer that is no chat completion: ${failureText(body)}`);
  const failed = innerFailure(parsed.data);
  if (failed !== undefined) throw new Passing(`the answer failed: ${failed}`);
  const [choice] = parsed.data.choices;
  assertWholeText(choice?.message);
  const text = textOf(choice?.message?.content);
  onText(text);
  return { text, finish: choice?.finish_reason ?? undefined, usage: parsed.data.usage ?? undefined, pieces: 1 };
}

async function limitedText(response: Response, heard: () => void): Promise<string> {
  let text = '';
  for await (const piece of decoded(response)) {
    heard();
    text += piece;
    if (text.length > longestAnswer) throw new Error(`the answer is longer than ${longestAnswer} characters`);
  }
  return text;
}

/** @param options.fatal An answer whose bytes are no text was damaged on its way: replacement characters would be taken for the model's. */
async function* decoded(response: Response, options = { fatal: true }): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', options);
  try {
    for await (const bytes of response.body ?? []) yield decoder.decode(bytes as Uint8Array, { stream: true });
    yield decoder.decode();
  } catch (error) {
    const { code, cause, message } = error as NodeJS.ErrnoException;
    throw new Passing(code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'the answer is not UTF-8' : `the connection broke: ${(cause as Error | undefined)?.message ?? message}`);
  }
}

const withoutKey = (text: string, key: string | undefined): string => (key ? text.replaceAll(key, '[key]') : text);
