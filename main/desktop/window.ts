import path from 'node:path';
import { BrowserWindow, shell } from 'electron';
import { appOrigin } from './app-files.ts';

/** A window of the app: pages without Node, in the renderer's sandbox, that lead nowhere else. */
export function openWindow(): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: 'ARFT Studio',
    webPreferences: { preload: path.join(import.meta.dirname, '../../preload/index.cjs'), contextIsolation: true, sandbox: true, nodeIntegration: false, webviewTag: false, spellcheck: false },
  });
  // Links to documents open in the user's browser; nothing else opens a window.
  window.webContents.setWindowOpenHandler(({ url }) => {
    if (url.startsWith('https://')) void shell.openExternal(url);
    return { action: 'deny' };
  });
  window.webContents.on('will-navigate', (event, url) => {
    if (!url.startsWith(`${appOrigin}/`)) event.preventDefault();
  });
  window.once('ready-to-show', () => window.show());
  return window;
}
