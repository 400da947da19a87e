import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SandboxPool } from '../../../main/sandbox/pool.ts';
import { tiers } from '../../../main/sandbox/tiers.ts';
import { type Host, descendants, openHost, testPython } from './host.ts';
import { hostile } from './hostile.ts';
import { leave, marker, search } from './secret-jobs.ts';

const limits = { wallMs: 3000, cpuSeconds: 1, memoryBytes: 256 * 1024 ** 2 };
const python = await testPython();
const host: Host = await openHost();
afterAll(() => host.close());
const picture = new Uint8Array(await sharp({ create: { width: 64, height: 48, channels: 3, background: '#336699' } }).jpeg().toBuffer());

process.env['SECRET_OF_THE_HOST'] = host.secret;

/** A job that says what it finds: all of it must be as in the first job of a zygote. */
const canary = `
import builtins, hashlib, os, sys, json, numpy, cv2
print(json.dumps({
  'picture': hashlib.sha256(open('path_to_input_image.jpg', 'rb').read()).hexdigest(), 'size': image.size, 'pixel': image.getpixel((3, 3)),
  'files': sorted(os.listdir('.')), 'builtins': sorted(vars(builtins)), 'modules': sorted(sys.modules), 'path': sys.path,
  'functions': [callable(f) for f in (open, print, numpy.array, cv2.imread)],
  'environment': dict(os.environ), 'timers': __import__('signal').getitimer(0), 'cwd': os.getcwd(), 'parent': os.getppid() if os.getpid() == 1 else 0}))
`;

test('the listeners hear what arrives', async () => {
  const before = host.hits();
  await new Promise((resolve) => createConnection(`\0${host.abstract}`).on('close', resolve));
  await new Promise((resolve) => createConnection(host.tcp, '127.0.0.1').on('close', resolve));
  expect(host.hits()).toBe(before + 2);
});

test('a machine whose bubblewrap works has the tiers that need it', async ({ skip }) => {
  if (spawnSync('bwrap', ['--unshare-user', '--unshare-net', '--ro-bind', '/', '/', 'true']).status !== 0) skip('bubblewrap does not work here');
  for (const tier of ['L1', 'L2'] as const) await (await SandboxPool.open({ python, tier, processes: 1 })).close();
});

describe.each(tiers)('%s', (tier) => {
  let pool: SandboxPool | undefined;
  let lacking = '';
  let clean = '';
  let processes = 0;
  let heard = 0;

  beforeAll(async () => {
    try {
      pool = await SandboxPool.open({ python, tier, processes: 1, limits });
    } catch (error) {
      lacking = (error as Error).message;
      return;
    }
    const first = await pool.run({ code: canary, image: picture });
    expect(first.status).toBe('ok');
    clean = first.stdout;
    // The next child is forked after the answer.
    await pause(300);
    processes = descendants().length;
    heard = host.hits();
  });
  afterAll(() => pool?.close());

  const open = (skip: (reason: string) => void): SandboxPool => {
    if (!pool) skip(`this machine cannot run it: ${lacking}`);
    return pool as SandboxPool;
  };

  const expectClean = async (sandbox: SandboxPool): Promise<void> => {
    const after = await sandbox.run({ code: canary, image: picture });
    expect(after).toMatchObject({ status: 'ok', stdout: clean, stderr: '' });
    expect(JSON.parse(clean)).toMatchObject({ picture: createHash('sha256').update(picture).digest('hex'), size: [64, 48], files: ['path_to_input_image.jpg'] });
    expect(host.hits()).toBe(heard);
    expect(descendants().length).toBeLessThanOrEqual(processes);
    expect(readFileSync(host.secretFile, 'utf8')).toBe(host.secret);
    expect(existsSync(`${host.secretFile}.new`)).toBe(false);
  };

  test.for(hostile(host))('$name', async ({ code, status, stderr }, { skip }) => {
    const sandbox = open(skip);
    const result = await sandbox.run({ code, image: picture });
    expect(`${result.stdout}${result.stderr}`).not.toContain('ESCAPED');
    expect(`${result.stdout}${result.stderr}`).not.toContain(host.secret);
    expect(result.status).toMatch(status);
    if (stderr) expect(result.stderr).toMatch(stderr);
    await expectClean(sandbox);
  });

  test('nothing of a job is in the memory of the next', async ({ skip }) => {
    const sandbox = open(skip);
    const left = await sandbox.run({ code: leave, image: picture });
    expect(left.stdout).toContain(marker);
    const found = await sandbox.run({ code: search });
    const [pages, positive, foreign] = /(\d+) pages (\d+) found (\d+) foreign/.exec(found.stdout)?.slice(1).map(Number) ?? [];
    expect(found).toMatchObject({ status: 'ok', stderr: '' });
    expect(pages).toBeGreaterThan(1000);
    expect(positive).toBeGreaterThan(0);
    expect(foreign).toBe(0);
    await expectClean(sandbox);
  });
});
