import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-data-cli-'));
const at = (...names: readonly string[]): string => path.join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Outcome = { status: number | null; out: string; err: string };

function start(...words: readonly string[]): { child: ChildProcess; outcome: Promise<Outcome> } {
  const child = spawn(process.execPath, [path.join(root, 'main/cli.ts'), 'data', ...words], { env: { ...process.env, ARFT_HOME: at('home') }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (err += data.toString()));
  return { child, outcome: new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err }))) };
}

const data = (...words: readonly string[]): Promise<Outcome> => start(...words).outcome;

const rows = [0, 1, 2].map((i) => ({ id: i, question: `q ${i}`, answers: [`a ${i}`], ori_image_path: 'a.png', processed_image_path: 'b.png', type: ['dark'], split: 'simple' }));
const text = JSON.stringify(rows, null, 4);

beforeAll(async () => {
  for (const [name, red] of [['a.png', 20], ['b.png', 200]] as const) {
    writeFileSync(at(name), await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: red, g: 1, b: 2 } } }).png().toBuffer());
  }
  writeFileSync(at('in.json'), text);
});

test('a long document reaches a reader that takes its time whole', async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => JSON.stringify({ id: String(i), question: `q${i}`, ...(i % 2 && { golden_answers: ['a'] }) }));
  writeFileSync(at('faulty.jsonl'), lines.join('\n'));
  const { child } = start('import', at('faulty.jsonl'), '--format', 'flashrag', '--out', at('kept.jsonl'), '--json');
  child.stdout?.removeAllListeners('data').pause();
  await wait(1500); // longer than the command takes
  let document = '';
  for await (const piece of child.stdout as unknown as AsyncIterable<Buffer>) document += piece.toString();
  expect(document.length).toBeGreaterThan(100_000);
  expect(JSON.parse(document)).toMatchObject({ samples: 1500 });
});

describe('import and export', () => {
  test('the same bytes, the images under their names, one JSON document', async () => {
    const { status, out } = await data('import', at('in.json'), '--out', at('samples.jsonl'), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ samples: 3, files: [{ format: 'mat-coding', container: 'list', rows: 3, images: 2, dropped: 0, faults: [] }] });
    expect((await data('export', at('samples.jsonl'), '--out', at('out.json'), '--images', at('out-images'))).status).toBe(0);
    expect(readFileSync(at('out.json'), 'utf8')).toBe(text);
    for (const name of ['a.png', 'b.png']) expect(readFileSync(at('out-images', name))).toEqual(readFileSync(at(name)));
  });

  test('pictures that a file of samples names wherever it was written are kept; without it they are removed when that is wished', async () => {
    expect((await data('import', at('in.json'), '--out', at('apart', 'named.jsonl'))).status).toBe(0);
    for (const digits of readdirSync(at('home/images'), { recursive: true, encoding: 'utf8' }).filter((name) => /[0-9a-f]{64}$/.test(name))) utimesSync(at('home/images', digits), 0, 0);
    const unused = async (...more: readonly string[]) => JSON.parse((await data('unused-images', '--json', ...more)).out) as { files: number; missing: readonly string[]; removed: { files: number } | null; error?: { found: string } };
    expect(await unused('--remove')).toMatchObject({ files: 0, missing: [], removed: { files: 0, bytes: 0 } });
    renameSync(at('apart'), at('away'));
    for (const name of ['samples.jsonl', 'in.json']) if (existsSync(at(name))) renameSync(at(name), at(`${name}.away`));
    const { files, missing } = await unused();
    expect([files, missing.includes(at('apart/named.jsonl'))]).toEqual([2, true]);
    expect((await unused('--remove')).error?.found).toMatch(/none there/);
    const { status, out, err } = await data('unused-images', '--remove', '--missing-too');
    expect(status).toBe(0);
    expect(out).toMatch(/^2 pictures \(.*\) are named by nothing\n0 more .*\nremoved: 2 pictures/);
    expect(err).toContain(`${at('apart/named.jsonl')} names pictures and is not there`);
    for (const name of ['samples.jsonl', 'in.json']) if (existsSync(at(`${name}.away`))) renameSync(at(`${name}.away`), at(name));
  });

  test('broken rows are told on stderr and do not stop the rest; nothing left is a failure', async () => {
    writeFileSync(at('broken.json'), text.replace('"q 1"', '5').replace('"id": 2', '"id": 2,,'));
    const { status, out, err } = await data('import', at('broken.json'), '--out', at('b.jsonl'));
    expect(status).toBe(0);
    expect(out).toContain('3 rows, 1 samples');
    expect(err).toContain('row 1, line 15: field "question": expected text, found a value of type number (left out)');
    expect(err).toContain('row 2, line 28: not JSON');
    expect((await data('import', at('broken.json'), '--format', 'flashrag', '--out', at('c.jsonl'))).status).toBe(1);
  });

  test('without images names stay names; a missing image leaves its row out', async () => {
    writeFileSync(at('missing.json'), text.replace('"b.png"', '"gone.png"'));
    expect(JSON.parse((await data('import', at('missing.json'), '--out', at('m.jsonl'), '--json')).out)).toMatchObject({ samples: 2, files: [{ faults: [{ row: 0, line: 2, kept: false }] }] });
    expect(JSON.parse((await data('import', at('missing.json'), '--no-images', '--out', at('n.jsonl'), '--json')).out)).toMatchObject({ samples: 3 });
    expect(readFileSync(at('n.jsonl'), 'utf8')).toContain('"images":["gone.png"]');
  });

  test('several files become one; an export says that it needs a format then', async () => {
    writeFileSync(at('qa.jsonl'), '{"id": 0, "question": "Who?", "golden_answers": ["x"]}\n');
    expect(JSON.parse((await data('import', at('in.json'), at('qa.jsonl'), '--out', at('both.jsonl'), '--json')).out)).toMatchObject({ samples: 4 });
    const ids = readFileSync(at('both.jsonl'), 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids).toEqual(['0', '1', '2', 'qa.jsonl:0']);
    expect((await data('export', at('both.jsonl'), '--out', at('x.json'))).status).toBe(1);
    const parquet = await data('export', at('both.jsonl'), '--format', 'chat', '--out', at('both.parquet'), '--json');
    expect(JSON.parse(parquet.out)).toMatchObject({ rows: 4, left: [] });
    expect(JSON.parse((await data('inspect', at('both.parquet'), '--json')).out)).toMatchObject({ format: 'chat', samples: 4, tasks: { coding: 3, search: 1 } });
  });

  test('an export that cannot hold a sample says which, and why', async () => {
    const { status, err } = await data('export', at('samples.jsonl'), '--format', 'flashrag', '--out', at('no.jsonl'));
    expect(status).toBe(1);
    expect(err).toContain('sample 0 has an image, which this format cannot hold');
  });

  test('files of no format, wrong names and wrong words', async () => {
    writeFileSync(at('odd.json'), '[{"a": 1}]');
    const { status, out } = await data('inspect', at('odd.json'), '--json');
    expect(status).toBe(1);
    expect((JSON.parse(out) as { error: { message: string } }).error.message).toContain('mat-coding (no field "question")');
    expect((await data('export', at('samples.jsonl'), '--out', at('x.parquet'))).err).toContain('a name of a text file');
    expect((await data('import', at('in.json'), '--format', 'nothing', '--out', at('x.jsonl'))).status).toBe(2);
    expect((await data('import', at('in.json'))).status).toBe(2);
    expect(existsSync(at('x.jsonl'))).toBe(false);
  });
});

test.each<readonly [string, readonly string[], RegExp]>([
  ['the file that is read as the one that is written', ['import', 'in.json', '--out', 'in.json'], /another file than the one that is read/],
  ['a folder of images that is not there', ['import', 'in.json', '--images', 'nowhere', '--out', 'x.jsonl'], /a folder that is there/],
  ['a picture', ['inspect', 'a.png'], /a PNG image/],
  ['a folder instead of a file', ['inspect', 'out-images'], /a folder where a file should be/],
  ['a file in the place of a folder', ['mini', '--out', 'in.json', '--train', '1', '--test', '0'], /a folder that can be written to/],
])('%s is told in words', async (_, [command, ...words], message) => {
  const { status, err } = await data(command as string, ...words.map((word) => (/^[-\d]/.test(word) ? word : at(word))));
  expect(status).toBe(1);
  expect(err).toMatch(message);
  expect(readFileSync(at('in.json'), 'utf8')).toBe(text);
});

describe('inspect', () => {
  test('counts, and says which images are missing, without taking any in', async () => {
    const { out } = await data('inspect', at('missing.json'), '--json');
    expect(JSON.parse(out)).toMatchObject({ format: 'mat-coding', rows: 3, samples: 3, tasks: { coding: 3 }, splits: { simple: 3 }, issues: { dark: 3 }, images: 3, missingImages: ['gone.png'], faults: [] });
  });
});

describe('mini', () => {
  const hashes = (name: string): Readonly<Record<string, string>> =>
    Object.fromEntries(readdirSync(at(name), { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [[entry.name, createHash('sha256').update(readFileSync(path.join(entry.parentPath, entry.name))).digest('hex')]] : [])));

  test('the same seed gives the same bytes, another seed others', async () => {
    for (const [name, seed] of [['one', '5'], ['two', '5'], ['three', '6']] as const) expect((await data('mini', '--out', at(name), '--seed', seed, '--train', '30', '--validation', '4', '--test', '12')).status).toBe(0);
    expect(hashes('two')).toEqual(hashes('one'));
    expect(hashes('three')['corpus-test.jsonl']).not.toBe(hashes('one')['corpus-test.jsonl']);
    expect(Object.keys(hashes('one'))).toEqual(expect.arrayContaining(['train.jsonl', 'validation.jsonl', 'test.jsonl', 'corpus-train.jsonl', 'MAT-Coding-test.json', 'MAT-Search-test.json', 'mini-test-5-0.png']));
  });

  test('its files in MAT’s format are the same questions, with the same pictures', async () => {
    const own = readFileSync(at('one', 'test.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { id: string; question: string; answers: string[]; task: string });
    for (const [file, task] of [['MAT-Coding-test.json', 'coding'], ['MAT-Search-test.json', 'search']] as const) {
      const { status } = await data('import', at('one', file), '--out', at(`${task}.jsonl`));
      expect(status).toBe(0);
      const back = readFileSync(at(`${task}.jsonl`), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as typeof own[number]);
      expect(back.map(({ id, question, answers }) => ({ id, question, answers }))).toEqual(own.filter((sample) => sample.task === task).map(({ id, question, answers }) => ({ id, question, answers })));
    }
  });

  test('its training files hold whole chains of both kinds, in MAT’s format', async () => {
    const chains = async (file: string): Promise<readonly { images: string[]; answers: string[]; issues?: string[]; cleanImage?: string; chain: { kind: string; context: string; solution: string; image?: string }[] }[]> => {
      expect((await data('import', at('one', file), '--out', at('chains.jsonl'))).status).toBe(0);
      return readFileSync(at('chains.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Awaited<ReturnType<typeof chains>>[number]);
    };
    const coding = await chains('MAT-Coding-training.json');
    for (const { chain, answers, issues, images } of coding) {
      expect(chain.map(({ kind }) => kind)).toEqual(issues?.[0] === 'none' ? ['problem', 'answer'] : ['problem', 'code', 'answer']);
      expect(chain.at(-1)?.solution).toContain(`<answer>${answers[0]}</answer>`);
      expect(chain.at(-1)?.context).toContain(chain[0]?.solution);
      if (chain.length === 3) expect(chain[2]?.image).not.toBe(images[0]);
    }
    const search = await chains('MAT-Search-training.json');
    expect(coding.length + search.length).toBe(30);
    for (const { chain, answers } of search) {
      expect(chain.map(({ kind }) => kind)).toEqual(['search', 'answer']);
      expect(chain[1]?.context).toContain(` is ${answers[0]} </information>`);
    }
  });

  test('Ctrl-C stops it', async () => {
    const { child, outcome } = start('mini', '--out', at('stopped'), '--train', '200000');
    // At work, not on its way up: before that the signal ends the process by itself.
    while (!existsSync(at('stopped', 'images'))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect((await outcome).status).toBe(130);
  });
});
