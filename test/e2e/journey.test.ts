import { rmSync } from 'node:fs';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { doubleClickMs } from '../../renderer/parts/once.ts';
import { openBrowser } from './browser.ts';
import { homeWithPython } from './home-with-python.ts';
import { type ServedApp, serveApp } from './served-app.ts';

// From the first page to the stand, through every part of the app, as somebody does it who opens it for the first time.

let home: string;
let app: ServedApp;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  home = await homeWithPython('journey');
  [app, browser] = await Promise.all([serveApp(home), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', locale: 'en-GB' });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.setDefaultTimeout(20_000);
  await page.goto(app.url);
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(home, { recursive: true, force: true });
});

const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: typeof name === 'string' });
const field = (name: string): Locator => page.getByLabel(name, { exact: true });
const chip = (): Locator => page.locator('header').getByRole('status');
const part = (name: string): Promise<void> => page.getByRole('navigation', { name: 'Parts of the app' }).getByRole('link', { name }).click();

test('the quickstart starts from the first page, made small in the form', async () => {
  await page.getByRole('link', { name: 'Set up the quickstart' }).click();
  await field('Steps').fill('8');
  await page.getByText('Before: 40').waitFor();
  await field('Questions a step').fill('2');
  await field('Episodes a question (G)').fill('3');
  await field('Held-out samples').fill('8');
  await button('Start').click();
  await page.getByRole('heading', { name: 'quickstart' }).waitFor({ timeout: 60_000 });
}, 60_000);

test('it is watched, stopped after a step, and resumed to its end', async () => {
  await chip().getByText(/quickstart · step \d of 8/).waitFor({ timeout: 60_000 });
  await page.getByText(/^step [1-7] of 8/).waitFor({ timeout: 60_000 });
  await expect.poll(() => page.locator('canvas').count(), { timeout: 20_000 }).toBeGreaterThan(4);
  await chip().getByRole('button', { name: 'Stop' }).click();
  await button('Stop after this step').click();
  await page.getByText(/The checkpoint after \d steps? is saved/).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(doubleClickMs); // sooner it is the second press of a double click
  await button('Resume').click();
  await page.locator('main').getByText('finished', { exact: true }).waitFor({ timeout: 90_000 });
  await page.getByText('step 8 of 8', { exact: true }).waitFor();
  await expect.poll(() => chip().count()).toBe(0);
}, 240_000);

test('a step is opened from a chart, and its trajectories stand beside each other', async () => {
  const chart = page.getByRole('group', { name: /^Reward over the steps/ });
  await chart.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toMatch(/#\/rollouts\?run=quickstart&step=8/);
  await page.getByRole('article', { name: /of 3/ }).first().waitFor();
  expect(await page.getByRole('navigation', { name: 'Groups of the step' }).getByRole('button').count()).toBe(2);
  await page.goBack();
});

async function evaluated(): Promise<void> {
  await page.getByLabel('Only the first').fill('12');
  await button('Start').click();
  await expect.poll(() => page.url()).toMatch(/#\/evaluate\/(?!new)/);
  await button('All 12').waitFor({ timeout: 60_000 });
}

test('the run leads to an evaluation of its adapter, beside the starter without it', async () => {
  await button('Evaluate…').click();
  const adapter = page.getByRole('combobox', { name: 'Adapter' });
  await expect.poll(() => adapter.inputValue()).toMatch(/^quickstart, step \d$/);
  await evaluated();
  await part('Evaluate');
  await page.getByRole('link', { name: 'New evaluation' }).or(button('New evaluation')).first().click();
  await adapter.click();
  await page.getByRole('option', { name: 'none', exact: true }).click();
  await evaluated();
  await part('Evaluate');
  const boxes = page.getByRole('row').getByRole('checkbox');
  await expect.poll(() => boxes.count()).toBe(2);
  for (const box of await boxes.all()) await box.check();
  await button('Compare').click();
  await page.getByRole('heading', { level: 1, name: /MAT-mini/ }).waitFor();
  await page.getByRole('navigation', { name: 'Pairs' }).getByRole('button').first().waitFor();
}, 180_000);

test('a sample of the built-in dataset is taken to the playground, and its answer to the stand', async () => {
  await part('Datasets');
  await button('Make the built-in task').click();
  await field('To train on').fill('20');
  await field('To test on').fill('10');
  await button('Make it').click();
  await page.getByText('30 samples').waitFor({ timeout: 60_000 });
  await page.getByRole('row', { name: /which digit/ }).first().click();
  await page.getByRole('link', { name: 'Ask about it' }).click();
  await expect.poll(() => field('Question').inputValue()).toMatch(/which digit/);
  await button('Remove image 1').waitFor();
  await button('Ask').click();
  await button('Save as a sample').waitFor({ timeout: 60_000 });
  await button('Show in the demo').click();
  await button('Demo').click();
  await button('Start the demo').click();
  await page.getByText('Choose one').waitFor();
  await button(/which digit/).click();
  await button('All examples').waitFor();
  await button('Leave the demo').click();
  await page.getByRole('heading', { name: 'Who answers' }).waitFor();
  expect(faults).toEqual([]);
}, 120_000);
