import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { assertRoom } from '../../../main/home.ts';
import { InputError } from '../../../main/records/input-error.ts';
import { ensurePython, readPython } from '../../../main/setup/ensure-python.ts';
import { findPython } from '../../../main/setup/find-python.ts';
import { SandboxPool } from '../../../main/sandbox/pool.ts';
import { whileLocked } from '../../../main/setup/lock.ts';
import { testPython } from './host.ts';

const python = await testPython();
const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(path.join(os.tmpdir(), 'arft-setup-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

test('what is made is found at once, and holds what was pinned', async () => {
  const home = path.join(import.meta.dirname, '../../../node_modules/.cache/arft-test');
  const start = performance.now();
  expect(await ensurePython(home)).toEqual(python);
  expect(performance.now() - start).toBeLessThan(100);
  const pinned = readFileSync(path.join(import.meta.dirname, '../../../native/sandbox/requirements.txt'), 'utf8');
  const pool = await SandboxPool.open({ python, processes: 1 });
  await pool.close();
  expect(pool.greeting.versions['opencv']).toMatch(/^4\./);
  for (const name of ['numpy', 'pillow']) expect(pinned).toContain(`${name}==${pool.greeting.versions[name]}`);
});

test('every pinned package has hashes', () => {
  const pinned = readFileSync(path.join(import.meta.dirname, '../../../native/sandbox/requirements.txt'), 'utf8');
  const packages = pinned.split(/\n(?=\S)/).filter((part) => part.includes('=='));
  expect(packages.length).toBeGreaterThanOrEqual(3);
  for (const each of packages) expect(each).toMatch(/--hash=sha256:[0-9a-f]{64}/);
});

test('a record that does not fit what is there is made anew', () => {
  const home = folder();
  mkdirSync(path.join(home, 'python'));
  const file = path.join(home, 'python', 'private-python.json');
  writeFileSync(file, JSON.stringify(python));
  expect(readPython(home)).toEqual(python);
  for (const wrong of [{ ...python, requirements: 'another' }, { ...python, executable: '/nowhere' }, { ...python, sitePackages: '/nowhere' }, { version: 1 }]) {
    writeFileSync(file, JSON.stringify(wrong));
    expect(readPython(home)).toBeUndefined();
  }
  writeFileSync(file, '{"requirements": "cut o');
  expect(readPython(home)).toBeUndefined();
});

test('without a Python that serves, the message names it and what to install', async () => {
  const bin = folder();
  const old = path.join(bin, 'python3');
  writeFileSync(old, `#!/bin/sh\necho '{"version":"3.8.1","executable":"${old}","basePrefix":"/","standardLibrary":["/"],"hasVenv":true}'\n`, { mode: 0o755 });
  const bare = path.join(bin, 'bare');
  writeFileSync(bare, `#!/bin/sh\necho '{"version":"3.12.1","executable":"${bare}","basePrefix":"/","standardLibrary":["/"],"hasVenv":false}'\n`, { mode: 0o755 });
  for (const [named, found] of [[old, 'version 3.8.1'], [bare, 'version 3.12.1 without venv'], [path.join(bin, 'none'), 'is not there']] as const) {
    const failure: unknown = await findPython({ ARFT_PYTHON: named }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as InputError).expectation.found).toContain(found);
    expect((failure as InputError).expectation.remedy).toContain('python3-venv');
  }
});

test('without network: an error that says so, nothing half made, and what was begun is taken up', async () => {
  const home = folder();
  const wrong = { PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_RETRIES: '0', PIP_FIND_LINKS: '', PIP_NO_CACHE_DIR: '1' };
  const before = Object.fromEntries(Object.keys(wrong).map((name) => [name, process.env[name]]));
  Object.assign(process.env, wrong);
  try {
    const failure: unknown = await ensurePython(home).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as InputError).expectation.remedy).toContain('network');
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
  expect(existsSync(path.join(home, 'python'))).toBe(false);
  expect(existsSync(path.join(home, 'python.partial', 'wheels'))).toBe(true);
}, 60_000);

test('a full disk is named, not Python: before anything is made, and where pip says so', async () => {
  expect(() => assertRoom('/data', 400 * 1024 ** 2, 'the private Python', 12.5 * 1024 ** 2)).toThrow('/data: expected 400 MiB of free disk space for the private Python, found 12 MiB. Free some space, or set ARFT_HOME to a folder on another disk.');
  const fake = path.join(folder(), 'python3');
  writeFileSync(fake, `#!/bin/sh\ncase "$*" in *"-m venv"*) echo "OSError: [Errno 28] No space left on device" >&2; exit 1;; esac\necho '{"version":"3.12.1","executable":"${fake}","basePrefix":"/","standardLibrary":["/"],"hasVenv":true}'\n`, { mode: 0o755 });
  vi.stubEnv('ARFT_PYTHON', fake);
  await expect(ensurePython(folder())).rejects.toThrow(/No space left on device\. The disk is full: free half a GiB in .*TMPDIR/);
  vi.unstubAllEnvs();
});

test('an interruption ends it', async () => {
  const home = folder();
  const controller = new AbortController();
  const made = ensurePython(home, ({ done }) => done === 1 && controller.abort(new Error('interrupted')), controller.signal);
  await expect(made).rejects.toThrow(/interrupted|aborted/);
  expect(existsSync(path.join(home, 'python'))).toBe(false);
});

test('one at a time; a process that dies leaves no lock behind', async () => {
  const file = path.join(folder(), 'deep', 'lock');
  const order: string[] = [];
  const first = whileLocked(file, () => undefined, undefined, async () => {
    order.push('first in');
    await pause(600);
    order.push('first out');
  });
  await pause(50);
  const second = whileLocked(file, () => order.push('second waits'), undefined, async () => void order.push('second in'));
  await Promise.all([first, second]);
  expect(order).toEqual(['first in', 'second waits', 'first out', 'second in']);
  const script = `import { whileLocked } from ${JSON.stringify(path.join(import.meta.dirname, '../../../main/setup/lock.ts'))}; await whileLocked(${JSON.stringify(file)}, () => {}, undefined, async () => process.kill(process.pid, 'SIGKILL'));`;
  expect(spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script]).signal).toBe('SIGKILL');
  await expect(whileLocked(file, () => undefined, AbortSignal.timeout(2000), async () => 'free')).resolves.toBe('free');
});

test('a private Python that only its user can reach serves root too', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('only root hands its files to another user');
  const home = folder(); // mkdtemp: nobody else may enter
  cpSync(python.sitePackages, path.join(home, 'packages'), { recursive: true });
  for (const tier of ['L1', 'L3'] as const) {
    const pool = await SandboxPool.open({ python: { ...python, sitePackages: path.join(home, 'packages') }, tier, processes: 1 });
    expect(await pool.run({ code: 'print(np.arange(3).sum())' })).toMatchObject({ status: 'ok', stdout: '3\n' });
    await pool.close();
  }
});

test('a lock that cannot be written names its file and what to do', async () => {
  const file = path.join(folder(), 'python.lock');
  mkdirSync(file);
  const refused = whileLocked(file, () => undefined, undefined, async () => 1);
  await expect(refused).rejects.toThrow(InputError);
  await expect(refused).rejects.toThrow(`${file}: expected a file that can be written, found a folder where a file should be (EISDIR)`);
});
