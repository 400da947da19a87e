import { execFile } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../records/input-error.ts';

const run = promisify(execFile);

/** A Python of the system, as it describes itself. */
export type SystemPython = {
  readonly version: string;
  readonly executable: string;
  readonly basePrefix: string;
  readonly standardLibrary: readonly string[];
  /** Whether it can make environments with packages. */
  readonly hasVenv: boolean;
};

export const oldestPython = [3, 10] as const;

const remedy = 'Install Python 3.10 or newer with its venv module (Debian and Ubuntu: apt install python3 python3-venv), or name one with ARFT_PYTHON.';

// `-I`: neither the user's packages nor the environment's variables have a say.
const describe = `import importlib.util as u, json, os, sys, sysconfig
print(json.dumps({
  "version": "%d.%d.%d" % sys.version_info[:3],
  "executable": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
  "basePrefix": os.path.realpath(sys.base_prefix),
  "standardLibrary": sorted({os.path.realpath(sysconfig.get_path(n)) for n in ("stdlib", "platstdlib")} | {os.path.realpath(os.path.dirname(os.__file__))}),
  "hasVenv": all(u.find_spec(n) for n in ("venv", "ensurepip"))}))`;

/**
 * The Python to make the private one from: ARFT_PYTHON, else the first that serves of `python3` on the PATH and the
 * system's. Root takes one that every user can read first, for root hands it to another user.
 * @throws InputError naming what was found instead.
 */
export async function findPython(environment: NodeJS.ProcessEnv = process.env): Promise<SystemPython> {
  const named = environment['ARFT_PYTHON'];
  const names = named ? [named] : process.platform === 'win32' ? ['python', 'python3'] : ['python3', '/usr/bin/python3', '/usr/local/bin/python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  const seen = new Map<string, SystemPython>();
  const faults: string[] = [];
  for (const name of names) {
    const found = await describePython(name);
    if (typeof found === 'string') faults.push(`${name}: ${found}`);
    else seen.set(found.executable, found);
  }
  const usable = [...seen.values()].filter((python) => {
    const fault = unfit(python);
    if (fault) faults.push(`${python.executable}: ${fault}`);
    return fault === undefined;
  });
  const isRoot = process.getuid?.() === 0;
  const chosen = (isRoot ? usable.find(({ standardLibrary }) => standardLibrary.every(openToAll)) : undefined) ?? usable[0];
  if (!chosen) {
    throw new InputError({ thing: named ? `ARFT_PYTHON=${named}` : 'Python', expected: 'Python 3.10 or newer with the modules venv and ensurepip', found: seen.size === 0 && !named ? 'no python3' : faults.join('; '), remedy });
  }
  return chosen;
}

async function describePython(name: string): Promise<SystemPython | string> {
  try {
    const { stdout } = await run(name, ['-I', '-c', describe], { timeout: 20_000, windowsHide: true });
    return JSON.parse(stdout) as SystemPython;
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    return code === 'ENOENT' ? 'is not there' : (stderr?.trim().split('\n').at(-1) || (error as Error).message);
  }
}

function unfit({ version, hasVenv }: SystemPython): string | undefined {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  if (major !== oldestPython[0] || minor < oldestPython[1]) return `version ${version}`;
  return hasVenv ? undefined : `version ${version} without venv or ensurepip`;
}

/** Whether every user may go there. */
function openToAll(folder: string): boolean {
  const real = realpathSync(folder);
  const parts = real.split(path.sep);
  return parts.every((_, i) => (statSync(parts.slice(0, i + 1).join(path.sep) || path.sep).mode & 0o001) !== 0);
}
