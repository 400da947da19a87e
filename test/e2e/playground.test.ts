import { rmSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFindings } from './axe.ts';
import { openBrowser } from './browser.ts';
import { homeWithPython } from './home-with-python.ts';
import { type ServedApp, serveApp } from './served-app.ts';

let home: string;
let app: ServedApp;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  home = await homeWithPython('playground');
  [app, browser] = await Promise.all([serveApp(home), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(app.url);
  await page.getByRole('link', { name: 'Playground' }).click();
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(home, { recursive: true, force: true });
});

test('a built-in example is asked, and the agent answers through the real model', async () => {
  await page.getByRole('button', { name: 'Try a built-in example' }).click();
  await page.getByRole('button', { name: 'Save as a sample' }).waitFor({ timeout: 60_000 });
  expect(await page.getByText(/\d+ turns?, \d+ tokens/).count()).toBe(1);
  expect(await page.getByRole('region', { name: 'What the agent does' }).getByRole('img').count()).toBeGreaterThan(0);
});

test('after an answer the question can still be seen: only the conversation scrolls', async () => {
  const field = await page.getByRole('textbox', { name: 'Question' }).boundingBox();
  expect((field?.y ?? Number.NaN) + (field?.height ?? Number.NaN)).toBeLessThanOrEqual(800);
  expect(await page.locator('#page').evaluate((element) => element.scrollHeight - element.clientHeight)).toBe(0);
});

test.each(['light', 'dark'] as const)('axe finds nothing serious in %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  expect(await seriousFindings(page)).toEqual([]);
});

test('an image is dropped in by choosing a file, and a question is asked by the keyboard', async () => {
  const png = await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } });
  await page.getByRole('button', { name: 'Remove image 1' }).click();
  await page.locator('input[type=file]').setInputFiles({ name: 'shot.png', mimeType: 'image/png', buffer: png });
  await page.getByRole('button', { name: 'Remove image 1' }).waitFor();
  await page.getByRole('textbox', { name: 'Question' }).fill('which digit ?');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: 'Save as a sample' }).waitFor({ timeout: 60_000 });
});

test('a file that is no image is refused with its name', async () => {
  await page.locator('input[type=file]').setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
  await page.getByRole('alert').filter({ hasText: 'notes.png' }).waitFor();
});

test('what was asked becomes a sample of a dataset', async () => {
  await page.getByRole('button', { name: 'Save as a sample' }).click();
  await page.getByLabel('Right answers, one a line').fill('7');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved as sample 1 of playground.').waitFor();
});

test('what is written stays while another page is shown, and over a reload; so does what was asked', async () => {
  await page.getByRole('textbox', { name: 'Question' }).fill('and this one ?');
  await page.getByRole('link', { name: 'Models', exact: true }).click();
  await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Playground', exact: true }).click();
  const kept = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Save as a sample' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Question' }).inputValue()).toBe('and this one ?');
    expect(await page.getByRole('button', { name: 'Remove image 1' }).count()).toBe(1);
  };
  await kept();
  await page.reload();
  await kept();
});

test('the agent goes on while another page is shown', async () => {
  await page.getByRole('textbox', { name: 'Question' }).fill('which digit now ?');
  // A warm model answers within a few frames: the page is left at once, by a click that waits for nothing.
  await page.keyboard.press('Control+Enter');
  await page.getByRole('link', { name: 'Models', exact: true }).dispatchEvent('click');
  await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Playground', exact: true }).click();
  await page.getByRole('button', { name: 'Save as a sample' }).waitFor({ timeout: 60_000 });
  expect(await page.getByRole('log').innerText()).toContain('which digit now ?');
});

test('what was asked before is an address: back leads to the one before, and one that is not kept is told', async () => {
  const asked = page.getByRole('complementary').getByRole('button', { name: /^which/ });
  await asked.last().click();
  await expect.poll(() => page.url()).toContain('asked=');
  const url = page.url();
  await asked.first().click();
  await expect.poll(() => page.url()).not.toBe(url);
  await page.goBack();
  await expect.poll(() => page.url()).toBe(url);
  await page.goto(`${new URL(url).origin}/#/playground?asked=nothing`);
  await page.getByRole('alert').waitFor();
  await page.goBack();
  await page.getByRole('alert').waitFor({ state: 'detached' });
});

test('what was asked before is one stop of Tab; arrows lead to the others and to what can be done with each, Delete takes one away', async () => {
  const history = page.getByRole('navigation', { name: 'Asked before' });
  const rows = history.getByRole('button', { name: /^which/ });
  const count = await rows.count();
  expect(count).toBeGreaterThan(2);
  expect(await history.locator('button:not([tabindex="-1"])').count()).toBe(1);
  // A question is known by the time at which it was asked.
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.querySelector('time')?.dateTime ?? '');
  await history.locator('button[tabindex="0"]').focus();
  await page.keyboard.press('Home');
  const first = await focused();
  await page.keyboard.press('ArrowRight');
  expect(await focused()).toBe('Show in the demo');
  await page.keyboard.press('ArrowRight');
  expect(await focused()).toBe('Remove from the list');
  await page.keyboard.press('ArrowDown');
  const second = await focused();
  expect(second).toMatch(/^\d{4}-/);
  await page.keyboard.press('ArrowUp');
  expect(await focused()).toBe(first);
  await page.keyboard.press('Tab');
  expect(await history.evaluate((element) => element.contains(document.activeElement))).toBe(false);
  await page.keyboard.press('Shift+Tab');
  expect(await focused()).toBe(first);
  // The next one has the focus, and what was removed comes back.
  await page.keyboard.press('Delete');
  await expect.poll(() => rows.count()).toBe(count - 1);
  expect(await focused()).toBe(second);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => rows.count()).toBe(count);
  await page.keyboard.press('Shift+?');
  await page.getByRole('dialog', { name: 'Keys' }).getByText('Take the chosen question out of the list').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
});

test('a stand replays, is locked by its pin, and is left with it', async () => {
  await page.getByRole('button', { name: 'Show in the demo' }).first().click();
  await page.getByRole('button', { name: 'Demo', exact: true }).click();
  await page.getByLabel('Pin that leads out').fill('4711');
  await page.getByRole('button', { name: 'Start the demo' }).click();
  await page.getByText('Choose one').waitFor();
  await page.goBack();
  await page.getByText('Choose one').waitFor();
  await page.getByRole('button', { name: 'which digit' }).first().click();
  await page.getByRole('button', { name: 'All examples' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByLabel('Pin that leads out').fill('1');
  await page.keyboard.press('Enter');
  await page.getByText('That is not the pin.').waitFor();
  await page.getByLabel('Pin that leads out').fill('4711');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Who answers' }).waitFor();
});
