import { accessSync, chmodSync, chownSync, constants, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Places, bubblewrapOptions, insidePlaces } from './bubblewrap.ts';
import type { SandboxLimits } from './limits.ts';
import { macosCommand, macosProfile } from './macos.ts';
import type { PrivatePython } from '../setup/private-python.ts';
import type { SingleUseLaunch } from './single-use.ts';
import { windowsCommand } from './windows.ts';
import { shipped } from '../shipped.ts';

/** How code is shut in, best first, on each system (native/sandbox/zygote.py and single_use.py say what each does). */
const tiersOfSystems = { linux: ['L1', 'L2', 'L3'], darwin: ['macOS'], win32: ['Windows'] } as const;
export type ZygoteTier = (typeof tiersOfSystems)['linux'][number];
export type SingleUseTier = (typeof tiersOfSystems)['darwin' | 'win32'][number];
export type Tier = ZygoteTier | SingleUseTier;

/** The tiers of a system, by Node's name for it; none where there is no way to shut code in. */
export const tiersOf = (platform: string): readonly Tier[] => (Object.hasOwn(tiersOfSystems, platform) ? tiersOfSystems[platform as keyof typeof tiersOfSystems] : []);

export const tiers: readonly Tier[] = tiersOf(process.platform);

export const tierTitles: Readonly<Record<Tier, string>> = {
  L1: 'bubblewrap with namespaces for each job',
  L2: 'bubblewrap, one set of namespaces',
  L3: 'Landlock and seccomp, without bubblewrap',
  macOS: 'sandbox-exec, a process for each job (untested)',
  Windows: 'AppContainer and job object, a process for each job (untested)',
};

/** How to start a zygote. `release` removes what was made for it. */
export type Launch = {
  readonly command: string;
  readonly options: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly release: () => void;
};

// Belongs to nobody: what root hands a job over to.
const unprivilegedUser = 65_530;

const program = shipped('native/sandbox');

/** How a zygote of this tier is started, or why it cannot be. Only starting it shows whether the kernel allows it. */
export function launchOf(tier: ZygoteTier, python: PrivatePython, limits: SandboxLimits): Launch | { readonly lacking: string } {
  if (process.platform !== 'linux') return { lacking: `it is one of Linux, this is ${process.platform}` };
  if (!(process.arch === 'x64' || process.arch === 'arm64')) return { lacking: `there is no table of system calls for ${process.arch}` };
  const bubblewrap = tier === 'L3' ? undefined : findProgram('bwrap');
  if (tier !== 'L3' && bubblewrap === undefined) return { lacking: 'bubblewrap (bwrap) is not installed' };
  const isRoot = process.getuid?.() === 0;
  const work = tier === 'L3' ? makeWorkFolder(isRoot) : '/work';
  const places: Places = bubblewrap === undefined ? { program, packages: python.sitePackages } : insidePlaces;
  const settings = {
    tier, work, site: places.packages, readable: [...python.standardLibrary, places.packages],
    disk_bytes: limits.diskBytes, disk_files: limits.diskFiles, open_files: limits.openFiles, stream_bytes: limits.streamBytes, flood_bytes: limits.floodBytes,
  };
  const environment = jobEnvironment(work);
  const zygote = [python.executable, '-I', '-S', '-B', path.join(places.program, 'zygote.py'), JSON.stringify(settings)];
  const whole = bubblewrap === undefined ? zygote : [bubblewrap, ...bubblewrapOptions({ tier, python, program, environment, diskBytes: limits.diskBytes }), '--', ...zygote];
  const folders = [program, python.sitePackages, path.join(python.basePrefix, 'lib'), path.dirname(python.executable)];
  const [command, ...options] = isRoot ? [python.executable, '-I', '-S', '-B', path.join(program, 'drop_root.py'), String(unprivilegedUser), ...folders, '--', ...whole] : whole;
  return {
    command: command as string,
    options,
    environment,
    release: () => {
      if (tier === 'L3') rmSync(work, { recursive: true, force: true });
    },
  };
}

/** How a process for one job is started, or why it cannot be. */
export function singleUseLaunchOf(tier: SingleUseTier, made: PrivatePython, limits: SandboxLimits, platform: string = process.platform): SingleUseLaunch | { readonly lacking: string } {
  if (!tiersOf(platform).includes(tier)) return { lacking: `it is one of another system, this is ${platform}` };
  // Walls compare real paths.
  const python = { ...made, sitePackages: realpathSync(made.sitePackages) };
  return ({ folder, work, result }) => {
    const memoryBytes = limits.memoryBytes + pythonBytes;
    const settings = { tier, work, result, site: python.sitePackages, cpu_s: limits.cpuSeconds, file_bytes: limits.fileBytes, open_files: limits.openFiles, memory_bytes: memoryBytes };
    const runner = [python.executable, '-I', '-S', '-B', path.join(program, 'single_use.py'), JSON.stringify(settings)];
    const environment = jobEnvironment(work);
    return tier === 'macOS'
      ? { command: macosCommand(macosProfile({ python, program: realpathSync(program), scratch: folder }), runner), environment }
      : { command: windowsCommand({ python, program, scratch: folder, limits, memoryBytes }, runner), environment: { ...environment, SystemRoot: process.env['SystemRoot'] ?? String.raw`C:\Windows`, TEMP: work, TMP: work } };
  };
}

// What Python takes with its packages loaded.
const pythonBytes = 512 * 1024 ** 2;

/** Everything that a job finds in its environment. */
const jobEnvironment = (work: string): Readonly<Record<string, string>> => ({
  PATH: '/usr/bin',
  HOME: work,
  TMPDIR: work,
  LANG: 'C.UTF-8',
  PYTHONHASHSEED: '0',
  // One thread: others are denied, and arithmetic gives the same numbers every time.
  OPENBLAS_NUM_THREADS: '1',
  OMP_NUM_THREADS: '1',
  OPENCV_OPENCL_RUNTIME: 'disabled',
  // Of its messages, which would tell how long the zygote has run.
  OPENCV_LOG_TIMESTAMP: '0',
  MALLOC_ARENA_MAX: '2',
});

function makeWorkFolder(isRoot: boolean): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-sandbox-'));
  chmodSync(folder, 0o700);
  if (isRoot) chownSync(folder, unprivilegedUser, unprivilegedUser);
  return folder;
}

function findProgram(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
