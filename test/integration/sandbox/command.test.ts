import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { testPython } from './host.ts';

const root = path.join(import.meta.dirname, '../../..');
await testPython();
const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-exec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [width, height] = [6, 4];
const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256));
const picture = path.join(folder, 'picture.png');
await sharp(pixels, { raw: { width, height, channels: 3 } }).png().toFile(picture);

type Outcome = { readonly status: number | null; readonly out: string; readonly err: string };

function start(words: readonly string[], onLine?: (line: string) => void): { readonly write: (text: string) => void; readonly end: () => void; readonly kill: () => void; readonly outcome: Promise<Outcome> } {
  const child = spawn(process.execPath, [path.join(root, 'main/cli.ts'), 'sandbox', 'exec', ...words], { env: { ...process.env, ARFT_HOME: path.join(root, 'node_modules/.cache/arft-test') } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
    onLine?.(data.toString());
  });
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  return {
    write: (text) => void child.stdin.write(text),
    end: () => void child.stdin.end(),
    kill: () => void child.kill('SIGINT'),
    outcome: new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err }))),
  };
}

const exec = (words: readonly string[], input = ''): Promise<Outcome> => {
  const { write, end, outcome } = start(words);
  write(input);
  end();
  return outcome;
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('one job', () => {
  const copy = `from PIL import Image\nImage.open('path_to_input_image.jpg').save('path_to_output_image.png')`;

  test('--json: one document; the hash is of the raw pixels; --out writes them as PNG', async () => {
    const code = path.join(folder, 'copy.py');
    writeFileSync(code, copy);
    const { status, out } = await exec(['--image', picture, '--code', code, '--out', path.join(folder, 'one'), '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ status: 'ok', stdout: '', stderr: '', outputs: [{ name: 'path_to_output_image.png', width, height, sha256: sha256(pixels) }] });
    expect(await sharp(path.join(folder, 'one', 'path_to_output_image.png')).removeAlpha().raw().toBuffer()).toEqual(pixels);
  });

  test('code from standard input, as text; a job that fails is exit status 1', async () => {
    const { status, out } = await exec([], `print('hello')\n1 / 0`);
    expect(status).toBe(1);
    expect(out).toMatch(/^hello\nTraceback[^]*ZeroDivisionError: division by zero\nexit 1 \(.* ms, L\d\)\n$/);
  });

  test('limits and tier from options', async () => {
    expect(JSON.parse((await exec(['--wall-ms', '300', '--tier', 'L3', '--json'], 'while True: pass')).out)).toMatchObject({ status: 'wall_timeout', tier: 'L3' });
    expect((await exec(['--tier', 'L9'], 'pass')).status).toBe(2);
    expect(await exec(['--jsonl', '--code', 'x'])).toMatchObject({ status: 2, err: expect.stringContaining('--code') });
    expect((await exec(['--image', '/nowhere.png'], 'pass')).err).toContain('/nowhere.png');
  });
});

test('limits that no timer and no system could hold are refused with their bounds; the bounds work', async () => {
  const bounds = [['--wall-ms', '1000000000'], ['--cpu-seconds', '1000000'], ['--memory-mib', '1048576']] as const;
  for (const [option, most] of bounds) expect(await exec([option, `${most}0`], 'pass')).toMatchObject({ status: 2, err: expect.stringContaining(`from 1 to ${most}`) });
  expect(await exec(bounds.flat(), 'print(1)')).toMatchObject({ status: 0, out: expect.stringMatching(/^1\nok/) });
});

test('a file in place of the folder for outputs is refused before the job runs', async () => {
  const started = path.join(folder, 'started');
  const { status, err } = await exec(['--out', picture], `open(${JSON.stringify(started)}, 'w')`);
  expect([status, err]).toEqual([1, expect.stringMatching(/picture\.png\n {2}expected {2}a folder that can be written\n {2}found .*EEXIST/)]);
  expect(existsSync(started)).toBe(false);
});

describe('--jsonl', () => {
  test('a line ends at a line feed alone; a mark at the start and a carriage return at the end are none of it', async () => {
    const jobs = [{ id: 'first', code: 'print(1)' }, { id: 'odd', code: 'print(ascii("\u2028\u2029"))' }].map((job) => JSON.stringify(job));
    const { status, out } = await exec(['--jsonl'], `\uFEFF${jobs.join('\r\n')}\r\n`);
    expect(status).toBe(0);
    expect(out.trim().split('\n').map((line) => JSON.parse(line) as object)).toMatchObject([{ id: 'first', stdout: '1\n' }, { id: 'odd', stdout: "'\\u2028\\u2029'\n" }]);
  });

  test('an id that would be rounded and an image without a path are told, not taken for something else', async () => {
    const { out } = await exec(['--jsonl'], '{"id": 12345678901234567890, "code": "pass"}\n{"id": 1, "code": "pass", "image": ""}\n');
    expect(out.trim().split('\n').map((line) => JSON.parse(line) as object)).toEqual([
      { id: null, line: 1, error: expect.stringContaining('not a number that stays as it is: write it as a text') },
      { id: 1, line: 2, error: expect.stringContaining('image: "", not the path of an image') },
    ]);
  });

  test('folders fit into a file system and are decided by the order of the lines', async () => {
    const ids = ['名'.repeat(200), 'a-2', 'a', 'A', '名'.repeat(201)];
    // The first of the two that want one name ends last.
    const jobs = ids.map((id) => JSON.stringify({ id, code: `${id === 'a' ? 'import time; time.sleep(0.5); ' : ''}image.save("${id.length}${id[0]}.png")`, image: picture }));
    const { status, out } = await exec(['--jsonl', '--out', path.join(folder, 'names')], jobs.join('\n'));
    expect([status, out.trim().split('\n').map((line) => (JSON.parse(line) as { status: string }).status)]).toEqual([0, ids.map(() => 'ok')]);
    const long = '名'.repeat(40);
    const found = readdirSync(path.join(folder, 'names')).map((name) => [name, ...readdirSync(path.join(folder, 'names', name))]);
    expect(found.toSorted()).toEqual([['A-3', '1A.png'], ['a', '1a.png'], ['a-2', '3a.png'], [long, '200名.png'], [`${long}-2`, '201名.png']].toSorted());
  });

  test('answers in order; a line that is no job gets an answer that names it, the others run', async () => {
    const lines = [
      { id: 'slow', code: 'import time; time.sleep(0.4); print(1)' }, { id: 2, code: 'print(2)' }, 'no json', { id: 'no code' }, [], { id: {}, code: '' },
      { id: 'picture', code: 'img = img.rotate(180)', image: picture }, { id: 'lost', code: 'pass', image: '/nowhere.png' }, { id: 'a/../b', code: 'image.save("x.png"); image.save("X.bmp")', image: picture }, { id: 'end', code: '1 / 0', extra: 1 },
    ];
    const { status, out, err } = await exec(['--jsonl', '--out', path.join(folder, 'many')], `${lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')}\n\n`);
    const answers = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers.map(({ id }) => id)).toEqual(['slow', 2, null, 'no code', null, null, 'picture', 'lost', 'a/../b', 'end']);
    expect(answers.map((answer) => answer['status'] ?? answer['line'])).toEqual(['ok', 'ok', 3, 4, 5, 6, 'ok', 8, 'ok', 'exit 1']);
    expect(answers[2]?.['error']).toMatch(/^line 3: not JSON/);
    expect(answers[3]?.['error']).toMatch(/code/);
    expect(answers[6]).toMatchObject({ outputs: [{ name: 'result', width, height, sha256: sha256(turned(pixels)) }] });
    expect(Object.keys(answers[0] ?? {})).toEqual(['id', 'status', 'stdout', 'stderr', 'outputs', 'ms']);
    expect(status).toBe(1);
    expect(err).toContain('"extra"');
    expect(readdirSync(path.join(folder, 'many')).toSorted()).toEqual(['2', 'a_.._b', 'end', 'picture', 'slow']);
    expect(readdirSync(path.join(folder, 'many', 'a_.._b')).toSorted()).toEqual(['X-2.png', 'x.png']);
  });

  test('all jobs in order: exit status 0, whatever the jobs did', async () => {
    const { status, out } = await exec(['--jsonl'], Array.from({ length: 60 }, (_, i) => JSON.stringify({ id: i, code: i % 7 === 0 ? 'raise SystemExit(4)' : `print(${i})` })).join('\n'));
    expect(status).toBe(0);
    const answers = out.trim().split('\n').map((line) => JSON.parse(line) as { id: number; status: string });
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(new Set(answers.map(({ status: each }) => each))).toEqual(new Set(['ok', 'exit 4']));
  });

  test('an answer comes before the next line is written', async () => {
    let asked = 0;
    const { write, end, outcome } = start(['--jsonl', '--processes', '1'], () => {
      asked += 1;
      if (asked === 3) end();
      else write(`${JSON.stringify({ id: asked, code: 'pass' })}\n`);
    });
    write(`${JSON.stringify({ id: 0, code: 'pass' })}\n`);
    expect((await outcome).out.trim().split('\n').length).toBe(3);
  });

  test('Ctrl-C ends it while a job runs', async () => {
    const { write, kill, outcome } = start(['--jsonl'], () => {
      write(`${JSON.stringify({ id: 1, code: 'while True: pass' })}\n`);
      setTimeout(kill, 300);
    });
    write(`${JSON.stringify({ id: 0, code: 'pass' })}\n`);
    const { status, out } = await outcome;
    expect(status).toBe(130);
    expect(out.trim().split('\n').length).toBe(1);
  });
});

/** The pixels of a picture turned by half a turn: the order of pixels is reversed. */
function turned(rgb: Buffer): Buffer {
  const out = Buffer.alloc(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) rgb.copy(out, rgb.length - i - 3, i, i + 3);
  return out;
}

test('what --help says can be read', async () => {
  const { status, out } = await exec(['--help']);
  expect(status).toBe(0);
  for (const word of ['--jsonl', '--tier', '--out', 'sha256', 'Examples']) expect(out).toContain(word);
});
