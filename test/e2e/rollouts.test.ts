import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostile, writeRun } from '../unit/engine/rollouts-run.ts';
import { seriousFindings } from './axe.ts';
import { openBrowser } from './browser.ts';
import { type ServedApp, serveApp } from './served-app.ts';

let home: string;
let app: ServedApp;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'arft-rollouts-page-'));
  await writeRun(home, 'seen');
  await writeRun(home, 'plain', { steps: 1, groups: 1, watchKl: false });
  [app, browser] = await Promise.all([serveApp(home), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US', reducedMotion: 'reduce' });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(app.url);
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(home, { recursive: true, force: true });
});

const open = async (search = ''): Promise<void> => {
  await page.goto(`${new URL(app.url).origin}/#/rollouts${search}`);
  await page.getByRole('article').first().waitFor();
};
const lanes = (): Promise<string[]> => page.getByRole('article', { name: /of 8/ }).evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? ''));
const address = (): URLSearchParams => new URLSearchParams(new URL(page.url()).hash.split('?')[1]);

test('the last step opens with the best and the worst of its first group', async () => {
  await open();
  await expect.poll(lanes).toEqual(['1 of 8', '6 of 8']);
  await page.getByText('equals gold').first().waitFor();
  const best = page.getByRole('article', { name: '1 of 8' });
  await best.getByText('reward 2.00').waitFor();
  await best.getByText('advantage +1.00').waitFor();
  await best.getByText('The sandbox answered').waitFor();
  await page.getByRole('article', { name: '6 of 8' }).getByText('it was cut off, and the run leaves those out').waitFor();
  expect(await page.getByRole('navigation', { name: 'Groups of the step' }).getByRole('button').count()).toBe(3);
});

test('the slider uncovers the image before and after, by its keys', async () => {
  const slider = page.getByRole('slider').first();
  await slider.focus();
  await page.keyboard.press('End');
  expect(await slider.getAttribute('aria-valuetext')).toBe('100 % before');
  await page.getByRole('button', { name: 'Enlarge: after' }).first().click();
  await page.keyboard.press('+');
  await page.getByText('150 %').waitFor();
  await page.keyboard.press('2');
  await page.keyboard.press('Escape');
  await page.getByText('150 %').waitFor({ state: 'detached' });
  // The keys of the page behind it did nothing.
  expect(await lanes()).toEqual(['1 of 8', '6 of 8']);
});

test('samples, steps, lanes, tokens and filters have their keys, and the address holds them', async () => {
  await open('?run=seen&step=2');
  await page.keyboard.press('j');
  await expect.poll(() => address().get('sample')).toBe('sample-1-1');
  await page.keyboard.press('3');
  await expect.poll(lanes).toEqual(['1 of 8', '3 of 8', '6 of 8']);
  await page.getByText('AttributeError: no attribute turn').waitFor();
  await page.keyboard.press('t');
  await page.getByText('The stronger the orange').first().waitFor();
  await page.getByText('Show 6 tokens before').or(page.getByText('×40')).first().waitFor();
  await page.getByRole('application', { name: /Tokens/ }).first().focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await page.getByText(/logprob −0\.010 \(99 %\)/).waitFor();
  await page.keyboard.press('t');
  await page.keyboard.press('n');
  await expect.poll(() => address().get('step')).toBe('3');
  await page.keyboard.press('p');
  await expect.poll(() => address().get('step')).toBe('2');
  await page.keyboard.press('/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => address().get('filter')).toBe('toolError');
  await page.getByRole('article', { name: '3 of 8' }).waitFor();
  await page.reload();
  await page.getByRole('article', { name: '3 of 8' }).waitFor();
  await page.keyboard.press('Shift+?');
  await page.getByRole('dialog').getByText('Show or hide a trajectory').waitFor();
  await page.keyboard.press('Escape');
});

test('tokens are coloured by how far the model is from the reference, with the value at each', async () => {
  await open('?run=seen&step=1&group=0&lane=1&tokens=logprob');
  await page.getByRole('radiogroup', { name: /coloured by/ }).getByText('KL', { exact: true }).click();
  await expect.poll(() => address().get('tokens')).toBe('kl');
  await page.getByText('how far the model is from the reference').waitFor();
  const written = page.locator('[data-by="model"]');
  const alphas = await written.evaluateAll((all) => all.slice(0, 5).map((each) => Number(/[\d.]+(?=\)$)/.exec(getComputedStyle(each).backgroundColor)?.[0])));
  expect(alphas.map((each) => Number(each.toFixed(2)))).toEqual([0, 0, 0.12, 0.3, 0.45]);
  await written.nth(2).hover();
  await page.getByText('KL 0.00123 nats').waitFor();
  await page.getByRole('application', { name: /Tokens/ }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByText('KL 0.0456 nats').waitFor();
});

test('where there is no KL, that is said and the text is shown', async () => {
  await open('?run=seen&step=1&group=0&lane=6&tokens=kl');
  await page.getByText('The log has no KL for this trajectory').waitFor();
  await open('?run=plain&lane=1');
  const choice = page.getByRole('radio', { name: /^KL/ });
  expect(await choice.isDisabled()).toBe(true);
  await page.getByRole('radiogroup', { name: /coloured by/ }).getByText(/^KL/).hover();
  await page.getByRole('tooltip').getByText('its KL weight β is 0').waitFor();
  expect(await page.getByRole('radio', { name: 'Logprob' }).isDisabled()).toBe(false);
  await open('?run=plain&lane=1&tokens=kl');
  await page.getByRole('article').getByText('its KL weight β is 0').waitFor();
  await page.getByText('clear').first().waitFor();
});

test('a sample is followed through the steps that drew it', async () => {
  await open('?run=seen&sample=sample-1-0');
  expect(await page.getByRole('textbox', { name: 'Step', exact: true }).inputValue()).toBe('step 2');
  await open('?run=seen&step=1&sample=always');
  await page.getByRole('button', { name: 'Follow this sample' }).click();
  await page.getByText('Drawn at 3 steps').waitFor();
  await page.getByRole('button', { name: 'step 2 1.00' }).click();
  await expect.poll(() => address().get('right')).toBe('2,2');
  expect(await page.getByRole('article').count()).toBe(2);
  await page.getByText('all rewards of its group are equal').first().waitFor();
});

test('what a model or a tool wrote is text and nothing else', async () => {
  await open('?run=seen&step=1&group=0&lane=%223,7%22');
  const lane = page.getByRole('article', { name: '4 of 8' });
  await lane.getByText(hostile.html).first().waitFor();
  await lane.getByText('RLO').first().waitFor();
  await lane.getByText('ESC', { exact: true }).first().waitFor();
  await lane.getByText('ZWSP').first().waitFor();
  await page.getByRole('article', { name: '8 of 8' }).getByText(hostile.markdown).waitFor();
  expect(await page.locator('article a').count()).toBe(0);
  expect(await page.evaluate(() => (globalThis as { harmed?: number }).harmed)).toBe(undefined);
});

test('a megabyte is folded with its size, and unfolds a part at a time', async () => {
  await open('?run=seen&step=1&group=0&lane=4');
  const lane = page.getByRole('article', { name: '5 of 8' });
  await lane.getByRole('button', { name: 'Show 100 KiB more of 975 KiB' }).click();
  await lane.getByRole('button', { name: 'Show 100 KiB more of 875 KiB' }).waitFor();
  expect((await lane.innerText()).length).toBeLessThan(110_000);
});

test.each(['light', 'dark'] as const)('nothing serious stands in anybody’s way, in %s colours', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  for (const search of ['?run=seen&step=1&group=0&lane=%220,2,5,6,7%22', '?run=seen&step=1&group=0&tokens=logprob', '?run=seen&step=1&group=0&tokens=kl', '?run=plain', '?run=seen&step=1&sample=always&follow=true']) {
    await open(search);
    await page.getByText(/^gold$/).first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  }
});

test('中文, and no fault in the console', async () => {
  await page.evaluate(() => localStorage.setItem('arft-language', 'zh'));
  await page.reload();
  await page.getByRole('button', { name: '跟踪这个样本' }).waitFor();
  expect(faults).toEqual([]);
});
