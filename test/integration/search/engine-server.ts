import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Asked = { readonly method: string; readonly url: URL; readonly headers: IncomingMessage['headers']; readonly body: string; /** Requests so far, this one too. */ readonly count: number };

export type Handler = (asked: Asked, response: ServerResponse) => void;

export type TestServer = { readonly url: string; readonly asked: readonly Asked[]; readonly close: () => Promise<void> };

/** A server on loopback whose answers a test writes. */
export async function testServer(handle: Handler): Promise<TestServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const each: Asked = { method: request.method ?? '', url: new URL(request.url ?? '/', 'http://test'), headers: request.headers, body: Buffer.concat(parts).toString('utf8'), count: asked.length + 1 };
      asked.push(each);
      handle(each, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const sendJson = (response: ServerResponse, document: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
};

export const sendHtml = (response: ServerResponse, html: string): void => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
};

/** Answers in each engine's format, with fields that we do not read, as theirs have. */
export const answers = {
  searxng: (results: readonly { readonly title: string; readonly url: string; readonly content: string }[]) => ({ query: 'q', number_of_results: 0, results: results.map((each) => ({ ...each, engine: 'duckduckgo', parsed_url: ['https', 'x', '/', '', '', ''], score: 1 })), answers: [], suggestions: [], unresponsive_engines: [] }),
  serper: { searchParameters: { q: 'q', type: 'search' }, answerBox: { title: 'Lima', answer: 'Lima', link: 'https://a.example/lima' }, organic: [{ title: 'Peru', link: 'https://a.example/peru', snippet: 'Its capital is Lima.', position: 1 }], credits: 1 },
  brave: { type: 'search', query: { original: 'q' }, mixed: {}, web: { type: 'search', results: [{ title: 'Peru &amp; Lima', url: 'https://b.example/', is_source_local: false, description: 'The capital is <strong>Lima</strong>.', extra_snippets: ['It is on the coast.'] }] } },
  tavily: { query: 'q', answer: null, images: [], results: [{ title: 'Peru', url: 'https://c.example/', content: 'Lima is the capital.', score: 0.9, raw_content: null }], response_time: 1.2 },
} as const;
