import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Shell } from '../../renderer/connection/ports.ts';
import { type DesktopApp, launchDesktop } from '../desktop/launch.ts';

// The desktop app's own part: windows, app:// files, the port to the engine, the calls to the shell.

const home = mkdtempSync(path.join(os.tmpdir(), 'arft-desktop-'));
let app: DesktopApp;

beforeAll(async () => {
  app = await launchDesktop(home, [{ canceled: false, filePaths: ['/models/chosen'] }]);
  console.log(`backend: ${app.kind}`);
});
afterAll(async () => {
  await app.close();
  rmSync(home, { recursive: true, force: true });
});

test('the first page is drawn, joined to the engine through a port', async () => {
  await app.page.getByRole('link', { name: 'Set up the quickstart' }).waitFor();
  await app.page.getByText(/memory used/).waitFor();
});

test('pages see the shell’s calls and nothing of Node', async () => {
  expect(await app.page.evaluate(() => ({ shell: Object.keys((window as Window & { arftShell?: Shell }).arftShell ?? {}), require: typeof (globalThis as { require?: unknown }).require, process: typeof (globalThis as { process?: unknown }).process }))).toEqual({ shell: ['requestPort', 'pickFolder', 'pathOfFile'], require: 'undefined', process: 'undefined' });
  expect(await app.page.evaluate(() => (window as Window & { arftShell?: Shell }).arftShell?.pickFolder())).toBe('/models/chosen');
});

test('files outside of the pages are not served', async () => {
  const statuses = await app.page.evaluate(async () => Promise.all(['./index.html', './../../package.json', './%2e%2e/%2e%2e/package.json', './image/zz'].map(async (url) => (await fetch(url)).status)));
  expect(statuses).toEqual([200, 404, 404, 400]);
});

test('a foreign frame may not ask the shell', async () => {
  const answer = await app.page.evaluate(async () => {
    const frame = document.createElement('iframe');
    frame.srcdoc = '<p>foreign</p>';
    document.body.append(frame);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const shell = (frame.contentWindow as (Window & { arftShell?: Shell }) | null)?.arftShell;
    return shell ? shell.pickFolder().then(() => 'answered', (error: Error) => error.message) : 'no shell';
  });
  expect(answer).toMatch(/not a page of this app|no shell/);
});
