import { spawn } from 'node:child_process';
import os from 'node:os';
import { InputError } from '../records/input-error.ts';

/** Beginning of pip's arguments: no questions, and nothing of the user's own Python. */
export const pip = ['-I', '-m', 'pip', '--disable-pip-version-check', '--no-input'];

export type PythonRun = {
  /** What is made, for an error. */
  readonly thing: string;
  readonly signal?: AbortSignal | undefined;
  /** Folder for temporary files; the system's where left out. */
  readonly temporary?: string;
  /** The command that the user gives once more. */
  readonly again?: string;
};

/** Runs a Python, or pip in it, to its end and returns what it printed. @throws InputError with what it said and what to do. */
export async function runPython(command: string, options: readonly string[], { thing, signal, temporary, again = 'arft setup' }: PythonRun): Promise<string> {
  signal?.throwIfAborted();
  const child = spawn(command, options, {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    ...(signal && { signal }),
    ...(temporary !== undefined && { env: { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary } }),
  });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status === 0) return out;
  const said = `${out}\n${errors}`;
  throw new InputError({ thing, expected: 'that it can be made', found: failureLines(said), remedy: remedyFor(said, temporary ?? os.tmpdir(), again) });
}

/** The lines that say what went wrong; pip prints much else. */
function failureLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim()).filter(Boolean);
  const telling = lines.filter((line) => /error/i.test(line));
  return (telling.length > 0 ? telling : lines).slice(-3).join(' ') || 'nothing was said';
}

function remedyFor(errors: string, temporary: string, again: string): string {
  // The data folder's disk has room, so it is the one on which pip unpacks.
  if (/No space|Errno 28|quota exceeded/i.test(errors)) return `The disk is full: free half a GiB in ${temporary}, or name another folder for temporary files with TMPDIR; then run ${again} again.`;
  if (/hash/i.test(errors) && /match/i.test(errors)) return `A package is not the one that was pinned: check the package index or proxy in between, then run ${again} again.`;
  if (/No matching distribution|resolve|connect|Retry|timed out|ProxyError|SSL/i.test(errors)) return `Check the network connection (or pip’s settings for a proxy or an index), then run ${again} again; what was downloaded is kept.`;
  return `Run ${again} again; if it fails once more, name another Python with ARFT_PYTHON.`;
}
