import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ImageStore } from '../../../main/data/image-store.ts';
import { type EndpointSettings, endpointPolicy } from '../../../main/policy/endpoint.ts';
import { openPolicy } from '../../../main/policy/open.ts';
import type { CompletionRequest, ImageSource } from '../../../main/records/policy.ts';
import type { Turn } from '../../../main/records/trajectory.ts';
import { ContextFull, TimeUp, ToolFault } from '../../../main/records/tools.ts';
import { type Answer, type ChatBody, chatServer, streamText } from './chat-server.ts';

const png = Uint8Array.from(Buffer.from('89504e470d0a1a0a', 'hex'));
const images: ImageSource = { read: async () => png, put: async () => '' };
const request: CompletionRequest = {
  messages: [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: [{ type: 'image', image: 'sha256:1' }, { type: 'text', text: 'which digit?' }] },
  ],
  sample: { version: 1, id: '1', task: 'coding', question: 'which digit?', answers: ['7'], images: ['sha256:1'] },
  turns: [],
  sampling: { temperature: 0.5, topP: 0.9, maxNewTokens: 64, seed: 3 },
};

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function policyOf(answer: Answer, settings: Partial<EndpointSettings> = {}) {
  const server = await chatServer(answer);
  open.push(server.close);
  const policy = endpointPolicy({ url: server.url, model: 'qwen', concurrency: 2, retries: 2, silenceMs: 5000, ...settings }, images);
  return { policy, server };
}

describe('an endpoint', () => {
  it('is asked in its own format, images inside, and its pieces come as they are', async () => {
    let seen: ChatBody | undefined;
    let authorization: string | undefined;
    const { policy } = await policyOf(({ body, headers }, response) => {
      seen = body;
      authorization = headers.authorization;
      streamText(response, '<think>图像</think><answer>7</answer>');
    }, { key: 'secret-1', price: { prompt: 1, completion: 2 } });
    const pieces: string[] = [];
    const completion = await policy.complete(request, { onText: (piece) => pieces.push(piece) });
    expect(completion).toMatchObject({ text: '<think>图像</think><answer>7</answer>', finishReason: 'stop', usage: { promptTokens: 11, completionTokens: 3, cost: (11 + 6) / 1e6 } });
    expect(pieces.join('')).toBe(completion.text);
    expect(pieces.length).toBeGreaterThan(3);
    expect(authorization).toBe('Bearer secret-1');
    expect(seen).toMatchObject({
      model: 'qwen',
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 64,
      seed: 3,
      stream: true,
      messages: [{ role: 'system', content: 'be brief' }, { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }, { type: 'text', text: 'which digit?' }] }],
    });
    expect(policy.name).not.toContain('secret');
  });

  it('may answer in one piece', async () => {
    const { policy } = await policyOf((_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: '7' }, finish_reason: 'length' }] })));
    expect(await policy.complete(request)).toMatchObject({ text: '7', finishReason: 'length' });
  });

  it('ends at [DONE], though the connection stays open', async () => {
    const gone = Promise.withResolvers<void>();
    const { policy } = await policyOf((_, response) => {
      response.on('close', () => gone.resolve());
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices": [{"delta": {"content": "7"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n');
    }, { silenceMs: 60_000 });
    expect((await policy.complete(request)).text).toBe('7');
    await gone.promise;
  });

  it.each<[string, object | null]>([['only their sum', { total_tokens: 9 }], ['null', { prompt_tokens: 9, completion_tokens: null }], ['none', null]])('need not count its tokens: %s', async (_, usage) => {
    const { policy, server } = await policyOf((call, response) => (call.count === 1 ? streamText(response, '12345678', { usage: usage ?? {} }) : void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { content: '7' } }], usage }))));
    // A piece is about a token: two pieces of the stream, one of the whole.
    expect([(await policy.complete(request)).usage.completionTokens, (await policy.complete(request)).usage.completionTokens]).toEqual([2, 1]);
    expect(server.requests()).toBe(2);
    expect((await policy.complete(request)).usage).toMatchObject({ uncounted: true });
  });

  it.each(['stop', 'content_filter'])('may end without a word, which is the model’s: %s', async (finish) => {
    const { policy, server } = await policyOf((_, response) => streamText(response, '', { finish }));
    expect(await policy.complete(request)).toMatchObject({ text: '', finishReason: 'stop' });
    expect(server.requests()).toBe(1);
  });

  it('may send an error that is null', async () => {
    const { policy } = await policyOf((_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"error": null, "choices": [{"delta": {"content": "7"}, "finish_reason": "stop", "error": null}]}\n\n'));
    expect((await policy.complete(request)).text).toBe('7');
  });

  it('may have null for no choices, and write the kind of its answer in capitals', async () => {
    const { policy, server } = await policyOf((_, response) => void response.writeHead(200, { 'content-type': 'Text/Event-Stream' }).end('data: {"choices": [{"delta": {"content": "7"}, "finish_reason": "stop"}]}\n\ndata: {"choices": null, "usage": {"prompt_tokens": 3, "completion_tokens": 1}}\n\ndata: [DONE]\n\n'));
    expect(await policy.complete(request)).toMatchObject({ text: '7', usage: { promptTokens: 3, completionTokens: 1 } });
    expect(server.requests()).toBe(1);
  });

  it('may write its text as a list of parts', async () => {
    const content = [{ type: 'reasoning', text: 'hm' }, { type: 'text', text: 'se' }, { type: 'text', text: 'ven' }, { type: 'image_url', image_url: {} }];
    const { policy } = await policyOf((call, response) =>
      call.count === 1
        ? void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { content } }] }))
        : void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`));
    expect([(await policy.complete(request)).text, (await policy.complete(request)).text]).toEqual(['seven', 'seven']);
  });

  it('bytes that are no text are a fault of the way, in one piece and in many; a refusal is told all the same', async () => {
    const broken = (text: string): Buffer => Buffer.from(text.replace('~', '\u00ff'), 'latin1');
    const { policy, server } = await policyOf((call, response) => {
      if (call.count === 1) response.writeHead(200, { 'content-type': 'application/json' }).end(broken('{"choices": [{"message": {"content": "<answer>~</answer>"}, "finish_reason": "stop"}]}'));
      else if (call.count === 2) response.writeHead(200, { 'content-type': 'text/event-stream' }).end(broken('data: {"choices": [{"delta": {"content": "~"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'));
      else response.writeHead(401).end(broken('no ~ key'));
    }, { retries: 0 });
    for (const _ of [1, 2]) await expect(policy.complete(request)).rejects.toThrow(/the answer is not UTF-8/);
    await expect(policy.complete(request)).rejects.toThrow(/401 Unauthorized: no \ufffd key/);
    expect(server.requests()).toBe(3);
  });

  it('that takes calls of tools out of the text is told so at once: the rest is not what the model wrote', async () => {
    const tool_calls = [{ id: '1', type: 'function', function: { name: 'search', arguments: '{"query": "x"}' } }];
    const { policy, server } = await policyOf((call, response) =>
      call.count === 1
        ? void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { content: null, tool_calls }, finish_reason: 'tool_calls' }] }))
        : void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${JSON.stringify({ choices: [{ delta: { tool_calls }, finish_reason: 'tool_calls' }] })}\n\ndata: [DONE]\n\n`));
    for (const _ of [1, 2]) await expect(policy.complete(request)).rejects.toThrow(/takes calls of tools out of the text; start it without a parser/);
    expect(server.requests()).toBe(2);
  });

  it('may say that no tool was called', async () => {
    const { policy } = await policyOf((_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { content: '7', tool_calls: [] }, finish_reason: 'stop' }] })));
    expect((await policy.complete(request)).text).toBe('7');
  });

  it('an image that cannot be read is told with its sample, and nothing is asked', async () => {
    const server = await chatServer((_, response) => streamText(response, '7'));
    open.push(server.close);
    const policy = endpointPolicy({ url: server.url, model: 'qwen', concurrency: 1, retries: 2, silenceMs: 5000 }, new ImageStore('/nowhere'));
    const lost = { ...request, messages: [{ role: 'user' as const, content: [{ type: 'image' as const, image: '/nowhere/1.png' }] }] };
    await expect(policy.complete(lost)).rejects.toMatchObject({ where: 'data', message: expect.stringMatching(/^sample 1: image \/nowhere\/1\.png: expected a file that can be read/) });
    expect(server.requests()).toBe(0);
  });

  describe('is sent images that can be decoded, in a format that servers read', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'endpoint-images-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const picture = sharp({ create: { width: 9, height: 7, channels: 3, background: '#37f' } });

    /** The image of a request that shows these bytes. */
    async function sent(bytes: Uint8Array | string): Promise<Buffer> {
      let seen: ChatBody | undefined;
      const server = await chatServer(({ body }, response) => {
        seen = body;
        streamText(response, '7');
      });
      open.push(server.close);
      const file = path.join(folder, 'image');
      writeFileSync(file, bytes);
      const policy = endpointPolicy({ url: server.url, model: 'qwen', concurrency: 1, retries: 0, silenceMs: 5000 }, new ImageStore(folder));
      await policy.complete({ ...request, messages: [{ role: 'user', content: [{ type: 'image', image: file }] }] }).finally(() => expect(server.requests()).toBe(seen ? 1 : 0));
      const [part] = (seen?.messages[0]?.content ?? []) as readonly { readonly image_url: { readonly url: string } }[];
      const [, mime, base64] = /^data:([^;]+);base64,(.*)$/.exec(part?.image_url.url ?? '') ?? [];
      expect(mime).toBe(`image/${(await sharp(Buffer.from(base64 as string, 'base64')).metadata()).format}`);
      return Buffer.from(base64 as string, 'base64');
    }

    it.each(['png', 'jpeg', 'webp', 'gif'] as const)('%s as it is', async (format) => {
      const bytes = await picture.clone().toFormat(format).toBuffer();
      expect(await sent(bytes)).toEqual(bytes);
    });

    it.each(['tiff', 'avif'] as const)('%s as PNG', async (format) => {
      expect(await sharp(await sent(await picture.clone().toFormat(format).toBuffer())).metadata()).toMatchObject({ format: 'png', width: 9, height: 7 });
    });

    it('nothing, a text and a part of one are faults of the data', async () => {
      const whole = await picture.clone().resize(200, 200).png({ compressionLevel: 0 }).toBuffer();
      for (const bytes of ['', 'a picture', whole.subarray(0, whole.length / 2)]) await expect(sent(bytes)).rejects.toMatchObject({ where: 'data', message: expect.stringMatching(/^sample 1: image .*image: expected an image/) });
    });
  });

  it('keeps to the number of requests at a time', async () => {
    let now = 0;
    let most = 0;
    const { policy } = await policyOf(async (_, response) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now -= 1;
      streamText(response, '7');
    });
    await Promise.all(Array.from({ length: 8 }, () => policy.complete(request)));
    expect(most).toBe(2);
  });
});

describe('faults that may pass are tried again', () => {
  it.each<[string, Answer]>([
    ['429 with a time', (_, response) => void response.writeHead(429, { 'retry-after': '0' }).end('{"error": {"message": "slow down"}}')],
    ['500', (_, response) => void response.writeHead(500, { 'retry-after': '0' }).end('oops')],
    ['a broken connection', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices": [{"delta": {"content": "se"}}]}\n\n');
      setTimeout(() => response.destroy(), 10);
    }],
    ['a stream that just ends', (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices": [{"delta": {"content": "se"}}]}\n\n')],
    ['garbage', (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {{{\n\n')],
    ['an error inside the stream', (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"error": {"message": "out of memory"}}\n\n')],
    ['an error in a choice of the stream', (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices": [{"delta": {"content": ""}, "finish_reason": null, "error": {"code": 502, "message": "upstream"}}]}\n\ndata: [DONE]\n\n')],
    ['an error of its own kind after half an answer', (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices": [{"delta": {"content": "se"}}]}\n\ndata: {"object": "error", "message": "engine died", "code": 500}\n\ndata: [DONE]\n\n')],
    ['a stream that was aborted', (_, response) => streamText(response, 'se', { finish: 'abort' })],
    ['a stream that ends by an error', (_, response) => streamText(response, 'se', { finish: 'error' })],
    ['a stream of its end alone', (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: [DONE]\n\n')],
    ['an answer beside an error', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices": [{"message": {"content": ""}, "finish_reason": "stop"}], "error": {"message": "upstream died"}}')],
    ['an answer that ends by an error', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices": [{"message": {"content": ""}, "finish_reason": "error"}]}')],
    ['an error in a choice', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices": [{"message": null, "finish_reason": null, "error": {"message": "upstream died"}}]}')],
    ['a web page', (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
  ])('%s', async (_, fault) => {
    const { policy, server } = await policyOf((call, response) => (call.count === 1 ? fault(call, response) : streamText(response, '7')));
    let shown = '';
    expect((await policy.complete(request, { onText: (piece) => (shown += piece), onAnew: () => (shown = '') })).text).toBe('7');
    // What a broken answer wrote is void.
    expect(shown).toBe('7');
    expect(server.requests()).toBe(2);
  });

  it.each(['0', '0.001', 'Sun, 29 Nov 2020 21:00:00 GMT'])('after a pause, though the server asks for none: %s', async (header) => {
    const { policy } = await policyOf((call, response) => (call.count === 1 ? void response.writeHead(429, { 'retry-after': header }).end() : streamText(response, '7')));
    const started = performance.now();
    await policy.complete(request);
    expect(performance.now() - started).toBeGreaterThan(370);
  });

  it('silence', async () => {
    const { policy } = await policyOf((call, response) => (call.count === 1 ? undefined : streamText(response, '7')), { silenceMs: 100 });
    expect((await policy.complete(request)).text).toBe('7');
  });

  it('and reported in the end, without the key', async () => {
    const { policy, server } = await policyOf((_, response) => void response.writeHead(503, { 'retry-after': '0' }).end('key secret-1 is over its limit'), { key: 'secret-1' });
    const error = (await policy.complete(request).catch((thrown: unknown) => thrown)) as ToolFault;
    expect(error).toBeInstanceOf(ToolFault);
    expect(error.where).toBe('policy');
    expect(error.message).toContain('503');
    expect(error.message).toContain('tried 3 times');
    expect(error.message).not.toContain('secret-1');
    expect(server.requests()).toBe(3);
  });
});

describe('an episode whose time ends', () => {
  /** What comes of a completion that is asked for until 80 ms are over. */
  async function until(answer: Answer, settings: Partial<EndpointSettings> = {}): Promise<Error> {
    const { policy } = await policyOf(answer, settings);
    const clock = new AbortController();
    setTimeout(() => clock.abort(new TimeUp(80)), 80);
    return policy.complete(request, { signal: clock.signal }).then(() => Promise.reject(new Error('an answer')), (error: Error) => error);
  }
  const begins: Answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices": [{"delta": {"content": "se"}}]}\n\n');
  };

  it.each<[string, Answer, Partial<EndpointSettings>, RegExp]>([
    ['before a word', () => {}, {}, /: no word for 0\.\d s, before the episode's 0\.08 s are over$/],
    ['after no more than headers', (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(), {}, /: no word for/],
    ['in the pause before another try', (_, response) => void response.writeHead(503).end('full'), {}, /: 503 Service Unavailable: full \(tried 1 times\), before/],
    ['in the pause after an answer that fell silent', begins, { silenceMs: 30 }, /: no word for 0\.03 s \(tried 1 times\), before/],
  ])('%s has met a fault of ours', async (_, answer, settings, message) => {
    const error = await until(answer, settings);
    expect(error).toBeInstanceOf(ToolFault);
    expect(error.message).toMatch(message);
  });

  it('has met one where there was no place for it', async () => {
    const { policy } = await policyOf(() => {}, { concurrency: 1 });
    const cancel = new AbortController();
    const first = policy.complete(request, { signal: cancel.signal }).catch(() => {});
    const clock = new AbortController();
    setTimeout(() => clock.abort(new TimeUp(50)), 50);
    await expect(policy.complete(request, { signal: clock.signal })).rejects.toThrow(/: no place among 1 requests, before/);
    cancel.abort();
    await first;
  });

  it('while the model writes has met its limit', async () => {
    expect(await until(begins)).toBeInstanceOf(TimeUp);
  });
});

/** Writes until nobody reads any more. */
function pour(response: ServerResponse, begin: string): void {
  response.write(begin);
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
  };
  response.on('drain', more);
  more();
}

describe('faults that stay are reported at once', () => {
  it.each<[string, Answer, RegExp]>([
    ['a wrong key', (_, response) => void response.writeHead(401).end('{"error": {"message": "bad key"}}'), /401 Unauthorized: bad key/],
    ['a prompt that is too long', (_, response) => void response.writeHead(400).end('{"error": "context length exceeded"}'), /context length exceeded/],
    ['an endless answer', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let i = 0; i < 60; i++) response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: 'x'.repeat(100_000) } }] })}\n\n`);
      response.end();
    }, /longer than/],
    ['an endless line', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      pour(response, 'data: ');
    }, /longer than/],
    ['a redirect', (_, response) => void response.writeHead(307, { location: '/v2/chat/completions?key=hush' }).end(), /: 307, a redirect to http:\/\/127\.0\.0\.1:\d+\/v2\/chat\/completions, which is not followed/],
    ['a redirect to nowhere', (_, response) => void response.writeHead(302).end(), /: 302, a redirect to no address, which/],
    ['an endless refusal', (_, response) => {
      response.writeHead(400);
      pour(response, 'no ');
    }, /400 Bad Request: no x+…$/],
  ])('%s', async (_, answer, message) => {
    const { policy, server } = await policyOf(answer);
    await expect(policy.complete(request)).rejects.toThrow(message);
    expect(server.requests()).toBe(1);
  });

  it('no server there', async () => {
    const policy = endpointPolicy({ url: 'http://127.0.0.1:9/v1', model: 'qwen', concurrency: 1, retries: 0, silenceMs: 1000 }, images);
    await expect(policy.complete(request)).rejects.toThrow(/cannot be reached/);
  });

  it('a cancelled request', async () => {
    const { policy } = await policyOf(() => {});
    await expect(policy.complete(request, { signal: AbortSignal.timeout(30) })).rejects.toThrow(/timeout/);
  });
});

describe('a conversation that has grown too long', () => {
  const turn: Turn = { completion: '<search>K</search>', finishReason: 'stop', action: { kind: 'search', think: '', query: 'K' }, observation: { kind: 'information', query: 'K', passages: [] }, usage: { promptTokens: 1, completionTokens: 1, ms: 1 } };
  const grown: CompletionRequest = { ...request, turns: [turn] };

  // As the servers write it; numbers of tokens that are not the context's stand around.
  it.each<[string, string, number | undefined]>([
    ['OpenAI', '{"error": {"message": "This model\'s maximum context length is 4096 tokens. However, your messages resulted in 5012 tokens.", "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}}', 4096],
    ['vLLM', '{"object": "error", "message": "This model\'s maximum context length is 4096 tokens. However, you requested 5300 tokens (5012 in the messages, 288 in the completion).", "type": "BadRequestError", "code": 400}', 4096],
    ['vLLM, newer', '{"error": {"message": "The decoder prompt (length 5012) is longer than the maximum model length of 4096.", "code": 400}}', 4096],
    ['SGLang', '{"object": "error", "message": "The input (5012 tokens) is longer than the model\'s context length (4096 tokens).", "code": 400}', 4096],
    ['llama.cpp', '{"error": {"code": 400, "message": "the request exceeds the available context size, try increasing it", "type": "exceed_context_size_error", "n_prompt_tokens": 5012, "n_ctx": 4096}}', 4096],
    ['Anthropic', '{"error": {"message": "prompt is too long: 201012 tokens > 200000 maximum"}}', 200_000],
    ['a code alone', '{"error": {"message": "too long", "code": "context_length_exceeded"}}', undefined],
  ])('is at the model’s limit: %s', async (_, body, tokens) => {
    const { policy, server } = await policyOf((_call, response) => void response.writeHead(400).end(body));
    const error = await policy.complete(grown).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ContextFull);
    expect((error as ContextFull).tokens).toBe(tokens);
    expect(server.requests()).toBe(1);
  });

  it('but a first prompt that does not fit is a fault of the settings, in the server’s words', async () => {
    const { policy } = await policyOf((_, response) => void response.writeHead(400).end('{"object": "error", "message": "This model\'s maximum context length is 64 tokens.", "code": 400}'));
    await expect(policy.complete(request)).rejects.toThrow(/: 400 Bad Request: This model's maximum context length is 64 tokens\.$/);
  });

  it('and another refusal stays one', async () => {
    const { policy } = await policyOf((_, response) => void response.writeHead(400).end('{"error": {"message": "temperature must be positive"}}'));
    await expect(policy.complete(grown)).rejects.toMatchObject({ where: 'policy', message: expect.stringContaining('400 Bad Request: temperature must be positive') });
  });
});

describe('an address with a secret in it', () => {
  it.each(['endpoint:http://user:hush@127.0.0.1:9/v1', 'endpoint:http://127.0.0.1:9/v1?api-key=hush', 'endpoint:user:hush@host/v1', 'http://user:hush@host/v1'])('%s is refused at once, and not repeated', (policy) => {
    expect(() => openPolicy({ policy, endpoint: { model: 'm' } }, images, {})).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hush') }));
    if (policy.startsWith('endpoint:')) expect(() => openPolicy({ policy, endpoint: { model: 'm' } }, images, {})).toThrow('ARFT_ENDPOINT_KEY');
  });
});
