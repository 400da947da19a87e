import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Page, _electron, chromium } from 'playwright-core';
import { electronBinary } from '../../main/desktop/electron-binary.ts';

const root = path.join(import.meta.dirname, '../..');
const appFolder = path.join(root, 'out/app');

export type DesktopApp = { readonly kind: 'electron' | 'double'; readonly page: Page; readonly close: () => Promise<void> };

/** The desktop app: in Electron where its binary is, else in the stand-in. Which one it is must be said. */
export async function launchDesktop(home: string, dialogs: readonly { readonly canceled: boolean; readonly filePaths: readonly string[] }[] = []): Promise<DesktopApp> {
  const env = { ...process.env, ARFT_HOME: home } as Record<string, string>;
  const binary = electronBinary();
  if (binary === undefined) return launchDouble(env, dialogs);
  const electron = await _electron.launch({ executablePath: binary, args: [appFolder, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], env });
  await electron.evaluate(({ dialog }, answers) => {
    dialog.showOpenDialog = async () => (answers.shift() ?? { canceled: true, filePaths: [] }) as never;
  }, [...dialogs]);
  return { kind: 'electron', page: await electron.firstWindow(), close: () => electron.close() };
}

async function launchDouble(env: Record<string, string>, dialogs: readonly object[]): Promise<DesktopApp> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', path.join(import.meta.dirname, 'register.ts'), path.join(appFolder, 'main/index.js')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...env, ARFT_DOUBLE_DEBUG_PORT: String(port), ARFT_DOUBLE_DIALOGS: JSON.stringify(dialogs) },
  });
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  };
  try {
    for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
      const page = await findPage(port);
      if (page) return { kind: 'double', page, close };
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    throw new Error('the app opened no window');
  } catch (error) {
    await close();
    throw error;
  }
}

async function findPage(port: number): Promise<Page | undefined> {
  try {
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    return browser.contexts().flatMap((context) => context.pages()).find((page) => page.url().startsWith('https://app.'));
  } catch {
    return undefined;
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
