import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type OutgoingHttpHeaders, request } from 'node:http';
import { connect as openSocket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../../main/engine/engine.ts';
import { removeOldUploads, resolveUpload } from '../../../main/serve/files.ts';
import { type RunningServer, startServer } from '../../../main/serve/server.ts';

// What another program or page of this machine may try against the server.

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-serve-'));
const home = path.join(folder, 'home');
const pages = path.join(folder, 'pages');
let engine: Engine;
let server: RunningServer;
const cookie = (): string => `arft-${server.port}=${server.token}`;

beforeAll(async () => {
  mkdirSync(pages, { recursive: true });
  writeFileSync(path.join(pages, 'index.html'), '<!doctype html><title>pages</title>');
  writeFileSync(path.join(folder, 'secret.html'), 'secret');
  engine = await openEngine({ home });
  server = await startServer({ home, images: engine.context.images, pages, attach: engine.attach });
});
afterAll(async () => {
  await server.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

type Reply = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string };

/** By hand, since fetch forbids to choose Host and Origin, and mends paths. */
const ask = (url: string, headers: OutgoingHttpHeaders = {}, method = 'GET', body = ''): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path: url, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });

const upgrade = (headers: OutgoingHttpHeaders, target = '/rpc'): Promise<number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${target}`, { headers: headers as Record<string, string> });
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('error', () => {});
  });

test('the token opens the door once, and leaves the address', async () => {
  const { status, headers } = await ask(`/?token=${server.token}`);
  expect(status).toBe(303);
  expect(headers['location']).toBe('/');
  expect(String(headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/);
  const page = await ask('/', { cookie: cookie() });
  expect(page.status).toBe(200);
  expect(String(page.headers['content-security-policy'])).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
});

test.each([
  ['no token', '/', {}, 401],
  ['a wrong token', '/?token=abc', {}, 401],
  ['a wrong cookie', '/', { cookie: 'arft=abc' }, 401],
  ['a name that was bound to this machine', '/', { host: 'evil.example' }, 421],
  ['another port in Host', '/', { host: '127.0.0.1:1' }, 421],
])('%s is refused', async (_, url, headers, status) => {
  expect((await ask(url, headers)).status).toBe(status);
});

test('a page of another origin is refused, also with the cookie', async () => {
  expect((await ask('/', { cookie: cookie(), origin: 'http://evil.example' })).status).toBe(403);
  expect((await ask('/', { cookie: cookie(), 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await ask('/upload?name=a', { cookie: cookie(), origin: 'http://127.0.0.1:1' }, 'POST', 'x')).status).toBe(403);
  expect(await upgrade({ cookie: cookie(), origin: 'http://evil.example' })).toBe(403);
  expect(await upgrade({ cookie: cookie() })).toBe(403);
  expect(await upgrade({ origin: `http://127.0.0.1:${server.port}` })).toBe(401);
  expect(await upgrade({ cookie: cookie(), origin: `http://127.0.0.1:${server.port}` }, '/other')).toBe(404);
  expect(await upgrade({ cookie: cookie(), origin: `http://127.0.0.1:${server.port}` })).toBe(101);
});

test.each(['/../secret.html', '/%2e%2e/secret.html', '/..%2fsecret.html', String.raw`/..\secret.html`, '/%2e%2e%5csecret.html', '/%00', '/%', '/.hidden.html', '/image/../../secret', '/image/zz'])('%s leads nowhere', async (target) => {
  const { status, body } = await ask(target, { cookie: cookie() });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).not.toContain('secret.html');
  expect(body).not.toBe('secret');
});

test('a dropped file is kept under a name of ours', async () => {
  const { status, body } = await ask(`/upload?name=${encodeURIComponent('../../evil\0/..\\x.jsonl')}`, { cookie: cookie() }, 'POST', '{"a":1}');
  expect(status).toBe(200);
  expect((JSON.parse(body) as { upload: string }).upload).toMatch(/^upload:[0-9a-f-]{36}\/[^/\\]*\.jsonl$/);
  expect(readdirSync(home).sort()).toContain('uploads');
  expect(readdirSync(folder).sort()).toEqual(['home', 'pages', 'secret.html']);
});

const openWindow = (): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, { headers: { cookie: cookie(), origin: `http://127.0.0.1:${server.port}` } });
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });

const closing = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));

test.each([['text that is no JSON', '{'], ['an array', '[]'], ['a frame of the engine', '{"kind":"result","id":1,"value":1}'], ['an id of 0', '{"kind":"request","id":0,"method":"app.info"}'], ['a frame with more', '{"kind":"cancel","id":1,"x":1}']])('%s ends the connection alone', async (_, text) => {
  const socket = await openWindow();
  socket.send(text);
  expect(await closing(socket)).toBe(1003);
  (await openWindow()).close();
});

test('bytes and a frame of 5 MiB end the connection alone', async () => {
  const bytes = await openWindow();
  bytes.send(Buffer.from('{"kind":"cancel","id":1}'));
  expect(await closing(bytes)).toBe(1003);
  const huge = await openWindow();
  huge.on('error', () => {});
  huge.send(`{"kind":"request","id":1,"method":"app.info","input":"${'x'.repeat(5 * 1024 ** 2)}"}`);
  expect(await closing(huge)).toBe(1009);
});

test('a thousand connections neither crash it nor stay', async () => {
  const before = process.memoryUsage().rss;
  const sockets = await Promise.all(Array.from({ length: 1000 }, () => new Promise<ReturnType<typeof openSocket>>((resolve) => {
    const socket = openSocket(server.port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => resolve(socket));
  })));
  expect((await ask('/', { cookie: cookie() })).status).toBe(200);
  for (const socket of sockets) socket.destroy();
  const windows = await Promise.all(Array.from({ length: 80 }, () => upgrade({ cookie: cookie(), origin: `http://127.0.0.1:${server.port}` })));
  expect(windows.filter((status) => status === 101).length).toBeGreaterThanOrEqual(64);
  expect((await ask('/', { cookie: cookie() })).status).toBe(200);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 ** 2);
});

test('it listens on the loopback only', async () => {
  const outside = Object.values(os.networkInterfaces()).flat().find((each) => each && !each.internal && each.family === 'IPv4');
  if (!outside) return;
  await expect(new Promise((resolve, reject) => openSocket(server.port, outside.address, () => resolve('connected')).on('error', reject))).rejects.toThrow(/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH/);
});

test('what was handed in and left is removed after a day', async () => {
  const { body } = await ask('/upload?name=left.txt', { cookie: cookie() }, 'POST', 'left');
  const reference = (JSON.parse(body) as { upload: string }).upload;
  await removeOldUploads(home);
  expect(await resolveUpload(home, reference)).toMatch(/left\.txt$/);
  await removeOldUploads(home, Date.now() + 25 * 3_600_000);
  await expect(resolveUpload(home, reference)).rejects.toThrow(/drop the file again/);
});
