import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { doubleClickMs } from '../../renderer/parts/once.ts';
import { writeRun } from '../unit/engine/rollouts-run.ts';
import { seriousFindings } from './axe.ts';
import { openBrowser } from './browser.ts';
import { type ServedApp, serveApp } from './served-app.ts';

// A run from the form to the bin: begun, watched, stopped, resumed, looked back at, removed and brought back.

/** The quickstart in small, without the sandbox: seconds instead of minutes. */
const small = { name: 'little', steps: 400, 'rollout.prompts': 2, 'rollout.group': 2, 'rollout.maxNewTokens': 8, 'rollout.steps': 1, 'evaluation.items': 4, 'evaluation.every': 100, 'checkpoint.every': 100, 'tools.code': 'off' };

let app: ServedApp;
let browser: Browser;
let page: Page;
const faults: string[] = [];
const downloads = mkdtempSync(path.join(os.tmpdir(), 'arft-train-'));

const go = (hash: string): Promise<unknown> => page.goto(`${new URL(app.url).origin}/#${hash}`);
/** What axe finds that is serious or worse, in light and in dark. */
async function barriers(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await seriousFindings(page)));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', locale: 'en-GB' });
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(app.url);
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(downloads, { recursive: true, force: true });
});

test('the empty page leads to the form, which marks what differs from its preset', async () => {
  await go('/train');
  await page.getByRole('link', { name: 'Set up the quickstart' }).click();
  const steps = page.getByLabel('Steps', { exact: true });
  await steps.fill('1e1');
  await page.getByText('Before: 40').waitFor();
  await steps.fill('0');
  await page.getByText('Must be 1 or more').waitFor();
  await page.getByText('Another value is needed for Steps.').waitFor();
  expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Back to what Steps was' }).click();
  expect(await steps.inputValue()).toBe('40');
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('x'.repeat(101));
  await page.getByText('Must have 100 characters or fewer').waitFor();
  await page.getByText('Another value is needed for Name.').waitFor();
  await name.fill('shorter');
  await page.getByText('of checkpoints', { exact: false }).or(page.getByText('for checkpoints')).first().waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  expect(await barriers()).toEqual([]);
});

test('after the checks the button that begins is in sight, and what passed is one line', async () => {
  await go(`/train/-/new?preset=quickstart&set=${encodeURIComponent(JSON.stringify({ ...small, name: 'looked' }))}`);
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByRole('button', { name: 'Check again' }).waitFor({ timeout: 60_000 });
  const start = await page.getByRole('button', { name: /^Start/ }).boundingBox();
  expect((start?.y ?? Number.NaN) + (start?.height ?? Number.NaN)).toBeLessThan(800);
  expect(await page.getByRole('listitem').filter({ hasText: 'Disk' }).count()).toBe(0);
  await page.getByText(/^\d checks passed$/).click();
  await page.getByRole('listitem').filter({ hasText: 'Disk' }).waitFor();
});

test('a run is started by the keyboard, and its curves grow', async () => {
  await go(`/train/-/new?preset=quickstart&set=${encodeURIComponent(JSON.stringify(small))}`);
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('little');
  const start = page.getByRole('button', { name: 'Start', exact: true });
  await expect.poll(() => start.isEnabled()).toBe(true);
  await start.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'little' }).waitFor();
  await expect.poll(() => page.getByText(/^step [1-9]\d* of 400/).count(), { timeout: 60_000 }).toBeGreaterThan(0);
  await expect.poll(() => page.locator('canvas').count(), { timeout: 20_000 }).toBeGreaterThan(6);
  expect(await barriers()).toEqual([]);
});

test('it stops with a checkpoint and goes on', async () => {
  await page.locator('main').getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText(/The checkpoint after \d+ steps is saved/).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(doubleClickMs); // sooner it is the second press of a double click
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.locator('main').getByRole('button', { name: 'Stop', exact: true }).waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Stop at once, drop this step' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor({ timeout: 60_000 });
});

test('a chart goes out as a picture that stands alone, and as numbers', async () => {
  const save = async (form: string): Promise<string> => {
    await page.getByRole('button', { name: 'Save or scale Reward', exact: true }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: form, exact: true }).click()]);
    const file = path.join(downloads, download.suggestedFilename());
    await download.saveAs(file);
    return readFileSync(file, 'utf8');
  };
  expect(await save('SVG')).toMatch(/^<svg [^]*Reward[^]*<path [^]*<\/svg>\n$/);
  const rows = (await save('CSV')).trim().split('\r\n');
  expect(rows[0]).toBe('step,mean,mean (low),mean (high)');
  expect(rows.length).toBeGreaterThan(1);
  expect(await save('PNG')).toContain('PNG');
});

test('a click on a step opens its rollouts', async () => {
  const chart = page.getByRole('group', { name: /^Reward over the steps/ });
  await chart.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toMatch(/#\/rollouts\?run=little&step=\d+/);
});

test('the history finds it, removes it and brings it back', async () => {
  await go('/train?tab=history');
  await page.getByPlaceholder('Find in names').fill('nothing like it');
  await page.getByText('No run is like that').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('checkbox', { name: 'Choose little' }).check();
  expect(await barriers()).toEqual([]);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('little is in the bin.').waitFor();
  await page.getByRole('link', { name: 'Set up the quickstart' }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: 'little' }).waitFor();
  expect(faults).toEqual([]);
});

test('a run whose folder is called new has a page like any other', async () => {
  await writeRun(app.home, 'new', { steps: 1 });
  await go('/train?tab=history');
  await page.getByRole('link', { name: 'new', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'new', exact: true }).waitFor();
  expect(new URL(page.url()).hash).toBe('#/train/new');
  await page.getByRole('tab', { name: 'Checkpoints' }).waitFor();
});

test('a run that was started begins though the page is left meanwhile, or says why it does not', async () => {
  const leave = async (more: object): Promise<void> => {
    await go(`/train/-/new?preset=quickstart&set=${encodeURIComponent(JSON.stringify({ ...small, steps: 1, ...more }))}`);
    const start = page.getByRole('button', { name: 'Start', exact: true });
    await expect.poll(() => start.isEnabled()).toBe(true);
    await start.click();
    await page.getByRole('link', { name: 'Settings', exact: true }).click();
    await page.getByRole('heading', { name: 'This machine' }).waitFor();
  };
  await leave({ name: 'left' });
  await page.getByRole('link', { name: 'left has begun.' }).click({ timeout: 60_000 });
  await page.getByRole('heading', { level: 1, name: 'left' }).waitFor();
  // While it is at work, the next would wait for it.
  await page.getByText('finished', { exact: true }).first().waitFor({ timeout: 60_000 });
  await leave({ name: 'refused', 'data.train': '/nothing/here' });
  await page.getByText('refused did not begin').waitFor({ timeout: 60_000 });
  await page.getByRole('link', { name: 'Back to its form' }).click();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('refused');
});

test('the palette finds a run by its name, and begins another', async () => {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Go to, or do').fill('left');
  await page.getByRole('button', { name: 'left', exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'left' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Go to, or do').fill('new run');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'New run' }).waitFor();
});
