import { readFile } from 'node:fs/promises';
import path from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Nothing from elsewhere, no script but ours. Mantine sets its variables in style elements. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export type StaticFile = { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> };

/** A file of the built pages; nothing for what lies outside, is hidden or is not there. */
export async function staticFile(root: string, urlPath: string): Promise<StaticFile | undefined> {
  const decoded = decode(urlPath);
  if (decoded === undefined || decoded.includes('\0') || decoded.split(/[/\\]/).some((part) => part.startsWith('.'))) return undefined;
  const file = path.join(root, decoded === '/' ? 'index.html' : decoded);
  if (!file.startsWith(root + path.sep)) return undefined;
  const type = types[path.extname(file)];
  if (type === undefined) return undefined;
  try {
    const body = await readFile(file);
    const page = path.extname(file) === '.html';
    return { body, headers: { 'content-type': type, 'cache-control': page ? 'no-store' : 'public, max-age=31536000, immutable', ...(page && { 'content-security-policy': contentSecurityPolicy }) } };
  } catch {
    return undefined;
  }
}

function decode(urlPath: string): string | undefined {
  try {
    return decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
}
