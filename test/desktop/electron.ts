import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../e2e/browser.ts';
import { pageRuntime } from './page-runtime.ts';
import { MessageChannelMain, Port, type Wire } from './ports.ts';

// A stand-in for Electron's main-process module, behind which a real Chromium shows the windows. It has what main/desktop
// uses and nothing else. It shows wiring, ports, files, sender checks; not Chromium's own sandbox, menus, or packaging.

let browser: Promise<Browser> | undefined;
let ports = 0;

const quitNow = async (): Promise<void> => {
  await (await browser)?.close();
  process.exit(0);
};

class App extends EventEmitter {
  isReady = false;
  readonly requestSingleInstanceLock = (): boolean => true;

  async whenReady(): Promise<void> {
    const port = Number(process.env['ARFT_DOUBLE_DEBUG_PORT']);
    browser ??= openBrowser([`--remote-debugging-port=${port}`]);
    await browser;
    this.isReady = true;
  }

  quit(): void {
    let prevented = false;
    this.emit('before-quit', { preventDefault: () => (prevented = true) });
    if (!prevented) void quitNow();
  }
}

export const app = new App();
process.once('SIGTERM', () => app.quit());

class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;
  readonly #ports = new Map<number, Port>();

  constructor(file: string, args: readonly string[], { env }: { readonly env?: NodeJS.ProcessEnv }) {
    super();
    if (!app.isReady) throw new TypeError('utilityProcess.fork can only be called after the app is ready');
    this.#child = fork(file, args, { serialization: 'advanced', env, execArgv: ['--import', new URL('parent-port.ts', import.meta.url).href], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', ({ message, port }: Wire) => {
      if (port === undefined) this.emit('message', message);
      else this.#ports.get(port)?.postMessage(message);
    });
    this.#child.on('exit', (code) => {
      for (const port of this.#ports.values()) port.close();
      this.emit('exit', code ?? 1);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  postMessage(message: unknown, transferred: readonly Port[] = []): void {
    const ids = transferred.map((port) => {
      const id = ++ports;
      this.#ports.set(id, port);
      port.carry((sent) => void (this.#child.connected && this.#child.send({ port: id, message: sent } satisfies Wire)));
      port.on('close', () => void (this.#child.connected && this.#child.send({ port: id, closed: true } satisfies Wire)));
      return id;
    });
    this.#child.send({ message, ports: ids } satisfies Wire);
  }

  kill(): boolean {
    return this.#child.kill();
  }
}

export const utilityProcess = { fork: (file: string, args: readonly string[] = [], options = {}) => new UtilityProcess(file, args, options) };

type Answer = (request: Request) => Promise<Response>;
const schemes = new Map<string, Answer>();

export const protocol = {
  registerSchemesAsPrivileged: (): void => {
    if (app.isReady) throw new Error('schemes must be registered before the app is ready');
  },
  handle: (scheme: string, answer: Answer) => void schemes.set(scheme, answer),
};

export const session = { defaultSession: { setPermissionRequestHandler: (): void => {} } };
export const shell = { openExternal: async (url: string): Promise<void> => void process.stderr.write(`openExternal ${url}\n`) };

const chosen = JSON.parse(process.env['ARFT_DOUBLE_DIALOGS'] ?? '[]') as { readonly canceled: boolean; readonly filePaths: readonly string[] }[];

export const dialog = {
  showOpenDialog: async () => chosen.shift() ?? { canceled: true, filePaths: [] },
  showErrorBox: (title: string, text: string) => void process.stderr.write(`error box: ${title}: ${text}\n`),
};

class IpcMain extends EventEmitter {
  readonly handlers = new Map<string, (event: unknown, ...args: readonly unknown[]) => unknown>();

  handle(channel: string, handler: (event: unknown, ...args: readonly unknown[]) => unknown): void {
    this.handlers.set(channel, handler);
  }
}

export const ipcMain = new IpcMain();

// A page of a scheme that Chromium does not know is served under https, and named by its own scheme towards the app.
const toChromium = (url: string): string => url.replace(/^app:\/\//, 'https://app.');
const toApp = (url: string): string => url.replace(/^https:\/\/app\./, 'app://');

type Preferences = { readonly preload: string; readonly contextIsolation: boolean; readonly sandbox: boolean; readonly nodeIntegration: boolean };
type FromPage = { readonly channel?: string; readonly args?: readonly unknown[]; readonly invoke?: boolean; readonly port?: number; readonly message?: unknown };

class WebContents extends EventEmitter {
  page: Page | undefined;
  readonly ports = new Map<number, Port>();
  openHandler: ((details: { url: string }) => { action: string }) | undefined;

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }

  postMessage(channel: string, message: unknown, transferred: readonly Port[] = []): void {
    const tell = (what: object): void => void this.page?.evaluate((told) => (globalThis as unknown as { arftDouble(told: object): void }).arftDouble(told), what).catch(() => {});
    const ids = transferred.map((port) => {
      const id = ++ports;
      this.ports.set(id, port);
      port.carry((sent) => tell({ port: id, message: sent }));
      port.on('close', () => tell({ port: id, closed: true }));
      return id;
    });
    tell({ channel, message, ids });
  }
}

export class BrowserWindow extends EventEmitter {
  static readonly #all = new Set<BrowserWindow>();
  readonly webContents = new WebContents();
  readonly #preferences: Preferences;

  static readonly getAllWindows = (): readonly BrowserWindow[] => [...BrowserWindow.#all];
  static readonly fromWebContents = (contents: unknown): BrowserWindow | null => BrowserWindow.getAllWindows().find((each) => each.webContents === contents) ?? null;

  constructor({ webPreferences }: { readonly webPreferences: Preferences }) {
    super();
    if (!webPreferences.contextIsolation || !webPreferences.sandbox || webPreferences.nodeIntegration) throw new Error('a window without isolation, without a sandbox or with Node');
    this.#preferences = webPreferences;
    BrowserWindow.#all.add(this);
  }

  async loadURL(url: string): Promise<void> {
    const page = await ((await browser) as Browser).newPage({ viewport: { width: 1280, height: 800 } });
    this.webContents.page = page;
    await page.exposeBinding('arftToMain', ({ frame }, message: FromPage) => this.#receive(message, toApp(frame.url()), frame.parentFrame()));
    await page.addInitScript(pageRuntime(readFileSync(this.#preferences.preload, 'utf8')));
    await page.route(/^https:\/\/app\./, async (route) => {
      const request = route.request();
      const body = request.postDataBuffer();
      const response = await schemes.get('app')?.(new Request(toApp(request.url()), { method: request.method(), ...(body && { body: new Uint8Array(body) }) }));
      await (response ? route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body: Buffer.from(await response.arrayBuffer()) }) : route.abort());
    });
    page.on('close', () => {
      BrowserWindow.#all.delete(this);
      for (const port of this.webContents.ports.values()) port.close();
      if (BrowserWindow.#all.size === 0) app.emit('window-all-closed');
    });
    await page.goto(toChromium(url));
    this.emit('ready-to-show');
  }

  #receive({ channel = '', args = [], invoke, port, message }: FromPage, url: string, parent: unknown): unknown {
    if (port !== undefined) {
      this.webContents.ports.get(port)?.postMessage(message);
      return undefined;
    }
    const event = { sender: this.webContents, senderFrame: { url, parent } };
    if (!invoke) return void ipcMain.emit(channel, event, ...args);
    const handler = ipcMain.handlers.get(channel);
    if (!handler) throw new Error(`no handler for ${channel}`);
    return handler(event, ...args);
  }

  readonly show = (): void => {};
  readonly focus = (): void => {};
  readonly restore = (): void => {};
  readonly isMinimized = (): boolean => false;
}

export { MessageChannelMain };
