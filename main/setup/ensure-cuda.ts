import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withFile } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import { cudaFolder, cudaPackages, cudaPlatform, cudaRecord, cudaRecordText, hasCuda, shippedOnnxruntime } from '../runtime/cuda-libraries.ts';
import { findPython } from './find-python.ts';
import { whileLocked } from './lock.ts';
import { pip, runPython } from './run-python.ts';
import { type SetUpProgress, withRoom } from './with-room.ts';

/** MiB to download. */
export const cudaMebibytes = cudaPackages.reduce((sum, { mebibytes }) => sum + mebibytes, 0);
/** What they take, downloaded and unpacked. */
const roomBytes = 3.5 * 1024 ** 3;
const again = 'arft setup --cuda';

/**
 * The libraries of onnxruntime's CUDA provider in the data folder, from the Python package index at pinned versions with
 * pinned hashes. Made once; a second call returns at once, and of several processes one makes them. What was downloaded
 * whole stays when it is interrupted. Progress is in MiB of downloads.
 * @returns the folder. @throws InputError on other systems, without Python, network or room on the disk.
 */
export async function ensureCuda(home: string, onProgress: (progress: SetUpProgress) => void = () => undefined, signal?: AbortSignal): Promise<string> {
  if (!cudaPlatform) throw new InputError({ thing: again, expected: 'Linux on an x64 processor', found: `${process.platform} on ${process.arch}`, remedy: 'Use --provider webgpu, which needs nothing more, on any GPU.' });
  const folder = cudaFolder(home);
  if (hasCuda(home)) return folder;
  const step = (done: number, label: string): void => onProgress({ label, done, total: cudaMebibytes });
  await whileLocked(path.join(home, 'cuda.lock'), () => step(0, 'Waiting for another process that fetches CUDA’s libraries'), signal, async () => {
    if (hasCuda(home)) return;
    await withRoom(home, { bytes: roomBytes, what: 'CUDA’s libraries', signal }, () => fetchInto(home, step, signal), () => {
      for (const each of unfinished(home)) rmSync(each, { recursive: true, force: true });
    });
  });
  return folder;
}

const partialFolder = (home: string): string => path.join(home, 'cuda.partial');

/** What an attempt leaves that the next one makes anew; wheels are kept. */
const unfinished = (home: string): readonly [environment: string, unpacked: string, libraries: string] => {
  const at = (name: string): string => path.join(partialFolder(home), name);
  return [at('environment'), at('unpacked'), at('libraries')];
};

async function fetchInto(home: string, step: (done: number, label: string) => void, signal: AbortSignal | undefined): Promise<void> {
  const partial = partialFolder(home);
  const wheels = path.join(partial, 'wheels');
  withFile(partial, 'a folder that can be written', () => mkdirSync(wheels, { recursive: true }));
  for (const each of unfinished(home)) rmSync(each, { recursive: true, force: true });
  const [environment, unpacked, libraries] = unfinished(home);
  const run = { signal, temporary: partial, again };
  step(0, 'Looking for Python');
  await runPython((await findPython()).executable, ['-I', '-m', 'venv', environment], { ...run, thing: 'a virtual environment' });
  const python = path.join(environment, 'bin', 'python3');
  let done = 0;
  for (const { title, name, version, mebibytes, sha256 } of cudaPackages) {
    step(done, `Downloading ${title} (${mebibytes} MiB)`);
    const pinned = path.join(partial, 'requirements.txt');
    writeFileSync(pinned, `${name}==${version} --hash=sha256:${sha256}\n`);
    // One wheel serves, whatever the Python: it is unpacked only.
    const platform = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', ...['2_28', '2_27', '2_17', '2_12'].flatMap((glibc) => ['--platform', `manylinux_${glibc}_x86_64`])];
    await runPython(python, [...pip, 'download', '--dest', wheels, '--only-binary=:all:', '--no-deps', '--require-hashes', ...platform, '-r', pinned], { ...run, thing: title });
    done += mebibytes;
  }
  step(done, 'Unpacking');
  mkdirSync(libraries);
  for (const wheel of readdirSync(wheels).filter(isPinned)) await unpack(path.join(wheels, wheel), { python, unpacked, libraries }, run);
  copyFileSync(shippedOnnxruntime(), path.join(libraries, path.basename(shippedOnnxruntime())));
  writeFileSync(path.join(libraries, cudaRecord), cudaRecordText());
  const folder = cudaFolder(home);
  rmSync(folder, { recursive: true, force: true });
  renameSync(libraries, folder);
  rmSync(partial, { recursive: true, force: true });
}

/** Whether a wheel is of this version of the program: an interrupted attempt of another may have left its own. */
const isPinned = (wheel: string): boolean => cudaPackages.some(({ name, version }) => wheel.startsWith(`${name.replaceAll('-', '_')}-${version}-`));

/** Puts a wheel's libraries beside the others, and its licence under its name. */
async function unpack(wheel: string, { python, unpacked, libraries }: { readonly python: string; readonly unpacked: string; readonly libraries: string }, run: { readonly signal: AbortSignal | undefined; readonly temporary: string; readonly again: string }): Promise<void> {
  await runPython(python, ['-I', '-m', 'zipfile', '-e', wheel, unpacked], { ...run, thing: path.basename(wheel) });
  for (const entry of readdirSync(unpacked, { recursive: true, withFileTypes: true })) {
    const from = path.join(entry.parentPath, entry.name);
    if (/^lib.*\.so(\.\d+)*$/.test(entry.name) && !/^libonnxruntime\.so|tensorrt|nvblas|\.alt\./.test(entry.name)) renameSync(from, path.join(libraries, entry.name));
    else if (/^(License|LICENSE|ThirdPartyNotices)(\.txt)?$/.test(entry.name)) renameSync(from, path.join(libraries, `${path.basename(wheel).split('-')[0]}-${entry.name}`));
  }
  rmSync(unpacked, { recursive: true, force: true });
}
