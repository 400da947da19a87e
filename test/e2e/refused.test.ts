import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { writeRun } from '../unit/engine/rollouts-run.ts';
import { openBrowser } from './browser.ts';
import { type ServedApp, serveApp } from './served-app.ts';

// What the browser, the desktop or the engine refuses where a page waits for nothing else: a word says so.

const home = mkdtempSync(path.join(os.tmpdir(), 'arft-refused-'));
let app: ServedApp;
let browser: Browser;
let page: Page;
const faults: string[] = [];
/** Questions that the engine refuses. */
let refused: RegExp | undefined;

beforeAll(async () => {
  await writeRun(home, 'seen');
  [app, browser] = await Promise.all([serveApp(home), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', locale: 'en-US' });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => faults.push(error.message));
  await page.routeWebSocket(/.*/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (refused?.test(String(message))) socket.send(JSON.stringify({ kind: 'error', id: (JSON.parse(String(message)) as { id: number }).id, error: { code: 'INTERNAL', message: 'no answer today' } }));
      else server.send(message);
    });
  });
  await page.goto(app.url);
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  refused = undefined;
});

const go = (hash: string): Promise<unknown> => page.evaluate((to) => void (location.hash = to), hash);
/** The word, put away again. */
async function told(words: string): Promise<void> {
  const notice = page.getByRole('alert').filter({ hasText: 'This could not be done' }).filter({ hasText: words });
  await notice.waitFor();
  await notice.getByRole('button').click();
  await notice.waitFor({ state: 'detached' });
}

/** Files that are gone when they are read, as those of a disk that was pulled out. */
const dropGone = (place: Locator): Promise<void> =>
  place.evaluate((element) => {
    const entry = { isFile: true, name: 'gone.jsonl', file: (_: unknown, no: (error: Error) => void) => no(new DOMException('the file is gone', 'NotFoundError')) };
    const event = new Event('drop', { bubbles: true, cancelable: true });
    Object.defineProperty(event, 'dataTransfer', { value: { items: [{ webkitGetAsEntry: () => entry }], files: [] } });
    element.dispatchEvent(event);
  });

test.each([['the datasets', '#/datasets', 'Datasets'], ['the sets to annotate', '#/annotate', 'Annotate']])('files that cannot be read where they are dropped on %s', async (_, hash, heading) => {
  await go(hash);
  const title = page.getByRole('heading', { name: heading, exact: true });
  await title.waitFor({ state: 'attached' });
  await dropGone(title);
  await told('the file is gone');
});

test('and in the dialogs that take them', async () => {
  await go('#/datasets?import=true');
  await dropGone(page.getByRole('region', { name: 'Files to import' }));
  await told('the file is gone');
  await go('#/annotate?new=true');
  await dropGone(page.getByRole('region', { name: 'Images' }));
  await told('the file is gone');
});

test('a folder dialog of the system that fails', async () => {
  await page.evaluate(() => Object.assign(globalThis, { arftShell: { pickFolder: () => Promise.reject(new Error('no dialog today')), pathOfFile: () => '' } }));
  await go('#/models?open=true');
  await page.getByRole('dialog', { name: 'Open a model folder' }).getByRole('button', { name: 'Choose' }).click();
  await told('no dialog today');
  await go('#/datasets?import=true');
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await told('no dialog today');
  await page.evaluate(() => Object.assign(globalThis, { arftShell: undefined }));
});

test('the numbers of a chart that the engine does not give', async () => {
  await go('#/train/seen');
  const ways = page.getByRole('button', { name: 'Save or scale Reward', exact: true });
  await ways.waitFor();
  refused = /runs\.series/;
  await ways.click();
  await page.getByRole('menuitem', { name: 'CSV', exact: true }).click();
  await told('no answer today');
});

test('nothing was left to the console alone', () => {
  expect(faults).toEqual([]);
});
