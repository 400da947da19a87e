import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImageStore } from '../data/image-store.ts';
import { InputError } from '../records/input-error.ts';

// What windows fetch and hand in besides calls: images by hash, and files that somebody dropped.

export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array | string };

const sides = [64, 128, 256, 512, 1024];

/** Sniffed from the bytes: what was imported said nothing reliable. */
const imageType = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (text.startsWith('\x89PNG')) return 'image/png';
  if (text.startsWith('\xFF\xD8')) return 'image/jpeg';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'image/webp';
  if (text.startsWith('GIF8')) return 'image/gif';
  if (text.startsWith('BM')) return 'image/bmp';
  return 'application/octet-stream';
};

/** `/image/<64 hex digits>`, with `?side=256` a thumbnail. An image never changes under its name. */
export async function imageAnswer(images: ImageStore, url: URL): Promise<Answer> {
  const hex = /^\/image\/([0-9a-f]{64})$/.exec(url.pathname)?.[1];
  const side = url.searchParams.get('side');
  if (hex === undefined || (side !== null && !sides.includes(Number(side)))) return words(400, 'expected /image/<64 hexadecimal digits> and ?side= one of ' + sides.join(', '));
  const reference = `sha256:${hex}`;
  if (!(await images.has(reference))) return words(404, 'no such image');
  try {
    const body = side === null ? await images.read(reference) : await images.thumbnail(reference, Number(side));
    const type = side === null ? imageType(body) : 'image/webp';
    return { status: 200, headers: { 'content-type': type, 'cache-control': 'private, max-age=31536000, immutable', 'content-security-policy': "default-src 'none'; sandbox" }, body };
  } catch (error) {
    return words(422, (error as Error).message);
  }
}

export const words = (status: number, text: string): Answer => ({ status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text });

export const uploadsFolder = (home: string): string => path.join(home, 'uploads');

/**
 * Keeps a file that was dropped on a window; a call names it afterwards as `upload:<id>/<name>`.
 * @throws InputError when the disk is full or the sender went away; nothing is left then.
 */
export async function takeUpload(home: string, name: string, body: Readable): Promise<string> {
  const safe = path.basename(name).replaceAll(/[^\p{L}\p{N}. _()-]/gu, '_').slice(-120) || 'file';
  const id = randomUUID();
  const folder = path.join(uploadsFolder(home), id);
  await mkdir(folder, { recursive: true });
  try {
    await pipeline(body, createWriteStream(path.join(folder, safe)));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new InputError({ thing: name, expected: 'the whole file', found: (error as Error).message, remedy: 'Check the free space of the data folder and drop it again.' }, { cause: error });
  }
  return `upload:${id}/${safe}`;
}

const forgottenMs = 24 * 3_600_000;

/** Removes what windows handed in and nobody used within a day; an import takes what it needs. */
export async function removeOldUploads(home: string, now = Date.now()): Promise<void> {
  const folder = uploadsFolder(home);
  for (const id of await readdir(folder).catch(() => [])) {
    const place = path.join(folder, id);
    const made = await stat(place).then(({ mtimeMs }) => mtimeMs, () => now);
    if (now - made > forgottenMs) await rm(place, { recursive: true, force: true });
  }
}

/** The file behind `upload:…`, or the path itself as an absolute one. @throws InputError where nothing is there. */
export async function resolveUpload(home: string, reference: string): Promise<string> {
  const match = /^upload:([0-9a-f-]{36})\/([^/\\]+)$/.exec(reference);
  const file = match ? path.join(uploadsFolder(home), match[1] as string, path.basename(match[2] as string)) : path.resolve(reference);
  if (await stat(file).then(() => true, () => false)) return file;
  throw new InputError({ thing: reference, expected: 'a file or folder of this machine', found: 'none there', remedy: 'Check the path, or drop the file again.' });
}

/** A text with the names that dropped files were given, instead of their places in the data folder. */
export const withGivenNames = (home: string, text: string): string =>
  text
    .replaceAll(/upload:[0-9a-f-]{36}\//g, '')
    .split(uploadsFolder(home) + path.sep)
    .map((part, i) => (i === 0 ? part : part.replace(/^[0-9a-f-]{36}[/\\]/, '').replace(/^[0-9a-f-]{36}/, 'uploads')))
    .join('');

/** A fault likewise. */
export function faultWithGivenNames(home: string, error: unknown): unknown {
  if (!(error instanceof InputError)) return error;
  const { thing, expected, found, remedy } = error.expectation;
  const given = (text: string): string => withGivenNames(home, text);
  return new InputError({ thing: given(thing), expected, found: given(found), remedy }, { cause: error });
}
