import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Electron's binary, where it was downloaded. Asking the package itself would start the download. */
export function electronBinary(): string | undefined {
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  try {
    const electron = path.dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const name = process.platform === 'win32' ? 'electron.exe' : process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';
    const file = folder ? path.join(folder, name) : path.join(electron, 'dist', readFileSync(path.join(electron, 'path.txt'), 'utf8').trim());
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
