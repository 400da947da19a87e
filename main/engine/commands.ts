import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

// Runs and evaluations are `arft` commands in processes of their own: what happens to the engine or to a window does not
// touch them, a native fault in one ends that one alone, and what the command line started looks the same. What they do
// is read from their folders.

const cli = path.join(import.meta.dirname, '../cli.ts');

export type StartedCommand = { readonly pid: number; /** Its status, and the last words that it wrote. */ readonly ended: Promise<{ readonly status: number | null; readonly words: string }> };

/**
 * Starts `arft …` apart from the engine.
 * @param log File for what it writes; the end of it is told when it fails.
 */
export function startCommand(home: string, words: readonly string[], log: string): StartedCommand {
  mkdirSync(path.dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  try {
    const child = spawn(process.execPath, [cli, ...words], {
      detached: true,
      stdio: ['ignore', output, output],
      // Under Electron the same binary is Node when it is told so.
      env: { ...process.env, ARFT_HOME: home, ELECTRON_RUN_AS_NODE: '1' },
    });
    const ended = new Promise<{ status: number | null; words: string }>((resolve) => {
      const tell = (status: number | null, otherwise = ''): void => resolve({ status, words: lastWords(log) || otherwise });
      child.once('error', (error) => tell(null, error.message));
      child.once('exit', (status) => tell(status));
    });
    child.unref();
    return { pid: child.pid ?? 0, ended };
  } finally {
    closeSync(output);
  }
}

function lastWords(log: string): string {
  try {
    return readFileSync(log, 'utf8').trim().split('\n').slice(-8).join('\n');
  } catch {
    return '';
  }
}
