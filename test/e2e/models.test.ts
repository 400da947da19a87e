import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loraModules } from '../../main/model/folder/adapter.ts';
import { writeAdapter } from '../../main/model/folder/adapter-writer.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { starterFolder } from '../../main/train/quickstart/quickstart.ts';
import { seriousFindings } from './axe.ts';
import { openBrowser } from './browser.ts';
import { type ServedApp, serveApp } from './served-app.ts';

const home = mkdtempSync(path.join(os.tmpdir(), 'arft-models-page-'));
const released = path.join(home, 'Qwen2.5-VL-3B-Instruct');
const adapter = path.join(home, 'my-adapter');
let app: ServedApp;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  // Its config alone: what it needs can be said without its weights.
  cpSync(path.join(import.meta.dirname, '../unit/train/shapes/3b'), released, { recursive: true });
  const config = readModelConfig(starterFolder);
  const [out, into] = loraModules(config).get('self_attn.q_proj') as readonly [number, number];
  writeAdapter(adapter, { rank: 2, alpha: 4, rslora: false, dropout: 0, targetModules: ['layers.0.self_attn.q_proj'], matrices: new Map([['layers.0.self_attn.q_proj', { a: new Float32Array(2 * into), b: new Float32Array(2 * out), rank: 2, alpha: 4, scale: 2 }]]) });
  [app, browser] = await Promise.all([serveApp(path.join(home, 'data')), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(app.url);
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(home, { recursive: true, force: true });
});

test('the start page leads to the dialog; a wrong folder is refused in words, a right one is opened by the keyboard', async () => {
  await page.locator('a[href="#/models?open=true"]').click();
  const dialog = page.getByRole('dialog', { name: 'Open a model folder' });
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(home);
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').filter({ hasText: `no config.json, but a model in ${released}` }).waitFor();
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(released);
  await page.keyboard.press('Enter');
  await page.getByText('Qwen2.5-VL-3B-Instruct is on the list; 4 things are missing.').waitFor();
  await dialog.waitFor({ state: 'detached' });
  expect(new URL(page.url()).hash).toBe('#/models');
});

test('a folder is forgotten and brought back', async () => {
  await page.getByRole('button', { name: 'More about Qwen2.5-VL-3B-Instruct' }).click();
  await page.getByRole('menuitem', { name: 'Forget the folder' }).click();
  await page.getByRole('link', { name: 'Qwen2.5-VL-3B-Instruct' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: 'Qwen2.5-VL-3B-Instruct' }).waitFor();
});

test.each(['light', 'dark'] as const)('axe finds nothing serious on the list in %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  expect(await seriousFindings(page)).toEqual([]);
});

test('in the smallest window a name has its room, and what is wider scrolls inside its card', async () => {
  await page.setViewportSize({ width: 960, height: 600 });
  const widthOf = (selector: string) => page.locator(selector).first().evaluate((element) => element.getBoundingClientRect().width);
  expect(await widthOf('th')).toBeGreaterThan(160);
  expect(await widthOf('a[href*="?model="]')).toBeGreaterThan(40);
  expect(await page.locator('#page').evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('a model’s page says what it lacks and what it needs, and the plan follows the form', async () => {
  await page.getByRole('link', { name: 'Qwen2.5-VL-3B-Instruct' }).click();
  await page.getByRole('heading', { name: 'What is missing' }).waitFor();
  await page.getByText('Copy the missing files into the folder').waitFor();
  const picture = page.getByRole('img', { name: /^Where the memory goes: .*Decoder 11\.5 GiB/ });
  await picture.waitFor();
  await page.getByRole('combobox', { name: 'Weights held in' }).click();
  await page.getByRole('option', { name: '4 bits (int4)' }).click();
  await picture.waitFor({ state: 'detached' });
  expect(new URL(page.url()).hash).toContain('quantize=int4');
  await page.getByText('It fits: 5.9 GiB of 10.8 GiB.').waitFor();
  await page.getByRole('radio', { name: 'Ask' }).press('ArrowRight');
  await page.getByRole('textbox', { name: 'Rank of the adapter' }).waitFor();
  expect(new URL(page.url()).hash).toContain('train=lora');
  await page.reload();
  expect(await page.getByRole('radio', { name: 'Train' }).isChecked()).toBe(true);
  await page.getByRole('img', { name: /^Where the memory goes/ }).waitFor();
  expect(await page.getByRole('combobox', { name: 'Weights held in' }).inputValue()).toBe('4 bits (int4)');
});

test.each(['light', 'dark'] as const)('axe finds nothing serious on a model’s page in %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  expect(await seriousFindings(page)).toEqual([]);
});

test('an adapter of another base is refused, one that fits is imported and has a page', async () => {
  await page.getByRole('link', { name: 'Models' }).last().click();
  await page.getByRole('heading', { name: 'Adapters and trained weights' }).waitFor();
  await page.keyboard.press('i');
  const dialog = page.getByRole('dialog', { name: 'Import an adapter' });
  await dialog.getByRole('textbox', { name: 'Folder of the adapter' }).fill(adapter);
  await dialog.getByRole('combobox', { name: 'Base model' }).click();
  await page.getByRole('option', { name: 'Qwen2.5-VL-3B-Instruct' }).click();
  await dialog.getByRole('button', { name: 'Check and import' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'Choose the base model that it was trained on.' }).waitFor();
  await dialog.getByRole('combobox', { name: 'Base model' }).click();
  await page.getByRole('option', { name: 'starter' }).click();
  await dialog.getByRole('button', { name: 'Check and import' }).click();
  await page.getByText('my-adapter fits its base: 1 module.').waitFor();
  await page.getByRole('link', { name: 'my-adapter' }).click();
  await page.getByRole('heading', { name: 'Is it better than its base?' }).waitFor();
  await page.getByText('4: its output counts 2 times').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
});

test('an adapter is trained further and evaluated from its page', async () => {
  await page.getByRole('button', { name: 'Train from it' }).click();
  await expect.poll(() => page.locator('input').evaluateAll((inputs) => inputs.map((input) => (input as unknown as { value: string }).value))).toEqual(expect.arrayContaining([adapter, starterFolder]));
  await page.goBack();
  await page.getByRole('button', { name: 'Evaluate' }).click();
  await expect.poll(() => new URL(page.url()).hash).toBe('#/evaluate/-/new');
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('arft-evaluation') ?? '{}') as Record<string, unknown>);
  expect(kept).toMatchObject({ kind: 'local', folder: starterFolder, adapter });
});

test('an imported adapter is merged into a whole model, which is opened', async () => {
  await page.goto(`${new URL(app.url).origin}/#/models?adapter=${encodeURIComponent(adapter)}`);
  await page.getByRole('button', { name: 'Export…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export my-adapter' });
  await dialog.getByRole('radio', { name: 'Whole model' }).press('Space');
  await dialog.getByRole('textbox', { name: 'New folder' }).fill(path.join(home, 'my-model'));
  await page.keyboard.press('Enter');
  await page.getByText('Whole model of my-adapter').waitFor();
  await page.getByRole('button', { name: 'Open as a model' }).click({ timeout: 30_000 });
  await page.getByRole('heading', { level: 1, name: 'my-model' }).waitFor();
  await page.getByRole('button', { name: 'Ask in the playground' }).waitFor();
});

test('the built-in model is asked in the playground with a click', async () => {
  await page.getByRole('link', { name: 'Models' }).last().click();
  await page.getByRole('link', { name: 'starter', exact: true }).click();
  await page.getByRole('heading', { name: 'starter' }).waitFor();
  await page.getByRole('button', { name: 'Ask in the playground' }).click();
  await page.getByRole('heading', { name: 'Who answers' }).waitFor();
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('arft-playground') ?? '{}') as { folder?: string });
  expect(kept.folder).toBe(starterFolder);
});
