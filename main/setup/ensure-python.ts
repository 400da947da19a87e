import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withFile } from '../model/folder/file-errors.ts';
import { shipped } from '../shipped.ts';
import { type SystemPython, findPython } from './find-python.ts';
import { whileLocked } from './lock.ts';
import { type PrivatePython, privatePython } from './private-python.ts';
import { pip, runPython } from './run-python.ts';
import { type SetUpProgress, withRoom } from './with-room.ts';

// The private Python is a folder `python` in the data folder, with the packages and a record of what they were made
// for. It is built beside its place and moved there when it works, so whoever finds it finds it complete. What was
// downloaded stays until then, and an interrupted set-up goes on from there.

const requirementsFile = shipped('native/sandbox/requirements.txt');
const record = 'private-python.json';

type OnProgress = (progress: SetUpProgress) => void;

/** The private Python of this data folder, or undefined where `ensurePython` has to make it. */
export function readPython(home: string): PrivatePython | undefined {
  try {
    const python = privatePython.parse(JSON.parse(readFileSync(path.join(home, 'python', record), 'utf8')));
    const usable = python.requirements === requirementsHash() && [python.executable, python.sitePackages, ...python.standardLibrary].every((part) => existsSync(part));
    return usable ? python : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The private Python that runs the agent's code: a virtual environment with numpy, Pillow and OpenCV at pinned versions
 * with pinned hashes. Made once; a second call returns at once, and of several processes one makes it.
 * @throws InputError where there is no Python to make it from, or the packages cannot be had.
 */
export async function ensurePython(home: string, onProgress: OnProgress = () => undefined, signal?: AbortSignal): Promise<PrivatePython> {
  const made = readPython(home);
  if (made) return made;
  const steps = 5;
  const step = (done: number, label: string): void => onProgress({ label, done, total: steps });
  return await whileLocked(path.join(home, 'python.lock'), () => step(0, 'Waiting for another process that makes the private Python'), signal, async () => {
    // Another process may have made it while this one waited.
    const meanwhile = readPython(home);
    if (meanwhile) return meanwhile;
    step(0, 'Looking for Python');
    const system = await findPython();
    const python = await build(home, system, step, signal);
    step(steps, 'Python is ready');
    return python;
  });
}

/** Bytes that the packages take, downloaded and installed. */
const roomBytes = 400 * 1024 ** 2;

async function build(home: string, system: SystemPython, step: (done: number, label: string) => void, signal: AbortSignal | undefined): Promise<PrivatePython> {
  const partial = path.join(home, 'python.partial');
  const environment = path.join(partial, 'environment');
  withFile(partial, 'a folder that can be written', () => mkdirSync(path.join(partial, 'wheels'), { recursive: true }));
  rmSync(environment, { recursive: true, force: true });
  // Half an environment is of no use, and a full disk is full of it.
  return withRoom(home, { bytes: roomBytes, what: 'the private Python', signal }, () => buildIn(home, system, step, signal), () => rmSync(environment, { recursive: true, force: true }));
}

async function buildIn(home: string, system: SystemPython, step: (done: number, label: string) => void, signal: AbortSignal | undefined): Promise<PrivatePython> {
  const [place, partial] = [path.join(home, 'python'), path.join(home, 'python.partial')];
  const [environment, wheels] = [path.join(partial, 'environment'), path.join(partial, 'wheels')];
  const python = path.join(environment, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python3']));
  step(1, `Making an environment of Python ${system.version}`);
  await runPython(system.executable, ['-I', '-m', 'venv', environment], { thing: 'the virtual environment', signal });
  step(2, 'Downloading numpy, Pillow and OpenCV');
  const pinned = ['--only-binary=:all:', '--require-hashes', '--no-deps', '-r', requirementsFile];
  await runPython(python, [...pip, 'download', '--dest', wheels, ...pinned], { thing: 'the packages of the private Python', signal });
  step(3, 'Installing');
  await runPython(python, [...pip, 'install', '--no-index', '--find-links', wheels, ...pinned], { thing: 'the packages of the private Python', signal });
  step(4, 'Trying it');
  const site = (await runPython(python, ['-I', '-c', 'import sysconfig; print(sysconfig.get_path("platlib"))'], { thing: 'the virtual environment', signal })).trim();
  const check = 'import sys; sys.path.append(sys.argv[1]); import cv2, numpy, PIL.Image';
  await runPython(system.executable, ['-I', '-S', '-B', '-c', check, site], { thing: 'the packages of the private Python', signal });
  const { version, executable, basePrefix, standardLibrary } = system;
  const made: PrivatePython = { requirements: requirementsHash(), version, executable, basePrefix, standardLibrary, sitePackages: path.join(place, path.relative(environment, site)) };
  writeFileSync(path.join(environment, record), JSON.stringify(made, null, 2));
  rmSync(place, { recursive: true, force: true });
  // Its scripts name the old place; nobody calls them, for the packages are used from the system's interpreter.
  renameSync(environment, place);
  rmSync(partial, { recursive: true, force: true });
  return made;
}

const requirementsHash = (): string => createHash('sha256').update(readFileSync(requirementsFile)).digest('hex');
