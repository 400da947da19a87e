import { afterEach, describe, expect, it } from 'vitest';
import { TimeUp, ToolFault } from '../../../main/records/tools.ts';
import type { EngineName, GenericEngine } from '../../../main/search/web/engines.ts';
import { retryAfterMs } from '../../../main/search/web/retries.ts';
import { type WebSettings, webSearch } from '../../../main/search/web/web-search.ts';
import { type Handler, type TestServer, answers, sendJson, testServer } from './engine-server.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(handle: Handler): Promise<TestServer> {
  const server = await testServer(handle);
  servers.push(server);
  return server;
}

async function engineAt(name: EngineName, handle: Handler, more: Partial<WebSettings> = {}) {
  const server = await serve(handle);
  const search = webSearch({ engine: { name, endpoint: server.url }, key: 'secret-key-1', readPages: false, timeoutMs: 3000, retries: { retries: 2, backoffMs: 5 }, ...more });
  return { search, server };
}

const faultOf = async (result: Promise<unknown>): Promise<ToolFault> => {
  const error: unknown = await result.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ToolFault);
  expect((error as ToolFault).where).toBe('search');
  expect((error as Error).message).not.toContain('secret-key-1');
  return error as ToolFault;
};

describe('an engine is asked in its own way', () => {
  it('SearXNG', async () => {
    const { search, server } = await engineAt('searxng', (_, response) => sendJson(response, answers.searxng([{ title: 'Lima', url: 'https://x.example/1', content: 'capital of Peru' }, { title: '', url: 'https://x.example/2', content: '' }])));
    expect(await search('capital of Peru? "a" & b=c', 3)).toEqual([{ id: 'https://x.example/1', title: 'Lima', text: 'capital of Peru', url: 'https://x.example/1' }]);
    expect(server.asked[0]).toMatchObject({ method: 'GET' });
    expect(server.asked[0]?.url.pathname).toBe('/search');
    expect(Object.fromEntries(server.asked[0]?.url.searchParams ?? [])).toEqual({ q: 'capital of Peru? "a" & b=c', format: 'json' });
  });

  it('Serper', async () => {
    const { search, server } = await engineAt('serper', (_, response) => sendJson(response, answers.serper));
    expect((await search('q', 3)).map(({ title, text, url }) => [title, text, url])).toEqual([['Lima', 'Lima', 'https://a.example/lima'], ['Peru', 'Its capital is Lima.', 'https://a.example/peru']]);
    expect(server.asked[0]).toMatchObject({ method: 'POST', headers: { 'x-api-key': 'secret-key-1', 'content-type': 'application/json' } });
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({ q: 'q', num: 10 });
  });

  it('Brave, whose texts are HTML', async () => {
    const { search, server } = await engineAt('brave', (_, response) => sendJson(response, answers.brave));
    expect(await search('q', 3)).toEqual([{ id: 'https://b.example/', title: 'Peru & Lima', text: 'The capital is Lima. It is on the coast.', url: 'https://b.example/' }]);
    expect(server.asked[0]).toMatchObject({ method: 'GET', headers: { 'x-subscription-token': 'secret-key-1' } });
    expect(Object.fromEntries(server.asked[0]?.url.searchParams ?? [])).toEqual({ q: 'q', count: '3' });
  });

  it('Tavily', async () => {
    const { search, server } = await engineAt('tavily', (_, response) => sendJson(response, answers.tavily));
    expect((await search('q', 3))[0]?.text).toBe('Lima is the capital.');
    expect(server.asked[0]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer secret-key-1' } });
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({ query: 'q', max_results: 3, search_depth: 'basic' });
  });

  it('any other, as its user describes it', async () => {
    const server = await serve((_, response) => sendJson(response, { data: { hits: [{ name: 'Lima', page: { href: 'https://d.example/' }, summary: 'capital' }] } }));
    const described: GenericEngine = { name: 'mine', url: `${server.url}/find?q={query}&n={count}`, headers: { 'x-token': '{key}' }, body: '{"query": "{query}"}', results: 'data.hits', title: 'name', link: 'page.href', text: 'summary' };
    const search = webSearch({ engine: { generic: described }, key: 'secret-key-1', readPages: false });
    expect(await search('a "b" & c\\d', 2)).toEqual([{ id: 'https://d.example/', title: 'Lima', text: 'capital', url: 'https://d.example/' }]);
    expect(server.asked[0]).toMatchObject({ method: 'POST', headers: { 'x-token': 'secret-key-1' } });
    expect(server.asked[0]?.url.searchParams.get('q')).toBe('a "b" & c\\d');
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({ query: 'a "b" & c\\d' });
  });

  it.each(['', ' \n\0 '])('and not at all for the empty query %j', async (query) => {
    const { search, server } = await engineAt('searxng', (_, response) => sendJson(response, answers.searxng([])));
    expect(await search(query, 3)).toEqual([]);
    expect(server.asked).toHaveLength(0);
  });

  it('with any text that a model may write, in one line of 400 characters', async () => {
    const { search, server } = await engineAt('searxng', (_, response) => sendJson(response, answers.searxng([])));
    for (const query of ['\uD800 lone', '😀'.repeat(1_000_000), 'a\0b\r\nHost: evil', '%zz {query} {key}']) expect(await search(query, 3)).toEqual([]);
    const sent = server.asked.map(({ url }) => url.searchParams.get('q') ?? '');
    expect(sent[0]).toBe('\uFFFD lone');
    expect(sent[1]).toHaveLength(400);
    expect(sent.slice(2)).toEqual(['a b Host: evil', '%zz {query} {key}']);
  });
});

describe('a failure that may pass is tried again', () => {
  it.each([429, 500, 502, 503, 408])('status %i', async (status) => {
    const { search, server } = await engineAt('serper', ({ count }, response) => (count < 3 ? void response.writeHead(status).end('busy') : sendJson(response, answers.serper)));
    expect(await search('q', 1)).toHaveLength(1);
    expect(server.asked).toHaveLength(3);
  });

  it('after the time that the server asks for', async () => {
    const { search } = await engineAt('serper', ({ count }, response) => (count === 1 ? void response.writeHead(429, { 'retry-after': '1' }).end() : sendJson(response, answers.serper)));
    const started = performance.now();
    await search('q', 1);
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  it.each<readonly [string, number | undefined]>([['2', 2000], [' 0.5 ', 500], ['0', 0], ['Sun, 29 Nov 2026 21:00:10 GMT', 10_000], ['Sun, 29 Nov 2020 21:00:00 GMT', 0], ['soon', undefined]])('which may be written as %j', (header, ms) => {
    expect(retryAfterMs(header, Date.parse('Sun, 29 Nov 2026 21:00:00 GMT'))).toBe(ms);
  });

  it.each(['0', '0.001', 'Sun, 29 Nov 2020 21:00:00 GMT'])('and after a pause of our own where it asks for less: %s', async (header) => {
    const { search } = await engineAt('serper', ({ count }, response) => (count === 1 ? void response.writeHead(429, { 'retry-after': header }).end() : sendJson(response, answers.serper)), { retries: { retries: 1, backoffMs: 200 } });
    const started = performance.now();
    await search('q', 1);
    expect(performance.now() - started).toBeGreaterThan(145);
  });

  it('but not where the server wants a pause that is too long', async () => {
    const { search, server } = await engineAt('serper', (_, response) => void response.writeHead(429, { 'retry-after': '3600' }).end());
    expect((await faultOf(search('q', 1))).message).toMatch(/429, too many requests \(asks to wait 3600\)/);
    expect(server.asked).toHaveLength(1);
  });

  it('nor for ever', async () => {
    const { search, server } = await engineAt('serper', (_, response) => void response.writeHead(500).end('<h1>oops secret-key-1</h1>'));
    expect((await faultOf(search('q', 1))).message).toMatch(/serper \(127\.0\.0\.1:\d+\): refuses with 500: <h1>oops \[key\]/);
    expect(server.asked).toHaveLength(3);
  });
});

describe('a fault of the engine is ours, never the model’s', () => {
  it.each<readonly [string, Handler, RegExp]>([
    ['while it is silent', () => {}, /no answer before the episode's 0\.05 s are over$/],
    ['while it is to be asked again', (_, response) => void response.writeHead(503).end('busy'), /refuses with 503: busy$/],
  ])('an episode’s time ends %s', async (_, handle, reason) => {
    const { search } = await engineAt('serper', handle, { retries: { retries: 3, backoffMs: 10_000 } });
    const clock = new AbortController();
    setTimeout(() => clock.abort(new TimeUp(50)), 50);
    expect((await faultOf(search('q', 1, clock.signal))).message).toMatch(reason);
  });

  it.each<readonly [string, Handler, RegExp]>([
    ['a key that is refused', (_, response) => void response.writeHead(401).end('{"message":"bad key secret-key-1"}'), /refuses with 401, the key is not accepted: .*\[key\]/],
    ['garbage', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('<html>blocked</html>'), /no JSON/],
    ['JSON of another form', (_, response) => sendJson(response, { organic: [{ title: 'x' }] }), /another form: organic\.0\.link/],
    ['a list', (_, response) => sendJson(response, []), /another form/],
    ['an answer that breaks off', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"organic": [');
      setTimeout(() => response.destroy(), 20);
    }, /\): the answer broke off$/],
    ['an answer without end', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    }, /more than 4194304 bytes/],
    ['a redirect', (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), /302, a redirect/],
    ['an unknown encoding', (_, response) => void response.writeHead(200, { 'content-encoding': 'sdch' }).end('x'), /unknown encoding/],
  ])('%s', async (_, handle, reason) => {
    const { search } = await engineAt('serper', handle, { retries: { retries: 0, backoffMs: 1 } });
    expect((await faultOf(search('q', 1))).message).toMatch(reason);
  });

  it('SearXNG finds nothing because its own engines failed', async () => {
    const answer = { ...answers.searxng([]), unresponsive_engines: [['google', 'CAPTCHA'], ['bing', 'timeout']] };
    const { search } = await engineAt('searxng', (_, response) => sendJson(response, answer));
    expect((await faultOf(search('q', 1))).message).toMatch(/: no results, since these of its engines failed: google \(CAPTCHA\), bing \(timeout\)$/);
    const { search: some } = await engineAt('searxng', (_, response) => sendJson(response, { ...answer, ...answers.searxng([{ title: 'Lima', url: 'https://x.example/', content: 'capital' }]), unresponsive_engines: [['google', 'CAPTCHA']] }));
    expect(await some('q', 1)).toHaveLength(1);
  });

  it('but a result without an address, or of another form, costs the others nothing', async () => {
    const { search } = await engineAt('searxng', (_, response) => sendJson(response, { results: [{ title: 'A', url: null, content: 'a' }, { title: 'B', content: 'b' }, { title: 'C', url: 'https://x.example/', content: 'c' }] }));
    expect(await search('q', 3)).toEqual([{ id: 'searxng:1', title: 'A', text: 'a' }, { id: 'https://x.example/', title: 'C', text: 'c', url: 'https://x.example/' }]);
  });

  it.each([
    ['results', { results: 'data.rows' }, /: the path results \("data\.rows"\) leads to nothing, not to a list$/],
    ['title', { title: 'page' }, /: the path title \("page"\) leads to an object in every result, not to a text$/],
    ['link', { link: 'page.url' }, /: the path link \("page\.url"\) leads to nothing in every result/],
    ['text', { text: 'snippet' }, /: the path text \("snippet"\) leads to nothing in every result/],
  ])('a described engine whose path leads nowhere: %s', async (_, wrong, reason) => {
    const server = await serve((_asked, response) => sendJson(response, { data: { hits: [{ name: 'Lima', page: { href: 'https://d.example/' }, summary: 'capital' }, { name: 'Peru', page: {}, summary: null }] } }));
    const described: GenericEngine = { name: 'mine', url: server.url, headers: {}, results: 'data.hits', title: 'name', link: 'page.href', text: 'summary' };
    const find = (generic: GenericEngine) => webSearch({ engine: { generic }, readPages: false })('q', 3);
    expect(await find(described)).toMatchObject([{ text: 'capital' }, { title: 'Peru', text: '' }]);
    expect((await faultOf(find({ ...described, ...wrong }))).message).toMatch(reason);
  });

  it('silence', async () => {
    const { search } = await engineAt('serper', () => {}, { timeoutMs: 100, retries: { retries: 1, backoffMs: 1 } });
    expect((await faultOf(search('q', 1))).message).toMatch(/no complete answer within 0.1 s/);
  });

  it('nobody there', async () => {
    const { search, server } = await engineAt('searxng', () => {}, { retries: { retries: 0, backoffMs: 1 } });
    await server.close();
    servers.length = 0;
    expect((await faultOf(search('q', 1))).message).toMatch(/ECONNREFUSED/);
  });

  it('a name that cannot be resolved: the machine is offline', async () => {
    const search = webSearch({ engine: { name: 'searxng', endpoint: 'http://search.invalid' }, readPages: false, retries: { retries: 0, backoffMs: 1 } });
    expect((await faultOf(search('q', 1))).message).toMatch(/offline/);
  });

  it('a user’s interruption is none', async () => {
    const controller = new AbortController();
    const { search } = await engineAt('serper', () => setTimeout(() => controller.abort(), 20));
    await expect(search('q', 1, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
