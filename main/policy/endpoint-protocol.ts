import { z } from 'zod';
import { scheme, shownName } from '../data/image-reference.ts';
import { checkDecodable, decodeImage } from '../model/image/decode.ts';
import { encodePng } from '../model/image/encode.ts';
import type { ChatMessage } from '../records/chat.ts';
import { parseJson } from '../records/parse-json.ts';
import type { ImageSource, Sampling } from '../records/policy.ts';

// The chat completions of OpenAI's interface, as vLLM, llama.cpp, Ollama and others speak it.

/** A request's body; images travel inside it as data URLs, as `urlOf` makes them. */
export async function requestBody(model: string, messages: readonly ChatMessage[], sampling: Sampling, urlOf: (reference: string) => Promise<string>): Promise<string> {
  const content = async (parts: ChatMessage['content']): Promise<unknown> => {
    if (typeof parts === 'string') return parts;
    const written = [];
    for (const part of parts) written.push(part.type === 'text' ? part : { type: 'image_url', image_url: { url: await urlOf(part.image) } });
    return written;
  };
  const written = [];
  for (const message of messages) written.push({ role: message.role, content: await content(message.content) });
  return JSON.stringify({
    model,
    messages: written,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    max_tokens: sampling.maxNewTokens,
    seed: sampling.seed,
    stream: true,
    stream_options: { include_usage: true },
  });
}

const signatures: readonly (readonly [mime: string, offset: number, bytes: string])[] = [
  ['image/png', 0, '89504e47'],
  ['image/jpeg', 0, 'ffd8ff'],
  ['image/gif', 0, '47494638'],
  ['image/webp', 8, '57454250'],
];

/**
 * Images as servers read them: PNG, JPEG, GIF and WebP as they are, others as PNG. An image is decoded once before it is
 * sent; one that is kept by its hash was, when it came into the store.
 * The function throws InputError for an image that cannot be read or decoded.
 */
export function dataUrls(images: ImageSource): (reference: string) => Promise<string> {
  const decoded = new Set<string>();
  return async (reference) => {
    const bytes = await images.read(reference);
    const name = `image ${shownName(reference)}`;
    if (!reference.startsWith(scheme) && !decoded.has(reference)) {
      await checkDecodable(bytes, name);
      decoded.add(reference);
    }
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const mime = signatures.find(([, offset, hex]) => buffer.subarray(offset, offset + hex.length / 2).toString('hex') === hex)?.[0];
    if (mime !== undefined) return `data:${mime};base64,${buffer.toString('base64')}`;
    return `data:image/png;base64,${Buffer.from(await encodePng(await decodeImage(bytes, name))).toString('base64')}`;
  };
}

// Servers leave counts out or fill them with null: an answer is whole without them.
const count = z.number().int().nonnegative().nullish().catch(undefined);
const usage = z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(undefined);

export type TokenCounts = NonNullable<z.infer<typeof usage>>;

/** A text, or a list of parts of which some are text. */
const content = z.union([z.string(), z.array(z.looseObject({ type: z.string().nullish(), text: z.unknown().optional() }))]).nullish();

export function textOf(written: z.infer<typeof content>): string {
  if (!Array.isArray(written)) return written ?? '';
  return written.map(({ type, text }) => ((type ?? 'text') === 'text' && typeof text === 'string' ? text : '')).join('');
}

/** What a model wrote, and what a server with a parser of tool calls cuts out of it. */
const written = z.object({ content, tool_calls: z.array(z.unknown()).nullish().catch(undefined) }).nullish();

/** What ends an answer, and what went wrong behind the server. */
const ended = { finish_reason: z.string().nullish(), error: z.unknown().optional() };

/** A failure of the server: vLLM's and SGLang's has its message at the top and says of itself what it is. */
const failed = { error: z.unknown().optional(), object: z.unknown().optional(), message: z.unknown().optional() };

/** A piece of a streamed answer; fields that are not used are let pass. Servers written in Go have null for a list of nothing. */
export const chunk = z.object({
  choices: z.array(z.object({ delta: written, ...ended })).nullish().transform((choices) => choices ?? []),
  usage,
  ...failed,
});

/** An answer in one piece, from a server that does not stream. */
export const whole = z.object({
  choices: z.array(z.object({ message: written, ...ended })).min(1),
  usage,
  ...failed,
});

/** A failure inside an answer of status 200, in words: routers tell so what became of the server behind them. */
export function innerFailure({ choices: [choice], error, object, message }: z.infer<typeof chunk> | z.infer<typeof whole>): string | undefined {
  const told = error ?? choice?.error ?? (object === 'error' ? (message ?? object) : undefined);
  if (told !== undefined && told !== null) return failureText(JSON.stringify({ error: told }));
  const reason = choice?.finish_reason ?? '';
  return cutOff.has(reason) ? `finish_reason "${reason}"` : undefined;
}

/** Reasons for an end that are the server's, not the model's. vLLM and SGLang abort what they write when they are stopped. */
const cutOff: ReadonlySet<string> = new Set(['error', 'abort']);

/** A conversation that is longer than the model's context, as vLLM, SGLang, llama.cpp, OpenAI and Anthropic say it. */
const overflow = /context[ _](?:length|size|window)|maximum model length|prompt is too long/i;
const overflowAt = [/(?:context (?:length|size|window)|model length)\D{0,20}?(\d+)/i, /> (\d+) maximum/, /"n_ctx":\s*(\d+)/];

/** Whether a server refuses a conversation for its length; with the tokens that the model can read, where it tells them. */
export function contextOverflow(status: number, body: string): { readonly tokens: number | undefined } | undefined {
  if ((status !== 400 && status !== 413) || !overflow.test(body)) return undefined;
  const told = overflowAt.map((pattern) => pattern.exec(body)?.[1]).find((digits) => digits !== undefined);
  return { tokens: told === undefined ? undefined : Number(told) };
}

// vLLM has the message at the top.
const failure = z.union([z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) }), z.object({ object: z.literal('error'), message: z.string() }).transform(({ message }) => ({ error: message }))]);

/** What a server says of a failure, in one line of at most 300 characters. */
export function failureText(body: string): string {
  const parsed = failure.safeParse(parseJson(body));
  const error = parsed.success ? parsed.data.error : body;
  const text = (typeof error === 'string' ? error : error.message).replaceAll(/\s+/g, ' ').trim();
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
