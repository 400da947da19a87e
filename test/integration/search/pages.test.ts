import { lookup } from 'node:dns';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pageLimits, readPage } from '../../../main/search/web/page.ts';
import { webSearch } from '../../../main/search/web/web-search.ts';
import { type Handler, type TestServer, answers, sendHtml, sendJson, testServer } from './engine-server.ts';

// Names are resolved as a test says; everything else is real. The first answer may differ from the second, as with DNS rebinding.
vi.mock('node:dns', async (original) => ({ ...(await original<typeof import('node:dns')>()), lookup: vi.fn<typeof lookup>() }));

const here = { ...pageLimits, timeoutMs: 10_000, allowPrivate: true };
const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  vi.mocked(lookup).mockReset();
});

async function serve(handle: Handler): Promise<TestServer> {
  const server = await testServer(handle);
  servers.push(server);
  return server;
}

function resolveTo(...addresses: readonly (readonly string[])[]): void {
  let calls = 0;
  const answer = (_: string, __: unknown, callback: (error: null, found: unknown) => void): void => {
    const found = addresses[Math.min(calls++, addresses.length - 1)] as readonly string[];
    callback(null, found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  vi.mocked(lookup).mockImplementation(answer as unknown as typeof lookup);
}

const article = (text: string): string => `<!doctype html><html><head><title>Peru</title><style>p{}</style></head><body><nav><a href="/">Home</a><a href="/x">Menu</a></nav><script>track()</script><article><h1>Peru</h1>${text}</article><footer>Imprint</footer></body></html>`;
const paragraphs = `<p>Peru is a country in South America. ${'It has mountains and rivers. '.repeat(30)}</p><p>Its capital is Lima, a city on the coast. ${'Many people live there. '.repeat(30)}</p>`;

describe('a page', () => {
  it('is its article, without menus and scripts', async () => {
    const server = await serve((_, response) => sendHtml(response, article(paragraphs)));
    const { title, text } = await readPage(`${server.url}/peru`, here);
    expect(title).toBe('Peru');
    expect(text).toContain('Its capital is Lima');
    expect(text).not.toMatch(/Menu|track|Imprint|p\{\}/);
  });

  it('may be compressed, plain text, or in another charset', async () => {
    const server = await serve(({ url }, response) => {
      if (url.pathname === '/gzip') response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync(article(paragraphs)));
      else if (url.pathname === '/text') response.writeHead(200, { 'content-type': 'text/plain' }).end('just words');
      else response.writeHead(200, { 'content-type': 'text/html; charset=gbk' }).end(Buffer.concat([Buffer.from('<p>'), Buffer.from('cdbccff1', 'hex'), Buffer.from('</p>')]));
    });
    expect((await readPage(`${server.url}/gzip`, here)).text).toContain('Lima');
    expect((await readPage(`${server.url}/text`, here)).text).toBe('just words');
    expect((await readPage(`${server.url}/gbk`, here)).text).toBe('图像');
  });

  it.each<readonly [string, Handler, RegExp]>([
    ['of another kind', (_, response) => void response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF'), /application\/pdf, not text/],
    ['that is not there', (_, response) => void response.writeHead(404).end(), /answers 404/],
    ['that is too large', (_, response) => sendHtml(response, 'x'.repeat(5 << 20)), /more than 4194304 bytes/],
    ['that is a bomb', (_, response) => void response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(200 << 20))), /more than 4194304 bytes/],
    ['that leads in a circle', ({ count }, response) => void response.writeHead(302, { location: `/${count}` }).end(), /more than 5 redirects/],
    ['that leads to a file', (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(), /neither http nor https/],
  ])('%s is refused', async (_, handle, reason) => {
    const server = await serve(handle);
    await expect(readPage(server.url, here)).rejects.toThrow(reason);
  });

  it('that comes drop by drop is given up', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
    });
    await expect(readPage(server.url, { ...here, timeoutMs: 500 })).rejects.toThrow(/timeout|within/i);
  });

  it('that keeps the parser busy is given up, and the next one is read', async () => {
    const server = await serve(({ url }, response) => sendHtml(response, url.pathname === '/trap' ? '<div>'.repeat(600_000) : article(paragraphs)));
    await expect(readPage(`${server.url}/trap`, { ...here, timeoutMs: 1500 })).rejects.toThrow('could not be read within 1.5 s');
    expect((await readPage(`${server.url}/peru`, here)).text).toContain('Lima');
  });
});

describe('an address that is not public is never connected to', () => {
  it.each(['http://127.0.0.1:PORT/', 'http://[::ffff:127.0.0.1]:PORT/', 'http://2130706433:PORT/'])('%s', async (address) => {
    const server = await serve((_, response) => sendHtml(response, 'secret'));
    await expect(readPage(address.replace('PORT', new URL(server.url).port), pageLimits)).rejects.toThrow('no public address');
    expect(server.asked).toHaveLength(0);
  });

  it('nor a name that resolves to one, nor one of several', async () => {
    const server = await serve((_, response) => sendHtml(response, 'secret'));
    const { port } = new URL(server.url);
    resolveTo(['127.0.0.1']);
    await expect(readPage(`http://inside.example:${port}/`, pageLimits)).rejects.toThrow('inside.example is at 127.0.0.1');
    resolveTo(['93.184.216.34', '127.0.0.1']);
    await expect(readPage(`http://inside.example:${port}/`, pageLimits)).rejects.toThrow('no public address');
    expect(server.asked).toHaveLength(0);
  });

  it('nor where the name was public a moment before: the connection uses the address that was checked', async () => {
    const server = await serve((_, response) => sendHtml(response, 'secret'));
    resolveTo(['203.0.114.1'], ['127.0.0.1']);
    await expect(readPage(`http://rebind.example:${new URL(server.url).port}/`, { ...pageLimits, timeoutMs: 300 })).rejects.toThrow();
    expect(vi.mocked(lookup)).toHaveBeenCalledTimes(1);
    expect(server.asked).toHaveLength(0);
  });

  it('nor where a redirect leads to one', async () => {
    const server = await serve(({ url }, response) => (url.pathname === '/' ? void response.writeHead(302, { location: `http://127.0.0.1:${new URL(server.url).port}/secret` }).end() : sendHtml(response, 'secret')));
    // The first request is let through as if it were public; the redirect is not.
    const limits = { ...pageLimits, get allowPrivate() { return server.asked.length === 0; } };
    const reading = readPage(server.url, limits);
    await expect(reading).rejects.toThrow('no public address');
    expect(server.asked).toHaveLength(1);
  });

  it.each(['file:///etc/passwd', 'ftp://example.org/', 'http://user:password@example.org/', 'javascript:1', 'no address'])('nor anything but http and https without a password: %s', async (address) => {
    await expect(readPage(address, pageLimits)).rejects.toThrow();
    expect(vi.mocked(lookup)).not.toHaveBeenCalled();
  });
});

describe('pages behind results', () => {
  it('give the passage that fits the query best; those that cannot be read keep the engine’s words', async () => {
    const server = await serve(({ url }, response) => {
      if (url.pathname === '/search') sendJson(response, answers.searxng([{ title: 'Peru', url: `${server.url}/peru`, content: 'short' }, { title: 'Gone', url: `${server.url}/gone`, content: 'the engine’s words' }]));
      else if (url.pathname === '/peru') sendHtml(response, article(paragraphs));
      else response.writeHead(404).end();
    });
    const search = webSearch({ engine: { name: 'searxng', endpoint: server.url }, readPages: true, pages: here });
    const [peru, gone] = await search('capital Lima', 2);
    expect(peru?.text).toContain('Its capital is Lima');
    expect(peru?.text.split(/\s+/).length).toBeLessThan(151);
    expect(gone?.text).toBe('the engine’s words');
  });

  it('are not read from this machine, though the engine may be here', async () => {
    const server = await serve(({ url }, response) => (url.pathname === '/search' ? sendJson(response, answers.searxng([{ title: 'Trap', url: `${server.url}/admin`, content: 'words' }])) : sendHtml(response, 'secret')));
    const search = webSearch({ engine: { name: 'searxng', endpoint: server.url }, readPages: true });
    expect((await search('q', 1))[0]?.text).toBe('words');
    expect(server.asked.map(({ url }) => url.pathname)).toEqual(['/search']);
  });
});
