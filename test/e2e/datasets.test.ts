import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeMini } from '../../main/data/mini/dataset.ts';
import { seriousFindings } from './axe.ts';
import { openBrowser } from './browser.ts';
import { type ServedApp, serveApp } from './served-app.ts';

let app: ServedApp;
let browser: Browser;
let page: Page;
let data: string;
const faults: string[] = [];
const hostile = '<img src=x onerror="globalThis.harmed=1"> **bold** \u202Eturned';

beforeAll(async () => {
  data = mkdtempSync(path.join(os.tmpdir(), 'arft-datasets-page-'));
  await writeMini(data, 3, { train: 60, validation: 0, test: 20 }, () => {});
  const rows = readFileSync(path.join(data, 'train.jsonl'), 'utf8').trim().split('\n');
  const odd = JSON.stringify({ version: 1, id: 'odd', task: 'search', question: hostile, answers: [hostile], images: [], extra: { note: hostile } });
  writeFileSync(path.join(data, 'train.jsonl'), [...rows, odd, '{"cut": '].join('\n'));
  [app, browser] = await Promise.all([serveApp(), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(app.url);
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(data, { recursive: true, force: true });
});

const address = (): URLSearchParams => new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
const panel = () => page.getByRole('complementary', { name: 'Sample' });
const open = async (search: string): Promise<void> => {
  await page.goto(`${new URL(app.url).origin}/#/datasets${search}`);
};

test('the start page leads to the import; a file of this machine is looked at, and imported with its broken row', async () => {
  await page.getByRole('link', { name: 'Import a dataset' }).click();
  await page.getByLabel('File or folder of this machine').fill(path.join(data, 'train.jsonl'));
  await page.keyboard.press('Enter');
  await page.getByText('1 row has a fault').waitFor();
  await page.getByText('line 62', { exact: true }).waitFor();
  await page.getByRole('region', { name: 'First rows' }).getByText('which digit').first().waitFor();
  await page.getByLabel('Name', { exact: true }).fill('signs');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByText('signs has 61 samples.').waitFor();
  await page.getByRole('button', { name: 'Show the broken rows' }).click();
  await page.getByRole('table', { name: 'Broken rows' }).getByText('62', { exact: true }).waitFor();
  expect(address().get('view')).toBe('faults');
});

test('files that a browser holds are handed over with their images, and do not stay', async () => {
  await open('?import=true');
  const line = readFileSync(path.join(data, 'test.jsonl'), 'utf8').split('\n')[0] as string;
  const { images, cleanImage } = JSON.parse(line) as { images: string[]; cleanImage?: string };
  const named = [...images, ...(cleanImage === undefined ? [] : [cleanImage])];
  await page.locator('input[type=file]').setInputFiles([{ name: 'one.jsonl', mimeType: 'application/json', buffer: Buffer.from(line) }, ...named.map((image) => ({ name: path.basename(image), mimeType: 'image/png', buffer: readFileSync(path.join(data, image)) }))]);
  await page.getByText('1 sample', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByRole('heading', { name: 'one' }).waitFor();
  await page.getByRole('grid').getByText('which').first().waitFor();
  await expect.poll(() => readdirSync(path.join(app.home, 'uploads'))).toEqual([]);
});

test('a file without a good row is not imported, and is named as its owner names it', async () => {
  await open('?import=true');
  const choose = (name: string, text: string): Promise<void> => page.locator('input[type=file]').setInputFiles([{ name, mimeType: 'application/json', buffer: Buffer.from(text) }]);
  await choose('broken.jsonl', '{"version":1,"id":"a","task":"search","question":"q","answers":["1"],"images":["gone.png"]}\n');
  await page.getByText('image gone.png is not in').waitFor();
  const action = page.getByRole('button', { name: 'Import', exact: true });
  expect(await action.isDisabled()).toBe(true);
  expect(await page.getByRole('dialog').innerText()).not.toContain(app.home);
  await page.getByRole('button', { name: 'Other files' }).click();
  await choose('torn.jsonl', '{"cut": \n');
  await page.getByText('torn.jsonl: expected at least one row').waitFor();
  expect(await page.getByRole('dialog').innerText()).not.toContain(app.home);
  expect(await action.isDisabled()).toBe(true);
});

test('the built-in task is one click', async () => {
  await open('');
  await page.getByRole('button', { name: 'Make the built-in task' }).click();
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('heading', { name: 'MAT-mini' }).waitFor();
  await page.getByText('300 samples').waitFor();
});

test('search, filters and the sample are in the address and survive a reload', async () => {
  await open('?dataset=1');
  await page.getByRole('row', { name: /which digit/ }).first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('digit');
  await expect.poll(() => address().get('q')).toBe('digit');
  const shown = async (): Promise<number> => Number(/(\d+) of 61/.exec(await page.getByText(/\d+ of 61/).innerText())?.[1]);
  await expect.poll(shown).toBeLessThan(61);
  const withDigits = await shown();
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { name: 'Issue' }).click();
  await page.getByRole('option', { name: /^dark ?\d+$/ }).click();
  await expect.poll(() => address().get('issue')).toBe('dark');
  await expect.poll(shown).toBeLessThan(withDigits);
  const found = await shown();
  expect(found).toBeGreaterThan(0);
  await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(found + 1));
  await page.keyboard.press('Tab');
  await page.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  await panel().getByText(`1 of ${found}`).waitFor();
  const first = address().get('sample');
  await page.keyboard.press('j');
  await panel().getByText(`2 of ${found}`).waitFor();
  expect(address().get('sample')).not.toBe(first);
  await page.keyboard.press('k');
  await page.keyboard.press('ArrowDown');
  await panel().getByText(`2 of ${found}`).waitFor();
  await page.reload();
  await panel().getByText(`2 of ${found}`).waitFor();
  await panel().getByRole('slider').focus();
  await page.keyboard.press('End');
  expect(await panel().getByRole('slider').getAttribute('aria-valuetext')).toBe('100 % before');
  await page.keyboard.press('Escape');
  await panel().waitFor({ state: 'detached' });
});

test('what a file says is text and nothing else', async () => {
  await open('?dataset=1&sample=60');
  await panel().getByText('61 of 61').waitFor();
  await panel().getByText('<img src=x onerror="globalThis.harmed=1"> **bold**').first().waitFor();
  await panel().getByText('RLO').first().waitFor();
  expect(await page.evaluate(() => (globalThis as { harmed?: number }).harmed)).toBe(undefined);
});

test('a sample is tagged, deleted, and comes back', async () => {
  await panel().getByRole('combobox', { name: 'Tags' }).fill('look again');
  await page.keyboard.press('Enter');
  await page.getByRole('grid').getByText('look again').waitFor();
  await panel().getByRole('button', { name: 'Delete the sample' }).click();
  await page.getByText('60 samples', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('61 samples', { exact: true }).waitFor();
});

test('splits are drawn, counted in the charts, and lead back to their samples', async () => {
  await open('?dataset=1&view=statistics');
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Assign splits' }).click();
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await page.getByText('Assigned: train 49, validation 6, test 6.').waitFor();
  await page.locator('figure').filter({ hasText: 'Split' }).getByText('49').waitFor();
  await page.locator('figure').filter({ hasText: 'Split' }).locator('.recharts-bar-rectangle').first().click();
  await expect.poll(() => address().get('split')).toBe('train');
  await page.getByText('49 of 61').waitFor();
});

test('an export says where it lies', async () => {
  await page.getByRole('button', { name: 'Export…' }).click();
  await page.getByLabel('Into a folder of this machine').fill(path.join(data, 'out'));
  await page.getByLabel('Only the samples that fit the filters').check();
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const file = path.join(data, 'out/signs/signs.jsonl');
  await page.getByText(file).waitFor();
  expect(existsSync(file) && readFileSync(file, 'utf8').trim().split('\n').length).toBe(49);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
});

test('a run is set up with its samples', async () => {
  await page.getByRole('button', { name: 'Train with it' }).click();
  await page.getByRole('heading', { name: 'New run' }).waitFor();
  expect(decodeURIComponent(page.url())).toContain(path.join(app.home, 'exports/signs/signs.jsonl'));
});

test.each(['light', 'dark'] as const)('nothing serious stands in anybody’s way, in %s colours', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  for (const search of ['', '?dataset=1&sample=3', '?dataset=1&view=gallery', '?dataset=1&view=statistics', '?dataset=1&view=faults', '?import=true']) {
    await open(search);
    await page.waitForTimeout(400);
    expect([search, ...(await seriousFindings(page))]).toEqual([search]);
  }
  expect(faults).toEqual([]);
});
