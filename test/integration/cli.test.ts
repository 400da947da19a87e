import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { readRunConfig } from '../../main/train/config-file.ts';
import { RunFolder } from '../../main/train/run-folder.ts';

const root = path.join(import.meta.dirname, '../..');
const tiny = path.join(root, 'test/golden/tiny');
const home = mkdtempSync(path.join(os.tmpdir(), 'arft-cli-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

type Outcome = { status: number | null; out: string; err: string };

const start = (...words: readonly string[]): ReturnType<typeof startIn> => startIn(home, ...words);

function startIn(place: string, ...words: readonly string[]): { child: ChildProcess; outcome: Promise<Outcome> } {
  const child = spawn(process.execPath, [path.join(root, 'main/cli.ts'), ...words], { env: { ...process.env, ARFT_HOME: place }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (err += data.toString()));
  return { child, outcome: new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err }))) };
}

const arft = (...words: readonly string[]): Promise<Outcome> => start(...words).outcome;
const generate = (...words: readonly string[]): Promise<Outcome> => arft('generate', '--model', path.join(tiny, 'model'), ...words);

test.each([['export', 'x'], ['data', 'mini'], ['data', 'import', 'x'], ['data', 'export', 'x'], ['starter', 'make']])('%s %s: an empty --out is wrong use', async (...words) => {
  const { status, err } = await arft(...words, '--out', '');
  expect([status, err]).toEqual([2, expect.stringMatching(/--out <.*expected a text that is not empty/)]);
});

describe('export of an adapter that is from no run', () => {
  const adapter = path.join(tiny, 'adapter');
  const fault = ({ out }: Outcome): Record<string, string> => (JSON.parse(out) as { error: Record<string, string> }).error;

  test('merges it into its base: the whole model says what both say', async () => {
    const merged = path.join(home, 'merged');
    const exported = await arft('export', adapter, '--base', path.join(tiny, 'model'), '--form', 'merged', '--out', merged, '--json');
    expect(JSON.parse(exported.out)).toEqual({ adapter, base: path.join(tiny, 'model'), form: 'merged', out: merged });
    const said = async (...words: readonly string[]) => (JSON.parse((await arft('generate', ...words, '--image', path.join(tiny, 'images/0.png'), '--prompt', 'What is the number?', '--greedy', '--max-new-tokens', '2', '--json')).out) as { completions: [{ ids: number[]; logprobs: number[] }] }).completions[0];
    const [whole, parts] = await Promise.all([said('--model', merged), said('--model', path.join(tiny, 'model'), '--adapter', adapter)]);
    expect(whole.ids).toEqual(parts.ids);
    // The merged weights are rounded to bfloat16.
    for (const [i, logprob] of whole.logprobs.entries()) expect(Math.abs(logprob - (parts.logprobs[i] as number))).toBeLessThan(0.1);
  });

  test('in float32 nothing is rounded away, and the configuration says what the weights are', async () => {
    const exact = path.join(home, 'exact');
    await arft('export', adapter, '--base', path.join(tiny, 'model'), '--form', 'merged', '--dtype', 'float32', '--out', exact, '--json');
    const config = JSON.parse(readFileSync(path.join(exact, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect([config['torch_dtype'], config['dtype']].filter((type) => type !== undefined)).toEqual(['float32']);
    const said = async (...words: readonly string[]) => (JSON.parse((await arft('generate', ...words, '--prompt', 'What is the number?', '--greedy', '--max-new-tokens', '3', '--json')).out) as { completions: [{ ids: number[]; logprobs: number[] }] }).completions[0];
    const [whole, parts] = await Promise.all([said('--model', exact), said('--model', path.join(tiny, 'model'), '--adapter', adapter)]);
    expect(whole).toMatchObject({ ids: parts.ids, logprobs: parts.logprobs.map((logprob) => expect.closeTo(logprob, 4) as number) });
  });

  test('is refused without a base, with one that it does not fit, and with a step', async () => {
    const out = path.join(home, 'refused');
    const words = (...more: readonly string[]): Promise<Outcome> => arft('export', adapter, '--out', out, '--json', ...more);
    const [none, other, step] = await Promise.all([words(), words('--base', path.join(root, 'resources/starter')), words('--base', path.join(tiny, 'model'), '--step', '3')]);
    expect([none, other, step].map(({ status }) => status)).toEqual([1, 1, 1]);
    expect(fault(none)['remedy']).toBe('Add --base FOLDER.');
    expect(fault(other)['found']).toMatch(/another model/);
    expect(fault(step)['thing']).toBe('--step');
    expect(existsSync(out)).toBe(false);
  });
});

describe('generate', () => {
  test.skipIf(process.platform === 'win32')('an image may come through a pipe', async () => {
    const image = path.join(tiny, 'images/0.png');
    const pipe = path.join(home, 'image.pipe');
    execFileSync('mkfifo', [pipe]);
    const said = async (file: string): Promise<unknown> => (JSON.parse((await generate('--image', file, '--prompt', 'What is it?', '--greedy', '--max-new-tokens', '3', '--json')).out) as { completions: unknown }).completions;
    const [piped] = await Promise.all([said(pipe), writeFile(pipe, readFileSync(image))]);
    expect(piped).toEqual(await said(image));
  });

  test('a model of fewer layers than its weights has a note', async () => {
    const folder = path.join(home, 'shallow');
    cpSync(path.join(tiny, 'model'), folder, { recursive: true });
    const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    const words = ['generate', '--model', folder, '--prompt', 'hi', '--greedy', '--max-new-tokens', '1'];
    expect((await arft(...words)).err).not.toContain('left out');
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, num_hidden_layers: 2 }));
    expect((await arft(...words)).err).toContain('12 tensors of the weights lie in layers that config.json does not have, model.layers.2.input_layernorm.weight first; they are left out');
  });

  test('--json prints one document and nothing else on stdout', async () => {
    const { status, out } = await generate('--image', path.join(tiny, 'images/0.png'), '--prompt', 'What is the number?', '--greedy', '--max-new-tokens', '24', '--group', '2', '--json');
    expect(status).toBe(0);
    expect(out.trim().split('\n').length).toBe(1);
    const document = JSON.parse(out) as { completions: { ids: number[]; text: string; logprobs: number[]; finishReason: string }[]; promptTokens: number; prefillTokensPerSecond: number; decodeTokensPerSecond: number };
    // The reference's greedy tokens of the same conversation (forward.json, one-image).
    expect(document.completions[0]?.ids.slice(0, 8)).toEqual([257, 257, 334, 515, 271, 254, 499, 413]);
    expect(document.completions[1]).toEqual(document.completions[0]);
    expect(document.completions[0]?.finishReason).toBe('length');
    expect(document.promptTokens).toBe(38);
    expect(document.prefillTokensPerSecond).toBeGreaterThan(0);
    expect(document.decodeTokensPerSecond).toBeGreaterThan(0);
  });

  test('streams the text without --json; a messages file, an adapter and a quantised model work', async () => {
    const messages = path.join(home, 'messages.json');
    writeFileSync(messages, JSON.stringify([{ role: 'system', content: 'Be brief.' }, { role: 'user', content: [{ type: 'image', image: path.join(tiny, 'images/2.png') }, { type: 'text', text: 'Read it.' }] }]));
    const plain = await generate('--messages', messages, '--max-new-tokens', '8', '--temperature', '1', '--seed', '3', '--json');
    const streamed = await generate('--messages', messages, '--max-new-tokens', '8', '--temperature', '1', '--seed', '3');
    expect(streamed.status).toBe(0);
    expect(streamed.out).toBe(`${(JSON.parse(plain.out) as { completions: { text: string }[] }).completions[0]?.text}\n`);
    const adapted = await generate('--messages', messages, '--adapter', path.join(tiny, 'adapter'), '--quantize', 'int4', '--greedy', '--max-new-tokens', '4', '--json');
    expect(adapted.status).toBe(0);
  });

  test('images of a messages file are found beside it', async () => {
    cpSync(path.join(tiny, 'images/2.png'), path.join(home, 'beside.png'));
    const [beside, whole] = ['beside.json', 'whole.json'].map((name) => path.join(home, name)) as [string, string];
    for (const [file, image] of [[beside, 'beside.png'], [whole, path.join(home, 'beside.png')]] as const) writeFileSync(file, JSON.stringify([{ role: 'user', content: [{ type: 'image', image }, { type: 'text', text: 'Read it.' }] }]));
    const [a, b] = await Promise.all([beside, whole].map(async (file) => generate('--messages', file, '--greedy', '--max-new-tokens', '3')));
    expect(a).toMatchObject({ status: 0, out: b?.out });
  });

  test('ends with the context, and keeps what was written', async () => {
    const short = path.join(home, 'short');
    cpSync(path.join(tiny, 'model'), short, { recursive: true });
    const file = path.join(short, 'config.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/"max_position_embeddings": \d+/g, '"max_position_embeddings": 40'));
    const { status, out } = await arft('generate', '--model', short, '--prompt', 'x', '--temperature', '1', '--group', '2', '--max-new-tokens', '1000', '--json');
    expect(status).toBe(0);
    const { completions, promptTokens } = JSON.parse(out) as { completions: { ids: number[]; finishReason: string }[]; promptTokens: number };
    for (const { ids, finishReason } of completions) if (finishReason === 'length') expect(promptTokens + ids.length).toBe(40);
    expect(completions.some(({ finishReason }) => finishReason === 'length')).toBe(true);
  });

  test('numbers that are none are an error, not a text', async () => {
    const spoilt = path.join(home, 'spoilt');
    cpSync(path.join(tiny, 'model'), spoilt, { recursive: true });
    const settings = path.join(spoilt, 'preprocessor_config.json');
    writeFileSync(settings, JSON.stringify({ ...JSON.parse(readFileSync(settings, 'utf8')), image_mean: [1e38, 1e38, 1e38], image_std: [1e-30, 1, 1] }));
    for (const how of [['--greedy'], ['--temperature', '0.7', '--top-p', '0.9']]) {
      const { status, err } = await arft('generate', '--model', spoilt, '--image', path.join(tiny, 'images/0.png'), '--prompt', 'x', ...how);
      expect([status, err]).toEqual([1, expect.stringMatching(/the logits that the model wrote\n {2}expected {2}finite numbers/)]);
    }
  });

  test('a reader that closes early ends it, without a fault', async () => {
    const { child, outcome } = start('generate', '--model', path.join(tiny, 'model'), '--prompt', 'hi', '--max-new-tokens', '4000', '--temperature', '1');
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await outcome).toMatchObject({ status: 0, err: expect.not.stringMatching(/terminate|abort/) });
  });

  test.runIf(process.platform === 'linux')('a result that finds no room is a failure that is told', async () => {
    const child = spawn('/bin/sh', ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, path.join(root, 'main/cli.ts'), 'runs', '--json'], { env: { ...process.env, ARFT_HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    expect([await new Promise((resolve) => child.on('close', resolve)), err]).toEqual([1, expect.stringMatching(/^the result could not be written to stdout: ENOSPC/)]);
  });

  test('without a terminal it outlives one that closes', async () => {
    const { child, outcome } = start('generate', '--model', path.join(tiny, 'model'), '--prompt', 'hi', '--max-new-tokens', '40', '--temperature', '1', '--seed', '1');
    child.stdout?.once('data', () => child.kill('SIGHUP'));
    expect((await outcome).status).toBe(0);
  });

  test.runIf(process.platform === 'linux')('at a terminal that closes it stops as for Ctrl-C', async () => {
    // Leads a session at a terminal of its own; the terminal goes with its other end.
    const program = [
      'import os, pty, sys',
      'pid, other = pty.fork()',
      'if pid == 0: os.execv(sys.argv[1], sys.argv[1:])',
      'os.read(other, 1)',
      'os.close(other)',
      'print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))',
    ].join('\n');
    const child = spawn('python3', ['-c', program, process.execPath, path.join(root, 'main/cli.ts'), 'generate', '--model', path.join(tiny, 'model'), '--prompt', 'hi', '--max-new-tokens', '4000', '--temperature', '1'], { env: { ...process.env, ARFT_HOME: home }, stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    expect(out).toBe('130\n');
  });

  test('Ctrl-C stops it cleanly', async () => {
    const { child, outcome } = start('generate', '--model', path.join(tiny, 'model'), '--prompt', 'hi', '--max-new-tokens', '4000', '--temperature', '1');
    child.stdout?.once('data', () => child.kill('SIGINT'));
    expect((await outcome).status).toBe(130);
  });
});

describe('wrong use and bad input', () => {
  const ask = ['ask', '--policy', 'mini-expert', '--question', 'x', '--code', 'off'];
  const [predictions, questions] = ['predictions.json', 'questions.jsonl'].map((name) => path.join(home, name)) as [string, string];
  writeFileSync(predictions, '[{"id": 1, "pred_answer": "x"}]');
  writeFileSync(questions, '{"id": "1", "question": "?", "golden_answers": ["x"]}\n');
  test.each<[string, string[], number, RegExp]>([
    ['no model', ['generate', '--prompt', 'x'], 2, /--model/],
    ['unknown command', ['fly'], 2, /unknown command/],
    ['unknown option', ['doctor', '--fast'], 2, /unknown option[^]*\(add --help for the options\)/],
    ['an option of a command below another that is not given', ['data', 'mini'], 2, /--out[^]*\(add --help for the options\)/],
    ['a task without items', ['data', 'mini', '--out', path.join(home, 'none'), '--train', '0', '--test', '0'], 2, /one item or more/],
    ['a folder where a file should be', ['data', 'inspect', tiny], 1, /found {5}a folder where a file should be\n {2}Give a file, not a folder\./],
    ['a corpus to remove that is not there', ['search', 'remove', 'nope'], 1, /arft search list/],
    ['an image for the sandbox that is not there', ['sandbox', 'exec', '--image', '/nonexistent.png'], 1, /^\/nonexistent\.png\n/],
    ['a starter in place of a file', ['starter', 'make', '--out', questions], 1, /questions\.jsonl\n {2}expected .*\n {2}found .*ENOTDIR/],
    ['a quickstart without rewards', ['quickstart', '--set', 'method=sft'], 1, /^method=sft\n {2}expected {2}grpo/],
    ['a quickstart on nothing', ['quickstart', '--set', 'data.heldOut=/nonexistent'], 1, /^\/nonexistent\n/],
    // There the system makes no folders, and says that there is none: mkdir of several at once never ends.
    ...(process.platform === 'linux' ? [['starter', 'make'], ['data', 'mini'], ['export', path.join(tiny, 'adapter'), '--base', path.join(tiny, 'model')], ['sandbox', 'exec'], ['evaluate', '--benchmark', 'musique', '--mode', 'direct', '--data', questions, '--policy', 'mini-guess']].map((words): [string, string[], number, RegExp] =>
      [`${words[0]} into /proc`, [...words, '--out', '/proc/foo/bar'], 1, /^\/proc\/foo\/bar\n {2}expected .*\n {2}found /]) : []),
    ['neither prompt nor messages', ['generate', '--model', path.join(tiny, 'model')], 2, /either --prompt or --messages/],
    ['a number that is none', ['generate', '--model', 'x', '--prompt', 'x', '--group', 'many'], 2, /whole number/],
    ['a folder that is not there', ['inspect-model', '/nonexistent'], 1, /no such file or folder/],
    ['an image that is not there', ['generate', '--model', path.join(tiny, 'model'), '--image', '/nonexistent.png', '--prompt', 'x'], 1, /nonexistent\.png/],
    ['a task that there is not', [...ask, '--task', 'bogus'], 2, /coding, search/],
    ['a question of nothing', ['ask', '--policy', 'mini-expert', '--question', ' '], 2, /not empty/],
    ['three prices', [...ask, '--price', '1,2,3'], 2, /one price for both, or two/],
    ['an endless temperature', [...ask, '--temperature', '1e999'], 2, /from 0 to 100/],
    ['a time that no timer holds', [...ask, '--timeout', '3000000'], 2, /from 0\.1 to 1000000/],
    ['a seed of nothing', [...ask, '--seed', ''], 2, /from 0 to 4294967295/],
    ['a number of changed items that is none', ['compare', 'a', 'b', '--show', 'abc'], 2, /whole number/],
    ['an image to ask about that is not there', [...ask, '--image', '/nonexistent.png'], 1, /^image \/nonexistent\.png\n {2}expected .*\n {2}found /],
    ['an image to ask about that is none', [...ask, '--image', path.join(tiny, 'model/config.json')], 1, /an image that can be decoded/],
    ['a script that is not there', ['ask', '--policy', 'script:/nonexistent', '--question', 'x', '--code', 'off'], 1, /^\/nonexistent\n {2}expected .*\n {2}found .*ENOENT/],
    ['predictions that are not there', ['score', '--benchmark', 'musique', '--predictions', '/nonexistent'], 1, /^\/nonexistent\n {2}expected .*\n {2}found .*ENOENT/],
    ['gold answers that are a folder', ['score', '--benchmark', 'musique', '--predictions', predictions, '--gold', tiny], 1, /expected .*\n {2}found .*a folder where a file should be/],
    ['an evaluation in place of a file', ['evaluate', '--benchmark', 'musique', '--mode', 'direct', '--data', questions, '--policy', 'mini-guess', '--out', questions], 1, /questions\.jsonl\n {2}expected {2}a folder that can be written\n {2}found .*EEXIST/],
    ['the strength of no adapter', ['generate', '--model', path.join(tiny, 'model'), '--prompt', 'x', '--adapter-scale', '0.5'], 2, /goes with --adapter/],
    ['GPUs without training', ['plan', '--model', path.join(tiny, 'model'), '--gpu', '12'], 2, /give --train too/],
    ['a rank that no run has', ['plan', '--model', path.join(tiny, 'model'), '--train', '--lora-rank', '5000'], 2, /from 1 to 1024/],
    ['a group that no run has', ['plan', '--model', path.join(tiny, 'model'), '--train', '--group', '300'], 2, /at most 256 completions/],
    ['all weights in few bits', ['plan', '--model', path.join(tiny, 'model'), '--train', '--full', '--quantize', 'int4'], 2, /leave --quantize out/],
    ['all weights on a GPU', ['plan', '--model', path.join(tiny, 'model'), '--train', '--full', '--provider', 'webgpu'], 2, /all weights are trained with cpu/],
    ['all weights on GPUs of sizes', ['plan', '--model', path.join(tiny, 'model'), '--train', '--full', '--gpu', '12'], 2, /on the CPU alone/],
    ['an adapter where none is trained', ['plan', '--model', path.join(tiny, 'model'), '--train', '--provider', 'dml'], 2, /an adapter is trained with cpu or webgpu or cuda/],
    ['an unknown scheme', ['generate', '--model', path.join(tiny, 'model'), '--prompt', 'x', '--quantize', 'int3'], 2, /int4, int4-asymmetric/],
  ])('%s', async (_, words, status, message) => {
    const outcome = await arft(...words);
    expect(outcome.status).toBe(status);
    expect(outcome.err).toMatch(message);
    expect(outcome.out).toBe('');
  });

  test('with --json wrong use is a document too', async () => {
    const { status, out, err } = await arft('generate', '--model', 'x', '--prompt', 'x', '--max-new-tokens', '0', '--json');
    expect(status).toBe(2);
    expect((JSON.parse(out) as { error: { message: string } }).error.message).toMatch(/^option .* whole number from 1/);
    expect(err).toMatch(/whole number from 1/);
  });

  test('a plan beyond the model’s context says so', async () => {
    const { status, out, err } = await arft('plan', '--model', path.join(tiny, 'model'), '--prompt', '4000', '--completion', '97', '--json');
    expect([status, err]).toEqual([0, '4097 tokens of prompt and completion are more than the model’s context of 4096 (max_position_embeddings)\n']);
    expect(JSON.parse(out)).toHaveProperty('peakBytes');
  });

  test('a part of a message that is none is named by its place', async () => {
    const messages = path.join(home, 'video.json');
    writeFileSync(messages, `\uFEFF${JSON.stringify([{ role: 'system', content: 'x' }, { role: 'user', content: [{ type: 'text', text: 'x' }, { type: 'video', video: 'x' }] }])}`);
    const { status, err } = await generate('--messages', messages);
    expect(status).toBe(1);
    expect(err).toMatch(/video\.json: number 2, content, number 2, type\n {2}expected {2}one of text, image /);
  });

  test('with --json the error is the document', async () => {
    const { status, out } = await arft('inspect-model', '/nonexistent', '--json');
    expect(status).toBe(1);
    expect((JSON.parse(out) as { error: { thing: string; remedy: string } }).error).toMatchObject({ thing: '/nonexistent' });
  });
});

describe('stop', () => {
  // A run whose process, this one, does not look for a request to stop.
  const run = RunFolder.create(home, readRunConfig('quickstart', ['name=deaf']));
  writeFileSync(run.lock, String(process.pid));

  test('that is interrupted says that the run is still at work', async () => {
    const { child, outcome } = start('stop', run.name);
    await vi.waitFor(() => expect(run.stopRequested()).toBe('step'), { timeout: 60_000 });
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ status: 130, out: `asked to stop; process ${process.pid} is still at work\n` });
  });

  test('gives up on a process that does not react, and names it', async () => {
    const { status, out } = await arft('stop', run.name, '--wait', '1', '--json');
    expect(status).toBe(1);
    const { error } = JSON.parse(out) as { error: { found: string; remedy: string } };
    expect(error.found).toBe(`process ${process.pid} still at work, as ${run.lock} says`);
    expect(error.remedy).toContain(`remove ${run.lock}`);
  });
});

describe('runs', () => {
  test('are listed where nobody reads what is said beside', async () => {
    const place = path.join(home, 'unheard');
    mkdirSync(path.join(place, 'runs/damaged'), { recursive: true });
    writeFileSync(path.join(place, 'runs/damaged/config.json'), 'x');
    const { child, outcome } = startIn(place, 'runs', '--json');
    child.stderr?.destroy();
    expect(await outcome).toEqual({ status: 0, out: '{"runs":[]}\n', err: '' });
  });

  test('are listed and shown whatever lines one of them has', async () => {
    const [odd, broken, whole] = ['odd', 'broken', 'whole'].map((name) => RunFolder.create(home, readRunConfig('quickstart', [`name=${name}`]))) as [RunFolder, RunFolder, RunFolder];
    writeFileSync(path.join(odd.folder, 'log.jsonl'), 'null\n{"kind":"metrics","step":0}\n{"kind":"failed","at":"2026-01-01T00:00:00Z","step":0,"reason":"no"}\n');
    mkdirSync(path.join(broken.folder, 'log.jsonl'));
    const { status, out, err } = await arft('runs', '--json');
    expect(status).toBe(0);
    const listed = (JSON.parse(out) as { runs: { name: string; state: string }[] }).runs;
    expect(listed.find(({ name }) => name === odd.name)?.state).toBe('failed');
    expect(listed.map(({ name }) => name)).toContain(whole.name);
    expect(err).toContain('broken is left out: ');
    expect((await arft('runs', 'show', odd.name)).out).toContain('2 lines of log.jsonl could not be read');
    expect(JSON.parse((await arft('runs', 'show', odd.name, '--json')).out)).toMatchObject({ unread: 2, events: [{ kind: 'failed' }] });
  });
});

describe('a data folder that cannot be used', () => {
  const file = path.join(home, 'no-folder');
  writeFileSync(file, '');

  test.each([
    ['a file', file, ['train', 'quickstart']],
    ['below a file', path.join(file, 'x'), ['train', 'quickstart', '--no-check']],
    ['a file', file, ['runs']],
    ['a file', file, ['resume', 'x']],
    // Where the system makes no folders, and says that there is none.
    ...(process.platform === 'linux' ? [['in /proc', '/proc/foo/bar', ['train', 'quickstart']], ['in /proc', '/proc/foo', ['quickstart']]] as [string, string, string[]][] : []),
  ])('%s, %s: %j says so', async (_, place, words) => {
    const { status, out } = await startIn(place, ...words, '--json').outcome;
    expect(status).toBe(1);
    expect((JSON.parse(out) as { error: unknown }).error).toMatchObject({ thing: place, expected: 'a data folder that can be made', remedy: 'Set ARFT_HOME to a folder that you may write to.' });
  });

  test('because a file has the place of its runs: it is named', async () => {
    const place = path.join(home, 'with-a-file');
    mkdirSync(place);
    writeFileSync(path.join(place, 'runs'), '');
    const { status, out } = await startIn(place, 'runs', '--json').outcome;
    expect(status).toBe(1);
    expect((JSON.parse(out) as { error: unknown }).error).toMatchObject({ thing: path.join(place, 'runs'), found: 'a file', remedy: 'Move the file elsewhere, or set ARFT_HOME to another folder.' });
  });
});

describe('the other commands', () => {
  test('inspect-model, plan and doctor answer in JSON', async () => {
    const inspected = JSON.parse((await arft('inspect-model', path.join(tiny, 'model'), '--json')).out) as { parameters: { total: number }; missing: string[] };
    expect(inspected.parameters.total).toBe(854_336);
    expect(inspected.missing).toEqual([]);
    const planned = JSON.parse((await arft('plan', '--model', path.join(tiny, 'model'), '--group', '4', '--json')).out) as { peakBytes: number; parts: { bytes: number }[] };
    expect(planned.parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(planned.peakBytes, -2);
    const forGpus = JSON.parse((await arft('plan', '--model', path.join(tiny, 'model'), '--train', '--group', '4', '--gpu', '0.01,12', '--json')).out) as { gpus: { gib: number; fits: boolean; changes: { setting: string }[]; groups: { completionTokens: number; group: number }[] }[] };
    expect(forGpus.gpus.map(({ gib, fits }) => [gib, fits])).toEqual([[0.01, false], [12, true]]);
    expect(forGpus.gpus[0]?.changes.map(({ setting }) => setting)).toContain('rollout.tokens');
    expect(forGpus.gpus[1]).toMatchObject({ changes: [], groups: [128, 256, 512, 1024, 2048].map((completionTokens) => ({ completionTokens, group: 32 })) });
    const doctor = JSON.parse((await arft('doctor', '--json')).out) as { checks: { id: string; status: string; remedy?: string }[] };
    expect(doctor.checks.find(({ id }) => id === 'provider.cpu')?.status).toBe('ok');
    // Nothing needs a GPU, and a model comes with the program.
    expect(doctor.checks.filter(({ id, status }) => status === 'lacking' && /^provider\.(?!cpu)|^models?\b/.test(id))).toEqual([]);
    for (const check of doctor.checks) if (check.status === 'lacking') expect(check.remedy).toMatch(/\w/);
  });

  test('every command has help with an example', async () => {
    for (const command of ['generate', 'inspect-model', 'plan', 'doctor', 'quickstart']) {
      const { status, out } = await arft(command, '--help');
      expect(status).toBe(0);
      expect(out).toMatch(/Examples:\n {2}npm run -s arft -- /);
    }
  });
});
