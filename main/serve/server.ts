import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Port } from '../../preload/rpc/frames.ts';
import type { ImageStore } from '../data/image-store.ts';
import { InputError } from '../records/input-error.ts';
import { webSocketPort } from '../rpc/ports.ts';
import { cookieName, newToken, refusalOf, sameToken } from './access.ts';
import { type Answer, imageAnswer, takeUpload, words } from './files.ts';
import { staticFile } from './static-files.ts';

export type ServerSettings = {
  readonly home: string;
  readonly images: ImageStore;
  /** The folder of the built pages. */
  readonly pages: string;
  readonly attach: (port: Port) => void;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly token?: string;
};

export type RunningServer = { readonly url: string; readonly port: number; readonly token: string; readonly close: () => Promise<void> };

/** Windows that may be connected at once. */
const mostWindows = 64;
/** The largest frame that a window may send: a configuration, a drawn box; files go another way. */
const largestFrame = 4 * 1024 ** 2;

const refusals = { 401: 'Open the address that arft serve printed: it carries the token.', 403: 'Another page may not talk to this server.', 421: 'This server answers to 127.0.0.1 and localhost only.' } as const;

/**
 * The pages and the engine on 127.0.0.1, for a browser of this machine (or of another through a tunnel).
 * @throws InputError when the port is taken.
 */
export async function startServer({ home, images, pages, attach, port: wanted = 0, token = newToken() }: ServerSettings): Promise<RunningServer> {
  let port = wanted;

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const refusal = refusalOf(request, port, token);
    if (refusal === 401 && request.method === 'GET' && url.pathname === '/' && sameToken(url.searchParams.get('token') ?? '', token)) {
      return { status: 303, headers: { 'set-cookie': `${cookieName(port)}=${token}; HttpOnly; SameSite=Strict; Path=/`, location: '/' }, body: '' };
    }
    if (refusal !== undefined) return words(refusal, refusals[refusal]);
    if (request.method === 'POST' && url.pathname === '/upload') {
      const kept = await takeUpload(home, url.searchParams.get('name') ?? 'file', request);
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ upload: kept }) };
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return words(405, 'GET only');
    if (url.searchParams.has('token')) return { status: 303, headers: { location: '/' }, body: '' };
    if (url.pathname.startsWith('/image/')) return imageAnswer(images, url);
    const file = await staticFile(pages, url.pathname);
    return file ? { status: 200, ...file } : words(404, 'not found');
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let told: Answer;
    try {
      told = await answer(request);
    } catch (error) {
      told = error instanceof InputError ? words(422, error.message) : words(500, 'The server failed to answer.');
    }
    if (response.destroyed) return;
    response.writeHead(told.status, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin', 'cross-origin-opener-policy': 'same-origin', ...told.headers });
    response.end(request.method === 'HEAD' ? undefined : told.body);
  };

  const server = createServer((request, response) => void respond(request, response));
  server.requestTimeout = 0;
  server.headersTimeout = 10_000;
  server.maxConnections = 2048;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestFrame, perMessageDeflate: false });
  server.on('upgrade', (request, socket, head) => {
    const refusal = refusalOf(request, port, token) ?? (request.headers.origin === undefined ? 403 : undefined);
    const full = sockets.clients.size >= mostWindows;
    if (refusal !== undefined || full || request.url !== '/rpc') {
      socket.end(`HTTP/1.1 ${refusal ?? (full ? 503 : 404)} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      sockets.emit('connection', webSocket, request);
      attach(webSocketPort(webSocket));
    });
  });
  const alive = watchOver(sockets);

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new InputError({ thing: `port ${wanted}`, expected: 'a free port of this machine', found: error.message, remedy: 'Choose another with --port.' })));
    server.listen(wanted, '127.0.0.1', resolve);
  });
  port = (server.address() as AddressInfo).port;
  return {
    port,
    token,
    url: `http://127.0.0.1:${port}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        clearInterval(alive);
        for (const client of sockets.clients) client.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A window that does not answer two pings is gone: a laptop that sleeps, a tunnel that broke. */
function watchOver(sockets: WebSocketServer): NodeJS.Timeout {
  const quiet = new WeakMap<object, number>();
  sockets.on('connection', (socket) => socket.on('pong', () => quiet.set(socket, 0)));
  const timer = setInterval(() => {
    for (const socket of sockets.clients) {
      const missed = quiet.get(socket) ?? 0;
      if (missed >= 2) socket.terminate();
      else socket.ping();
      quiet.set(socket, missed + 1);
    }
  }, 30_000);
  return timer.unref();
}
