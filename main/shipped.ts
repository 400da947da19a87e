import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');

export const { version, description } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { readonly version: string; readonly description: string };

/**
 * A file or folder that comes with the program: resources, native parts, built pages. In a packaged app these lie beside
 * the archive, where other programs (Python, onnxruntime) can read them.
 */
export const shipped = (...parts: readonly string[]): string => path.join(root.replace(/app\.asar$/, 'app.asar.unpacked'), ...parts);

/** Where Node keeps what it compiled; where the program may not write there, it compiles anew at each start. */
export const compiledFolder = path.join(root, 'node_modules/.cache/compiled');
