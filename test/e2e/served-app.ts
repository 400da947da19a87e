import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../..');

export type ServedApp = {
  readonly url: string;
  readonly home: string;
  /** The process that watches over the engine. */
  readonly process: ChildProcess;
  readonly log: () => string;
  readonly close: () => Promise<void>;
};

/** `arft serve` as a user starts it, on a data folder of its own (or the one given, which stays). */
export async function serveApp(given?: string): Promise<ServedApp> {
  const home = given ?? mkdtempSync(path.join(os.tmpdir(), 'arft-app-'));
  const child = spawn(process.execPath, [path.join(root, 'main/cli.ts'), 'serve', '--json'], { env: { ...process.env, ARFT_HOME: home }, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve((JSON.parse(text) as { url: string }).url);
    });
    child.once('exit', (status) => reject(new Error(`arft serve ended with ${status}: ${text}${log}`)));
  });
  return {
    url,
    home,
    process: child,
    log: () => log,
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGINT');
        await gone;
      }
      if (given === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
}
