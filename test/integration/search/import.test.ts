import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Corpus } from '../../../main/search/corpus/corpus.ts';
import { corporaFolder, corpusNames, removeCorpus } from '../../../main/search/corpus/folder.ts';
import { type ImportReport, importCorpus } from '../../../main/search/corpus/import.ts';
import { writeZipfCorpus } from '../../bench/zipf-corpus.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'arft-import-'));
const home = path.join(root, 'home');
const sources = path.join(root, 'sources');
afterAll(() => rmSync(root, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const at = path.join(sources, name);
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, content);
  return at;
}

function found(name: string, query: string): readonly { readonly id: string; readonly title: string; readonly text: string }[] {
  const corpus = new Corpus(home, name);
  try {
    return corpus.search(query, 5).map(({ id, title, text }) => ({ id, title, text }));
  } finally {
    corpus.close();
  }
}

const leftovers = (): readonly string[] => readdirSync(corporaFolder(home)).filter((name) => !name.endsWith('.db'));

describe('a folder of files', () => {
  let report: ImportReport;
  beforeAll(async () => {
    file('all/flashrag.jsonl', `\uFEFF${[
      JSON.stringify({ id: '0', contents: '"Aaron"\nAaron was a prophet.' }),
      JSON.stringify({ id: '1', contents: 'no title here, one line' }),
      '{"id": "2", "contents": ',
      '',
      JSON.stringify({ id: '3', body: 'x' }),
      JSON.stringify(['a', 'list']),
      JSON.stringify({ id: '4', title: 'Empty', text: ' \n' }),
      JSON.stringify({ id: 5, title: 'Numbers', text: 'an id that is a number\0 and a null' }),
    ].join('\r\n')}`);
    file('all/rows.json', JSON.stringify([{ id: 'j1', title: 'Zebra', text: 'striped horses' }, { title: 'No id', text: 'quagga' }]));
    file('all/notes/guide.md', '---\ntitle: Guide\n---\nIntro about otters.\n\n# Setup\n\nInstall [the tool](https://x.example "t").\n\n```\n# no heading: comment\n```\n\n## Linux\n\n图像处理需要 Python。\n');
    file('all/page.html', '<html><head><title>Lima</title></head><body><nav>menu menu</nav><article><h1>Lima</h1><p>Lima is the capital of Peru, on the coast of the Pacific.</p></article><script>evil()</script></body></html>');
    file('all/plain.txt', 'A plain text about walruses.\r\n');
    file('all/latin1.txt', Buffer.from([0x63, 0x61, 0x66, 0xe9]));
    file('all/picture.png', 'x');
    file('all/.hidden/secret.txt', 'hidden');
    report = await importCorpus({ home, name: 'all', sources: [path.join(sources, 'all')] });
  });

  it('imports what can be read and lists the rest by line and reason', () => {
    expect(report.about).toMatchObject({ documents: 10, passages: 10 });
    expect(report.broken.map(({ file: at, line, reason }) => `${path.basename(at)}:${line ?? ''} ${reason}`)).toEqual([
      expect.stringMatching(/^flashrag\.jsonl:3 not JSON/),
      expect.stringMatching(/^flashrag\.jsonl:5 expected .* found \{"id": string, "body": string\}/),
      expect.stringMatching(/^flashrag\.jsonl:6 expected an object, found a list/),
      'flashrag.jsonl:7 the text is empty',
      'latin1.txt: not UTF-8 text: save it as UTF-8',
    ]);
    expect(report.brokenCount).toBe(5);
    expect(report.skipped.map((each) => path.basename(each))).toEqual(['picture.png']);
    expect(leftovers()).toEqual([]);
  });

  it.each<readonly [string, { readonly id: string; readonly title: string; readonly text: string }]>([
    ['prophet', { id: '0', title: 'Aaron', text: 'Aaron was a prophet.' }],
    ['"one line"', { id: '1', title: '', text: 'no title here, one line' }],
    ['numbers', { id: '5', title: 'Numbers', text: 'an id that is a number\0 and a null' }],
    ['zebra', { id: 'j1', title: 'Zebra', text: 'striped horses' }],
    ['quagga', { id: 'rows.json:1', title: 'No id', text: 'quagga' }],
    ['otters', { id: 'notes/guide.md#1', title: 'Guide', text: 'Intro about otters.' }],
    ['install', { id: 'notes/guide.md#2', title: 'Guide – Setup', text: 'Install the tool.\n\n```\n# no heading: comment\n```' }],
    ['图像', { id: 'notes/guide.md#3', title: 'Guide – Setup – Linux', text: '图像处理需要 Python。' }],
    ['理', { id: 'notes/guide.md#3', title: 'Guide – Setup – Linux', text: '图像处理需要 Python。' }],
    ['walruses', { id: 'plain.txt', title: 'plain', text: 'A plain text about walruses.' }],
  ])('finds %s', (query, passage) => expect(found('all', query)[0]).toEqual(passage));

  it('finds the words of a page, not its menu', () => {
    expect(found('all', 'peru')[0]).toMatchObject({ id: 'page.html', title: 'Lima' });
    expect(found('all', 'evil secret hidden')).toEqual([]);
  });

  it('has the same fingerprint when it is imported again, another one when a word changes', async () => {
    const again = await importCorpus({ home, name: 'again', sources: [path.join(sources, 'all')] });
    expect(again.about.fingerprint).toBe(report.about.fingerprint);
    expect((await importCorpus({ home, name: 'other', sources: [file('other.txt', 'other')] })).about.fingerprint).not.toBe(report.about.fingerprint);
  });
});

it('reads texts in other charsets where they are named, and headings that are underlined', async () => {
  // 图像处理 in GB 2312
  const words = Buffer.from([0xcd, 0xbc, 0xcf, 0xf1, 0xb4, 0xa6, 0xc0, 0xed]);
  file('charsets/gbk.html', Buffer.concat([Buffer.from('<html><head><meta charset="gbk"><title>a page</title></head><body><article><p>'), words, Buffer.from('</p></article></body></html>')]));
  file('charsets/none.html', Buffer.concat([Buffer.from('<html><body><p>'), words, Buffer.from('</p></body></html>')]));
  file('charsets/wide.txt', Buffer.from('\uFEFFcurlews in two bytes each', 'utf16le'));
  file('charsets/lined.md', 'Birds\n=====\n\nA list:\n\n- one\n---\n\nWaders\n---\nThe lapwing.\n');
  const report = await importCorpus({ home, name: 'charsets', sources: [path.join(sources, 'charsets')] });
  expect(report.broken.map(({ file: at, reason }) => `${path.basename(at)} ${reason}`)).toEqual(['none.html not UTF-8 text: save it as UTF-8']);
  expect(found('charsets', '图像')[0]).toMatchObject({ id: 'gbk.html', text: '图像处理' });
  expect(found('charsets', 'curlews')[0]).toMatchObject({ id: 'wide.txt', text: 'curlews in two bytes each' });
  expect(found('charsets', 'lapwing')[0]).toEqual({ id: 'lined.md#3', title: 'Birds – Waders', text: 'The lapwing.' });
  expect(found('charsets', 'list')[0]?.title).toBe('Birds');
});

describe('an import that does not end', () => {
  const large = path.join(root, 'large.jsonl');
  beforeAll(() => writeZipfCorpus(large, 60_000, 3));

  it('leaves nothing where it is cancelled, and the older corpus where there was one', async () => {
    await importCorpus({ home, name: 'kept', sources: [file('kept.txt', 'the older one')] });
    const controller = new AbortController();
    let progress = 0;
    const onProgress = (done: number, total: number): void => {
      progress = done / total;
      if (progress > 0.3) controller.abort();
    };
    await expect(importCorpus({ home, name: 'kept', sources: [large], replace: true, signal: controller.signal, onProgress })).rejects.toMatchObject({ name: 'AbortError' });
    expect(progress).toBeLessThan(0.9);
    expect(found('kept', 'older')).toHaveLength(1);
    expect(leftovers()).toEqual([]);
  });

  it('leaves no corpus where it is killed, and the next import clears up', async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./importer.ts', import.meta.url)), home, 'killed', large], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    while (leftovers().length === 0 && child.exitCode === null) await sleep(10);
    await sleep(300);
    child.kill('SIGKILL');
    await ended;
    expect(corpusNames(home)).not.toContain('killed');
    expect(leftovers()).not.toEqual([]);
    await importCorpus({ home, name: 'after', sources: [file('after.txt', 'after')] });
    expect(leftovers()).toEqual([]);
  });
});

describe('what cannot be imported is said', () => {
  it.each<readonly [string, () => Promise<unknown>, RegExp]>([
    ['a path that is not there', () => importCorpus({ home, name: 'x', sources: [path.join(root, 'nothing')] }), /nothing there/],
    ['a file of an unknown kind', () => importCorpus({ home, name: 'x', sources: [file('a.pdf', '%PDF')] }), /expected a file that ends in/],
    ['JSON that is no list', () => importCorpus({ home, name: 'x', sources: [file('object.json', '{"id": "1"}')] }), /object\.json: no rows: expected a list/],
    ['a file with nothing to read', () => importCorpus({ home, name: 'x', sources: [file('bad.jsonl', '{')] }), /1 that cannot be read, the first .*bad\.jsonl, line 1/],
    ['an empty file', () => importCorpus({ home, name: 'x', sources: [file('empty.jsonl', '')] }), /at least one document, found none/],
    ['a name that is taken', async () => {
      await importCorpus({ home, name: 'taken', sources: [file('t.txt', 't')] });
      await importCorpus({ home, name: 'taken', sources: [file('t.txt', 't')] });
    }, /a name that is not taken/],
    ['a name that is none', () => importCorpus({ home, name: '../x', sources: [file('t.txt', 't')] }), /a name of at most 64 letters/],
  ])('%s', async (_, run, message) => {
    await expect(run()).rejects.toThrow(message);
    expect(corpusNames(home)).not.toContain('x');
    expect(leftovers()).toEqual([]);
  });

  it('a corpus that is not there, one that is none, one that is removed', async () => {
    expect(() => new Corpus(home, 'nowhere')).toThrow(/arft search import/);
    writeFileSync(path.join(corporaFolder(home), 'broken.db'), 'not a database at all, but long enough to look like one'.repeat(100));
    expect(() => new Corpus(home, 'broken')).toThrow(/expected a corpus, found file is not a database/);
    removeCorpus(home, 'broken');
    expect(existsSync(path.join(corporaFolder(home), 'broken.db'))).toBe(false);
    expect(() => removeCorpus(home, 'broken')).toThrow(/corpus broken/);
  });
});

it.runIf(process.platform === 'linux')('a folder in which no corpus can be made is named', async () => {
  const place = path.join(root, 'closed');
  mkdirSync(place);
  // Nobody makes a file there, root neither.
  symlinkSync('/proc/self', path.join(place, 'corpora'));
  await expect(importCorpus({ home: place, name: 'x', sources: [file('t.txt', 't')] })).rejects.toThrow(`${path.join(place, 'corpora')}: expected a folder that can be written, found no such file or folder (ENOENT)`);
});

// Root may remove what it likes.
it.runIf((process.getuid?.() ?? 0) !== 0)('a corpus that cannot be removed is told with its remedy', async () => {
  const place = path.join(root, 'kept');
  await importCorpus({ home: place, name: 'x', sources: [file('t.txt', 't')] });
  chmodSync(corporaFolder(place), 0o555);
  try {
    expect(() => removeCorpus(place, 'x')).toThrow(`${corporaFolder(place)}: expected a folder that can be written, found no permission (EACCES)`);
  } finally {
    chmodSync(corporaFolder(place), 0o755);
  }
});

it('a file where the corpora should be is told with its remedy', async () => {
  const place = path.join(root, 'without-corpora');
  mkdirSync(place);
  writeFileSync(corporaFolder(place), '');
  const refused = importCorpus({ home: place, name: 'notes', sources: [file('told/one.txt', 'a passage')] });
  await expect(refused).rejects.toThrow(`${corporaFolder(place)}: expected a folder that can be written, found a file where a folder should be (EEXIST)`);
});
