import { randomBytes } from 'node:crypto';
import { existsSync, utimesSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImageStore } from '../../main/data/image-store.ts';
import { noteOutside } from '../../main/data/outside-places.ts';
import { seriousFindings } from './axe.ts';
import { openBrowser } from './browser.ts';
import { type ServedApp, serveApp } from './served-app.ts';

let app: ServedApp;
let browser: Browser;
let page: Page;
let old = '';

/** A picture of the store, used so many hours ago. */
async function picture(hoursAgo: number): Promise<string> {
  const hex = (await new ImageStore(path.join(app.home, 'images')).put(randomBytes(2048))).slice('sha256:'.length);
  const file = path.join(app.home, 'images', hex.slice(0, 2), hex);
  const used = new Date(Date.now() - hoursAgo * 3_600_000);
  utimesSync(file, used, used);
  return file;
}

beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  old = await picture(48);
  await picture(2);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

test('pictures that nothing uses are found, told and removed in the settings; a file that is away is named first', async () => {
  const away = path.join(app.home, '../never-was/samples.jsonl');
  await noteOutside(app.home, away);
  await page.goto(app.url);
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  const find = page.getByRole('button', { name: 'Find unused…' });
  await find.click();
  const dialog = page.getByRole('dialog', { name: 'Pictures that nothing uses' });
  await dialog.getByText('1 picture (2.0 KiB) is used by nothing.').waitFor();
  await dialog.getByText('1 more (2.0 KiB) is named by nothing, but was used within a day').waitFor();
  await dialog.getByText(path.resolve(away)).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Keep them' }).click();
  expect(existsSync(old)).toBe(true);
  await find.click();
  await dialog.getByRole('button', { name: 'Remove them all the same' }).click();
  await page.getByText('2.0 KiB are free again.').waitFor();
  expect(existsSync(old)).toBe(false);
  await find.click();
  await dialog.getByText('There are none.').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect.poll(() => dialog.count()).toBe(0);
});
