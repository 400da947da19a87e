import path from 'node:path';
import type { SandboxLimits } from './limits.ts';
import type { PrivatePython } from '../setup/private-python.ts';

type Contained = { readonly python: PrivatePython; readonly program: string; readonly scratch: string; readonly limits: Pick<SandboxLimits, 'cpuSeconds'>; readonly memoryBytes: number };

// Importing the packages counts as well.
const startSeconds = 5;

/** What native/sandbox/contained.py exits with where the system ends a job that used up its processor time: ERROR_NOT_ENOUGH_QUOTA. */
export const quotaStatus = 1816;

/** The command line that runs a program in an AppContainer and a job object. */
export function windowsCommand({ python, program, scratch, limits, memoryBytes }: Contained, command: readonly string[]): readonly string[] {
  const settings = {
    cpu_s: limits.cpuSeconds + startSeconds,
    memory_bytes: memoryBytes,
    readable: [...new Set([path.win32.dirname(python.executable), ...python.standardLibrary, python.sitePackages, program])],
    writable: [scratch],
  };
  return [python.executable, '-I', '-S', '-B', path.win32.join(program, 'contained.py'), JSON.stringify(settings), ...command];
}
