import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Passage } from '../../../main/records/trajectory.ts';
import { importCorpus } from '../../../main/search/corpus/import.ts';
import { type SearchSettings, openSearch } from '../../../main/search/open.ts';
import { type TestServer, answers, sendJson, testServer } from './engine-server.ts';

let home: string;
let server: TestServer;
let busy = false;
beforeEach(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'arft-records-'));
  busy = false;
  server = await testServer(({ count }, response) => (busy ? void response.writeHead(404).end() : sendJson(response, answers.searxng([{ title: `answer ${count}`, url: `https://x.example/${count}`, content: 'words' }, { title: 'second', url: 'https://x.example/s', content: 'more' }]))));
});
afterEach(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const open = (replay: SearchSettings['replay'], more: Partial<SearchSettings> = {}) => openSearch({ home, source: { kind: 'web', engine: { name: 'searxng', endpoint: server.url }, readPages: false }, k: 1, replay, ...more });

describe('recorded results', () => {
  it('answer again without the network, also after the engine is gone', async () => {
    const first = open('record');
    const found = await first.search('capital of Peru');
    expect(found[0]?.title).toBe('answer 1');
    expect(await first.search('capital of Peru')).toEqual(found);
    first.close();
    await server.close();
    for (const mode of ['record', 'only'] as const) {
      const again = open(mode);
      expect(await again.search('capital of Peru')).toEqual(found);
      again.close();
    }
    expect(server.asked).toHaveLength(1);
  });

  it('are of their query and options; `only` says what is missing and asks nobody', async () => {
    const record = open('record');
    await record.search('a');
    record.close();
    const only = open('only');
    await expect(only.search('b')).rejects.toMatchObject({ name: 'ToolFault', where: 'search', message: expect.stringContaining('no recorded result for the query "b"') as string });
    only.close();
    const two = open('only', { k: 2 });
    await expect(two.search('a')).rejects.toThrow('no recorded result');
    two.close();
    expect(server.asked).toHaveLength(1);
  });

  it('are not kept of a failure, nor at all when off', async () => {
    busy = true;
    const record = open('record');
    await expect(record.search('a')).rejects.toThrow('refuses with 404');
    busy = false;
    expect((await record.search('a'))[0]?.title).toBe('answer 2');
    record.close();
    const off = open('off');
    await off.search('a');
    await off.search('a');
    off.close();
    expect(server.asked).toHaveLength(4);
  });

  it('hold no key', async () => {
    vi.stubEnv('ARFT_SERPER_KEY', 'secret-key-2');
    const serper = await testServer((_, response) => sendJson(response, answers.serper));
    const { search, describe: words, close } = open('record', { source: { kind: 'web', engine: { name: 'serper', endpoint: serper.url }, readPages: false } });
    expect(await search('q')).toHaveLength(1);
    expect(serper.asked[0]?.headers['x-api-key']).toBe('secret-key-2');
    expect(words()).not.toContain('secret');
    close();
    await serper.close();
    for (const name of readdirSync(home)) expect(readFileSync(path.join(home, name)).includes('secret-key-2')).toBe(false);
  });

  it('want no key where nobody is asked; without one a search that would ask is not opened', () => {
    vi.stubEnv('ARFT_SERPER_KEY', '');
    const source = { kind: 'web', engine: { name: 'serper' }, readPages: false } as const;
    expect(() => open('record', { source })).toThrow(/ARFT_SERPER_KEY/);
    open('only', { source }).close();
  });

  it('of several processes at once are the same for all of them', async () => {
    const recorder = fileURLToPath(new URL('./recorder.ts', import.meta.url));
    const runs = await Promise.all(['a', 'b', 'c'].map((name) => promisify(execFile)(process.execPath, [recorder, home, name, '150'])));
    const kept = runs.map(({ stdout }) => JSON.parse(stdout) as readonly (string | undefined)[]);
    expect(kept[0]?.filter((id, i) => id?.endsWith(`-${i}`))).toHaveLength(150);
    expect(kept[1]).toEqual(kept[0]);
    expect(kept[2]).toEqual(kept[0]);
  });
});

describe('a search over a corpus', () => {
  beforeEach(async () => {
    const rows = [['cat', 'cats sleep'], ['dog', 'dogs and cats play'], ['cow', 'cows eat grass, cats do not']].map(([id, text]) => JSON.stringify({ id, title: id, text }));
    writeFileSync(path.join(home, 'animals.jsonl'), rows.join('\n'));
    await importCorpus({ home, name: 'animals', sources: [path.join(home, 'animals.jsonl')] });
  });

  const corpus = { kind: 'corpus', name: 'animals' } as const;
  const byLength = async (_: string, passages: readonly Passage[]): Promise<readonly number[]> => passages.map(({ text }) => text.length);

  it('gives the first passages, and records them by the corpus’s content', async () => {
    const { search, describe: words, close } = open('record', { source: corpus, k: 2 });
    const found = await search('cats');
    expect(found.map(({ id }) => id)).toEqual(['cat', 'dog']);
    expect(words()).toMatch(/^corpus animals \(3 passages, [0-9a-f]{12}\), 2 passages, recorded$/);
    close();
    const only = open('only', { source: corpus, k: 2 });
    expect(await only.search('cats')).toEqual(found);
    only.close();
  });

  it('is ordered anew where that is wanted', async () => {
    const { search, close } = open('off', { source: corpus, k: 2, rerank: { name: 'length', rerank: byLength } });
    expect((await search('cats')).map(({ id, score }) => [id, score])).toEqual([['cow', 27], ['dog', 18]]);
    expect(await search('nothing of this')).toEqual([]);
    close();
  });

  it.each<readonly [string, () => Promise<readonly number[]>]>([
    ['fails', async () => { throw new Error('no memory'); }],
    ['gives too few', async () => [1]],
    ['gives no numbers', async () => [1, Number.NaN, 2]],
  ])('ends in a fault of ours where the re-ranking %s', async (_, rerank) => {
    const { search, close } = open('off', { source: corpus, k: 2, rerank: { name: 'bad', rerank } });
    await expect(search('cats')).rejects.toMatchObject({ name: 'ToolFault', where: 'search' });
    close();
  });

  it('is not begun after an interruption', async () => {
    const { search, close } = open('off', { source: corpus });
    await expect(search('cats', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    close();
  });
});
