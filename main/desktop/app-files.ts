import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { ImageStore } from '../data/image-store.ts';
import { InputError } from '../records/input-error.ts';
import { type Answer, imageAnswer, takeUpload, words } from '../serve/files.ts';
import { staticFile } from '../serve/static-files.ts';

export const appHost = 'studio';
export const appOrigin = `app://${appHost}`;

/** Answers `app://studio/…`: the same pages, images and uploads that `arft serve` answers over HTTP. */
export async function answerAppRequest(request: Request, home: string, images: ImageStore, pages: string): Promise<Response> {
  const { status, headers, body } = await answer(request, home, images, pages);
  return new Response(typeof body === 'string' ? body : new Uint8Array(body), { status, headers: { 'x-content-type-options': 'nosniff', ...headers } });
}

async function answer(request: Request, home: string, images: ImageStore, pages: string): Promise<Answer> {
  const url = new URL(request.url);
  if (url.host !== appHost) return words(403, 'not a page of this app');
  try {
    if (request.method === 'POST' && url.pathname === '/upload' && request.body) {
      const kept = await takeUpload(home, url.searchParams.get('name') ?? 'file', Readable.fromWeb(request.body as ReadableStream));
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ upload: kept }) };
    }
    if (request.method !== 'GET') return words(405, 'GET only');
    if (url.pathname.startsWith('/image/')) return await imageAnswer(images, url);
    const file = await staticFile(pages, url.pathname);
    return file ? { status: 200, ...file } : words(404, 'not found');
  } catch (error) {
    return words(error instanceof InputError ? 422 : 500, (error as Error).message);
  }
}
