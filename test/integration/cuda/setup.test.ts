import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { computeProviders } from '../../../main/doctor/compute.ts';
import { InputError } from '../../../main/records/input-error.ts';
import { cudaFolder, cudaLibraries, cudaPackages, cudaPlatform, cudaRecord, cudaRecordText, hasCuda, shippedOnnxruntime } from '../../../main/runtime/cuda-libraries.ts';
import { ensureCuda } from '../../../main/setup/ensure-cuda.ts';

const folders: string[] = [];
const newHome = (): string => {
  const made = mkdtempSync(path.join(os.tmpdir(), 'arft-cuda-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  vi.unstubAllEnvs();
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

/** A data folder as `arft setup --cuda` leaves it; in place of NVIDIA's libraries others that can be loaded. */
function homeWithLibraries(): string {
  const home = newHome();
  const folder = cudaFolder(home);
  mkdirSync(folder);
  const standIn = path.join(path.dirname(shippedOnnxruntime()), 'onnxruntime_binding.node');
  for (const name of cudaLibraries) copyFileSync(name === path.basename(shippedOnnxruntime()) ? shippedOnnxruntime() : standIn, path.join(folder, name));
  writeFileSync(path.join(folder, cudaRecord), cudaRecordText());
  return home;
}

test('the provider is of the version of onnxruntime-node', () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../../package.json'), 'utf8')) as { dependencies: Record<string, string> };
  expect(cudaPackages[0].version).toBe(dependencies['onnxruntime-node']);
});

test.skipIf(!cudaPlatform)('libraries of other versions, and parts of them, are none', () => {
  const home = homeWithLibraries();
  expect(hasCuda(home)).toBe(true);
  const record = path.join(cudaFolder(home), cudaRecord);
  writeFileSync(record, cudaRecordText().replace(cudaPackages[0].version, '1.0.0'));
  expect(hasCuda(home)).toBe(false);
  writeFileSync(record, cudaRecordText());
  rmSync(path.join(cudaFolder(home), 'libcublas.so.13'));
  expect(hasCuda(home)).toBe(false);
  expect(hasCuda(newHome())).toBe(false);
});

test.skipIf(!cudaPlatform)('onnxruntime is loaded from beside them, where it finds its provider; the CPU does what it did', () => {
  const script = `
    const { Runtime } = await import(${JSON.stringify(path.join(import.meta.dirname, '../../../main/runtime/session.ts'))});
    const { readFileSync } = await import('node:fs');
    const loaded = () => [...new Set(readFileSync('/proc/self/maps', 'utf8').match(/\\/.*(libonnxruntime|libcublas)\\S*/g))];
    const cpu = await new Runtime({ provider: 'cpu', threads: 1 }).tryOut();
    const before = loaded();
    const cuda = await new Runtime({ provider: 'cuda', threads: 1 }).tryOut();
    console.log(JSON.stringify({ cpu: cpu ?? 'works', cuda, before, tensorFloat32: process.env.NVIDIA_TF32_OVERRIDE }));
    process.exit(0);`;
  const run = (home: string) => JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, ARFT_HOME: home }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as { cpu: string; cuda: string; before: string[]; tensorFloat32: string };
  const home = homeWithLibraries();
  const found = run(home);
  expect(found).toMatchObject({ cpu: 'works', before: [path.join(cudaFolder(home), 'libonnxruntime.so.1')], tensorFloat32: '0' });
  // No driver where there is no such GPU; where there is one, the stand-in is no provider.
  expect(found.cuda).toMatch(/^(NVIDIA’s driver is not there: libcuda\.so\.1|Failed to load)/);
  expect(run(newHome())).toMatchObject({ cpu: 'works', before: [shippedOnnxruntime()], cuda: 'its libraries are not there' });
});

test.skipIf(!cudaPlatform)('without network: an error that says so, nothing half made', { timeout: 60_000 }, async () => {
  for (const [name, value] of Object.entries({ PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_RETRIES: '0', PIP_FIND_LINKS: '', PIP_NO_CACHE_DIR: '1' })) vi.stubEnv(name, value);
  const home = newHome();
  const failure: unknown = await ensureCuda(home).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InputError);
  const { found, remedy } = (failure as InputError).expectation;
  expect(found).toContain('onnxruntime-gpu');
  expect(remedy).toBe('Check the network connection (or pip’s settings for a proxy or an index), then run arft setup --cuda again; what was downloaded is kept.');
  expect(existsSync(cudaFolder(home))).toBe(false);
});

test.skipIf(!cudaPlatform)('they are offered where NVIDIA’s driver tells of a GPU and they are not there', { timeout: 60_000 }, async () => {
  const bin = newHome();
  writeFileSync(path.join(bin, 'nvidia-smi'), '#!/bin/sh\necho "NVIDIA GeForce RTX 4090, 24564, 23000"\n', { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}${path.delimiter}${process.env['PATH']}`);
  const ofCuda = async (home: string) => {
    vi.stubEnv('ARFT_HOME', home);
    return (await computeProviders({ home, modelFolders: [] })).find(({ id }) => id === 'provider.cuda');
  };
  expect(await ofCuda(newHome())).toMatchObject({ status: 'optional', remedy: expect.stringContaining('arft setup --cuda'), fetch: 'cuda' });
  const there = await ofCuda(homeWithLibraries());
  expect(there).toMatchObject({ status: 'optional', remedy: expect.stringContaining('driver, 580 or newer') });
  expect(there).not.toHaveProperty('fetch');
});
