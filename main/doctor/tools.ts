import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Check, CheckFunction } from './check.ts';

const run = promisify(execFile);

const oldest = [3, 10] as const;

/** The Python that the code tool's private environment is made from. */
export const python: CheckFunction = async ({ home }) => {
  const install = 'Install Python 3.10 or newer with its venv module (Debian and Ubuntu: python3 python3-venv).';
  const version = await output('python3', ['-c', 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])']);
  if (version === undefined) {
    const bare = await output('python3', ['--version']);
    return [{ id: 'python', title: 'Python', status: 'lacking', detail: bare === undefined ? 'python3 was not found' : `${bare}, without venv`, remedy: install }];
  }
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const recent = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  const environment = path.join(home, 'python');
  const check: Check = { id: 'python', title: 'Python', status: recent ? 'ok' : 'lacking', detail: `${version} with venv; private environment ${existsSync(environment) ? environment : 'not made yet'}` };
  return [recent ? check : { ...check, remedy: install }];
};

/** What the system offers to shut generated code in. */
export const sandbox: CheckFunction = async () => {
  if (process.platform !== 'linux') return [{ id: 'sandbox', title: 'Sandbox for code', status: 'unknown', detail: `nothing was tried on ${process.platform}` }];
  const landlock = Number(await output('python3', ['-c', landlockVersion])) > 0 || securityModules().includes('landlock');
  const seccomp = /^Seccomp:/m.test(readText('/proc/self/status'));
  const bubblewrap = (await output('bwrap', ['--ro-bind', '/', '/', '--unshare-all', 'true'])) !== undefined;
  const offers = [bubblewrap && 'bubblewrap with namespaces', landlock && 'Landlock', seccomp && 'seccomp'].filter((x) => x !== false);
  const enough = seccomp && (landlock || bubblewrap);
  return [{
    id: 'sandbox',
    title: 'Sandbox for code',
    status: enough ? 'ok' : 'lacking',
    detail: offers.length > 0 ? `the system offers ${offers.join(', ')}` : 'the system offers neither Landlock nor bubblewrap',
    ...(!enough && { remedy: 'Install bubblewrap, or use a Linux kernel from 5.13 with Landlock switched on; without either, generated code does not run.' }),
  }];
};

// landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION): the version of the interface, or −1.
const landlockVersion = 'import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))';

const securityModules = (): readonly string[] => readText('/sys/kernel/security/lsm').trim().split(',');

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function output(command: string, options: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(command, options, { timeout: 10_000 })).stdout.trim();
  } catch {
    return undefined;
  }
}
