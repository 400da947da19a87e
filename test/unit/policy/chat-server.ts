import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ChatBody = { readonly model: string; readonly messages: readonly { readonly role: string; readonly content: unknown }[]; readonly max_tokens: number; readonly stream: boolean };

export type Answer = (request: { readonly body: ChatBody; readonly headers: IncomingMessage['headers']; readonly count: number }, response: ServerResponse) => void | Promise<void>;

/** An OpenAI-compatible chat server on loopback whose answers a test writes. */
export async function chatServer(answer: Answer): Promise<{ readonly url: string; readonly close: () => Promise<void>; readonly requests: () => number }> {
  let count = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method !== 'POST' || request.url !== '/v1/chat/completions') return void response.writeHead(404).end();
      count += 1;
      void answer({ body: JSON.parse(Buffer.concat(parts).toString('utf8')) as ChatBody, headers: request.headers, count }, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: () => count,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Streams a text in pieces, as servers do. */
export function streamText(response: ServerResponse, text: string, { finish = 'stop', usage = { prompt_tokens: 11, completion_tokens: 3 } as object | undefined } = {}): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const piece of text.match(/[\s\S]{1,5}/g) ?? []) response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: piece }, finish_reason: null }] })}\n\n`);
  response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: finish }] })}\n\n`);
  if (usage) response.write(`data: ${JSON.stringify({ choices: [], usage })}\n\n`);
  response.end('data: [DONE]\n\n');
}
