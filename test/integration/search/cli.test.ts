import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosine, openEmbedder } from '../../../main/model/embedder/embedder.ts';
import type { Passage } from '../../../main/records/trajectory.ts';
import { Runtime } from '../../../main/runtime/session.ts';
import { randomTensors, writeTinyBert } from '../../unit/model/embedder/tiny-bert.ts';
import { type TestServer, answers, sendJson, testServer } from './engine-server.ts';

const cli = path.join(import.meta.dirname, '../../../main/cli.ts');
const root = mkdtempSync(path.join(os.tmpdir(), 'arft-search-cli-'));
const home = path.join(root, 'home');
afterAll(() => rmSync(root, { recursive: true, force: true }));

function arft(words: readonly string[], environment: NodeJS.ProcessEnv = {}, input = ''): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [cli, 'search', ...words], { env: { ...process.env, ARFT_HOME: home, ...environment } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err })));
}

const passagesOf = (out: string): readonly Passage[] => (JSON.parse(out) as { passages: readonly Passage[] }).passages;

describe('arft search', () => {
  const texts = ['the night watch', 'the museum of tokyo', 'night museum', 'watch of tokyo'];
  beforeAll(async () => {
    mkdirSync(root, { recursive: true });
    writeFileSync(path.join(root, 'rows.jsonl'), [...texts.map((text, i) => JSON.stringify({ id: String(i), title: '', text })), 'broken'].join('\n'));
    const { status, out, err } = await arft(['import', path.join(root, 'rows.jsonl'), '--name', 'rows', '--json']);
    expect(status).toBe(0);
    expect(err).toContain('rows.jsonl, line 5: not JSON');
    expect(JSON.parse(out)).toMatchObject({ name: 'rows', brokenCount: 1, about: { passages: 4 } });
  });

  it('lists, asks and removes corpora', async () => {
    expect((await arft(['list'])).out).toMatch(/^rows +4 passages/);
    const { status, out } = await arft(['query', 'tokyo', '--corpus', 'rows', '-k', '1', '--json']);
    expect([status, passagesOf(out).map(({ id }) => id)]).toEqual([0, ['3']]);
    expect((await arft(['query', '"(( tokyo" OR', '--corpus', 'rows'])).out).toContain('museum of tokyo');
    expect((await arft(['query', 'nowhere', '--corpus', 'rows'])).out).toBe('Nothing found.\n');
    await arft(['import', path.join(root, 'rows.jsonl'), '--name', 'gone']);
    expect((await arft(['remove', 'gone'])).status).toBe(0);
    const again = await arft(['remove', 'gone']);
    expect([again.status, again.err]).toEqual([1, expect.stringContaining('only rows')]);
  });

  it('orders passages by an embedder', async () => {
    const folder = path.join(root, 'bert');
    mkdirSync(folder);
    writeTinyBert(folder, randomTensors(5));
    const runtime = new Runtime({ provider: 'cpu', threads: 1 });
    const embedder = await openEmbedder(folder, runtime);
    const [asked, ...found] = await embedder.embed(['tokyo night museum', ...texts]);
    await runtime.release();
    const expected = found.map((vector, i) => ({ id: String(i), score: cosine(asked as Float32Array, vector) })).sort((a, b) => b.score - a.score);
    const { out } = await arft(['query', 'tokyo night museum', '--corpus', 'rows', '-k', '4', '--embedder', folder, '--json']);
    const passages = passagesOf(out);
    expect(passages.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    for (const [i, { score }] of passages.entries()) expect(score).toBeCloseTo(expected[i]?.score as number, 5);
  });

  it('asks an engine, records, and repeats without it; the key is nowhere', async () => {
    const server: TestServer = await testServer((_, response) => sendJson(response, answers.serper));
    const words = ['query', 'capital of Peru', '--engine', 'serper', '--endpoint', server.url, '--replay', 'record', '--json'];
    const first = await arft(words, { ARFT_SERPER_KEY: 'secret-key-3' });
    expect([first.status, passagesOf(first.out)[0]?.text]).toEqual([0, 'Lima']);
    await server.close();
    const only = await arft(words.map((word) => (word === 'record' ? 'only' : word)));
    expect(passagesOf(only.out)).toEqual(passagesOf(first.out));
    const off = await arft(words.map((word) => (word === 'record' ? 'off' : word)), { ARFT_SERPER_KEY: 'secret-key-3' });
    expect([off.status, off.out]).toEqual([1, expect.stringContaining('ECONNREFUSED')]);
    expect([first, off].map(({ out, err }) => out + err).join('')).not.toContain('secret-key-3');
  });

  it('takes an engine that a file describes', async () => {
    const server: TestServer = await testServer((_, response) => sendJson(response, [{ t: 'Lima', u: 'https://x.example/', s: 'capital' }]));
    const file = path.join(root, 'engine.json');
    const described = { name: 'mine', url: `${server.url}/?q={query}`, results: '', title: 't', link: 'u', text: 's' };
    const ask = (): ReturnType<typeof arft> => arft(['query', 'q', '--engine', 'generic', '--engine-file', file]);
    writeFileSync(file, JSON.stringify(described));
    expect((await ask()).out).toContain('capital');
    writeFileSync(file, JSON.stringify({ ...described, results: 'rows' }));
    expect((await ask()).err).toContain('mine (127.0.0.1');
    writeFileSync(file, '{"name": "mine"}');
    expect((await ask()).err).toContain('the description of a search engine');
    await server.close();
  });

  it('says where a key is from, and never the key', async () => {
    const { out, err } = await arft(['key', 'serper', '--json'], { ARFT_SERPER_KEY: 'secret-key-4' });
    expect(JSON.parse(out)).toEqual({ service: 'serper', source: 'environment' });
    expect(err).toBe('');
    expect((await arft(['key', 'serper', '--store'], {}, 'two words')).status).toBe(2);
    expect((await arft(['key', '../x'])).status).toBe(2);
  });

  it.each([[['query', 'q']], [['query', 'q', '--corpus', 'a', '--engine', 'brave']], [['query', 'q', '--engine', 'nobody']], [['query', 'q', '--engine', 'generic']], [['import', 'x']]])('ends with 2 where it is called wrongly: %j', async (words) => {
    expect((await arft(words)).status).toBe(2);
  });
});
