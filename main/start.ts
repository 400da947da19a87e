import { spawn } from 'node:child_process';
import path from 'node:path';
import { electronBinary } from './desktop/electron-binary.ts';

// `npm start`: the desktop app where Electron's binary is; elsewhere the same pages in the user's browser.

const root = path.join(import.meta.dirname, '..');

const run = (command: string, words: readonly string[]): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(command, words, { cwd: root, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
    child.once('error', () => resolve(1));
    child.once('exit', (status) => resolve(status ?? 1));
  });

/** Opens an address the way that the system does it; a machine without a screen has none. */
function openInBrowser(url: string): void {
  const [command, ...words] = process.platform === 'darwin' ? ['open', url] : process.platform === 'win32' ? ['cmd', '/c', 'start', '', url] : ['xdg-open', url];
  const child = spawn(command as string, words, { stdio: 'ignore', detached: true });
  child.once('error', () => {});
  child.unref();
}

async function serveInBrowser(): Promise<number> {
  console.error('Electron’s program is not here, so the app opens in your browser. To have a window of its own: node node_modules/electron/install.js (about 115 MiB from the network), then npm start again.');
  const child = spawn(process.execPath, [path.join(root, 'main/cli.ts'), 'serve'], { cwd: root, stdio: ['inherit', 'pipe', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.stdout.once('data', (chunk: Buffer) => openInBrowser(chunk.toString().split('\n')[0] as string));
  child.stdout.pipe(process.stdout);
  return new Promise((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
}

const built = await run(process.execPath, [path.join(root, 'main/build.ts')]);
const electron = electronBinary();
process.exitCode = built !== 0 ? built : electron ? await run(electron, [path.join(root, 'out/app'), ...process.argv.slice(2)]) : await serveInBrowser();
