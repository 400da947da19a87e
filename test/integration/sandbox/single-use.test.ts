import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bubblewrapOptions } from '../../../main/sandbox/bubblewrap.ts';
import { defaultLimits } from '../../../main/sandbox/limits.ts';
import { SingleUseProcess } from '../../../main/sandbox/single-use-process.ts';
import { type SingleUseLaunch, SingleUseRunner } from '../../../main/sandbox/single-use.ts';
import { testPython } from './host.ts';

// The walls of macOS and Windows are not here. What stands between them and the app is tried inside bubblewrap: the
// process for one job, the probe, what the app does with whatever a job does.

const python = await testPython();
const program = path.join(import.meta.dirname, '../../../native/sandbox');
const limits = { ...defaultLimits, wallMs: 1500, cpuSeconds: 1, streamBytes: 1000, floodBytes: 100_000, diskBytes: 1 << 20, diskFiles: 20, outputPixels: 100_000 };
const user = 65_530;

const settings = (work: string, result: string, site: string): string =>
  JSON.stringify({ tier: 'macOS', work, result, site, cpu_s: limits.cpuSeconds, file_bytes: limits.fileBytes, open_files: 64, memory_bytes: 2 ** 31 });

const without: SingleUseLaunch = ({ work, result }) => ({ command: [python.executable, '-I', '-S', '-B', path.join(program, 'single_use.py'), settings(work, result, python.sitePackages)], environment: { PATH: '/usr/bin' } });

const within: SingleUseLaunch = ({ folder, work, result }) => {
  const options = bubblewrapOptions({ tier: 'L2', python, program, environment: { PATH: '/usr/bin', HOME: work }, diskBytes: 1 << 20 });
  const walls = options.toSpliced(options.indexOf('--remount-ro'), 0, '--bind', folder, folder);
  const runner = [python.executable, '-I', '-S', '-B', '/sandbox/program/single_use.py', settings(work, result, '/sandbox/packages')];
  spawnSync('chown', ['-R', String(user), folder]);
  chmodSync(folder, 0o755);
  const drop = process.getuid?.() === 0 ? [python.executable, '-I', '-S', '-B', path.join(program, 'drop_root.py'), String(user), program, python.sitePackages, '--'] : [];
  return { command: [...drop, '/usr/bin/bwrap', ...walls, '--', ...runner], environment: {} };
};

// A temporary folder of its own: other test files start sandboxes meanwhile. Its jobs run as another user.
const temporary = mkdtempSync(path.join(os.tmpdir(), 'single-use-'));
chmodSync(temporary, 0o755);
beforeAll(() => void vi.stubEnv('TMPDIR', temporary));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true, force: true });
});

const left = (): readonly string[] => readdirSync(temporary);

test('without walls no job runs: the probe says what was not refused', async () => {
  await expect(SingleUseProcess.start(without, limits)).rejects.toThrow(/did not refuse a job to connect, read, write/);
  expect(left()).toEqual([]);
  expect(readdirSync(os.homedir()).filter((name) => name.startsWith('.arft-probe'))).toEqual([]);
}, 60_000);

test('a program that does not start is a reason', async () => {
  await expect(SingleUseProcess.start(() => ({ command: ['/nowhere/python'], environment: {} }), limits)).rejects.toThrow(/ENOENT/);
  await expect(SingleUseProcess.start(() => ({ command: ['/bin/sh', '-c', 'echo broken >&2; exit 3'], environment: {} }), limits)).rejects.toThrow(/broken/);
  await expect(SingleUseProcess.start(() => ({ command: ['/bin/sh', '-c', 'echo something that is no frame'], environment: {} }), limits)).rejects.toThrow(/frame begins/);
});

describe.skipIf(process.platform !== 'linux')('what a process started that is killed', () => {
  test.for([
    ['dies with it', 'False', false],
    ['keeps nobody waiting from a session of its own', 'True', true],
  ] as const)('%s', { timeout: 60_000 }, async ([, ownSession, lives]) => {
    const note = path.join(temporary, 'child');
    const code = `import subprocess, time\nchild = subprocess.Popen(["sleep", "60"], start_new_session=${ownSession})\nopen(${JSON.stringify(note)}, "w").write(str(child.pid))\ntime.sleep(60)`;
    const runner = new SingleUseRunner(() => ({ command: [python.executable, '-c', code], environment: { PATH: '/usr/bin:/bin' } }), limits);
    runner.greeting.catch(() => undefined);
    const child = await vi.waitUntil(() => existsSync(note) && Number(readFileSync(note, 'utf8')), { timeout: 20_000 });
    const alive = (): boolean => existsSync(`/proc/${child}/status`) && !readFileSync(`/proc/${child}/status`, 'utf8').includes('State:\tZ');
    expect(alive()).toBe(true);
    await runner.close();
    expect(alive()).toBe(lives);
    if (lives) process.kill(child);
    rmSync(note);
    expect(left()).toEqual([]);
  });
});

describe.skipIf(!existsSync('/usr/bin/bwrap'))('within walls', () => {
  let walled: SingleUseProcess;
  beforeAll(async () => {
    walled = (await SingleUseProcess.start(within, limits)).zygote;
  }, 60_000);
  afterAll(() => walled?.close());

  test('a picture comes back; each job has its own process and folder', async () => {
    const pixels = Buffer.from(Array.from({ length: 6 * 4 * 3 }, (_, i) => (i * 37) % 256));
    const image = new Uint8Array(await sharp(pixels, { raw: { width: 6, height: 4, channels: 3 } }).png().toBuffer());
    const code = 'import os\nprint(os.listdir("."), "x" in dir(os))\nos.x = 1\nimage.save("out.png")';
    for (let i = 0; i < 2; i++) {
      const { status, stdout, outputs } = await walled.run({ code, image });
      expect([status, stdout]).toEqual(['ok', "['path_to_input_image.jpg'] False\n"]);
      expect(outputs.map(({ name, image: out }) => [name, out.width, out.height, Buffer.from(out.data)])).toEqual([['out.png', 6, 4, pixels]]);
    }
  });

  test.for([
    ['an exception', '1 / 0', 'exit 1'],
    ['an exit status', 'raise SystemExit(7)', 'exit 7'],
    // Bubblewrap makes a status of the signal: 24 is SIGXCPU.
    ['a loop', 'while True: pass', /^(cpu_limit|wall_timeout|exit 152)$/],
    ['sleep', 'import time; time.sleep(9)', 'wall_timeout'],
    ['a flood of text', 'while True: print("x" * 1000)', 'output_flood'],
    ['too much on disk', 'import time\nfor i in range(3): open(f"f{i}", "wb").write(b"x" * 700000)\ntime.sleep(9)', 'disk_flood'],
    ['too many files', 'import time\nfor i in range(50): open(f"f{i}", "w")\ntime.sleep(9)', 'disk_flood'],
    ['a crash', 'import ctypes; ctypes.string_at(0)', /^(signal 11|exit 139)$/],
  ] as const)('%s', async ([, code, expected]) => {
    const { status } = await walled.run({ code });
    expect(status).toMatch(expected);
    expect(await walled.run({ code: 'print(1)' })).toMatchObject({ status: 'ok', stdout: '1\n' });
  });

  test.for([
    ['a link to a file of the host', 'os.symlink("/etc/passwd", result)'],
    ['a folder', 'os.mkdir(result)'],
    ['nothing', 'pass'],
  ] as const)('the result replaced by %s is no result', async ([, act]) => {
    const { outputs, stderr } = await walled.run({ code: `import os\nresult = os.path.join(os.getcwd(), "../result")\nos.unlink(result)\n${act}\nos._exit(0)` });
    expect([outputs, stderr]).toEqual([[], '']);
  });

  test('a forged result is refused; a job that is stopped throws the reason', async () => {
    expect(await walled.run({ code: 'import os\nos.write(3, b"RGB8" + b"\\xff" * 40)\nos._exit(0)' })).toMatchObject({ status: 'ok', outputs: [], stderr: expect.stringContaining('refused') as string });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stopped')), 200);
    await expect(walled.run({ code: 'while True: pass' }, controller.signal)).rejects.toThrow('stopped');
  });

  test('nothing is left behind', async () => {
    // What it cleans up after the job before would be counted too.
    await walled.close();
    const other = (await SingleUseProcess.start(within, limits)).zygote;
    const before = left().length;
    for (let i = 0; i < 3; i++) await other.run({ code: 'open("a", "w").write("x")' });
    expect(left().length).toBe(before);
    await other.close();
    expect(left().length).toBe(before - 1);
  });
});
