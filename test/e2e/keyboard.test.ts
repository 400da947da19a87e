import { rmSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRun } from '../unit/engine/rollouts-run.ts';
import { openBrowser } from './browser.ts';
import { homeWithPython } from './home-with-python.ts';
import { type ServedApp, serveApp } from './served-app.ts';

// Every page and what is mainly done on it, without a mouse. Nothing here clicks or fills: there are keys alone.

let home: string;
let app: ServedApp;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  home = await homeWithPython('keyboard');
  await writeRun(home, 'seen');
  [app, browser] = await Promise.all([serveApp(home), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US', reducedMotion: 'reduce' });
  page.setDefaultTimeout(20_000);
  await page.goto(app.url);
  await page.getByRole('link', { name: 'Set up the quickstart' }).waitFor();
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(home, { recursive: true, force: true });
});

const press = (...keys: readonly string[]): Promise<void> => keys.reduce(async (before, key) => {
  await before;
  await page.keyboard.press(key);
}, Promise.resolve());
const hash = (): string => new URL(page.url()).hash.slice(1);

type Focus = { readonly name: string; readonly role: string; readonly shown: boolean };

/** What has the focus, and whether that is seen: an outline, a ring, or a border of another colour. */
const focus = (): Promise<Focus> =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const name = element.getAttribute('aria-label') ?? (element.id === '' ? '' : (document.querySelector(`label[for="${element.id}"]`)?.textContent ?? ''));
    const marked = (each: Element): string => {
      const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(each);
      return [outlineStyle !== 'none' && outlineWidth !== '0px', boxShadow, borderColor, backgroundColor].join('|');
    };
    // A hidden box or radio is drawn by what stands beside it.
    const drawn = [element, element.nextElementSibling, element.parentElement].filter((each) => each !== null);
    const before = drawn.map(marked);
    element.blur();
    const after = drawn.map(marked);
    element.focus({ preventScroll: true });
    const { width, height } = element.getBoundingClientRect();
    return { name: (name || element.textContent || element.getAttribute('placeholder') || '').trim(), role: element.getAttribute('role') ?? element.tagName.toLowerCase(), shown: before.join() !== after.join() && (element instanceof HTMLInputElement || (width > 0 && height > 0)) };
  });

/** Goes on with Tab until something of this name has the focus. */
async function tabTo(name: string | RegExp, role?: string): Promise<void> {
  const fits = (each: string): boolean => (typeof name === 'string' ? each === name : name.test(each));
  const met: string[] = [];
  for (let i = 0; i < 120; i++) {
    await press('Tab');
    const now = await focus();
    met.push(`${now.role} ${now.name.slice(0, 30)}`);
    if (fits(now.name) && (role === undefined || now.role === role)) {
      expect(now).toMatchObject({ shown: true });
      return;
    }
  }
  throw new Error(`Tab does not reach ${String(name)}: ${met.join(', ')}`);
}

/** Ways to close the dialog that is open. */
const closings = [
  () => press('Escape'),
  async () => {
    await tabTo('Close');
    await press('Enter');
  },
];

test('Tab goes from the skip link through the list of parts to the page, and each place is seen', async () => {
  await press('Tab');
  expect(await focus()).toMatchObject({ name: 'Skip to the page', shown: true });
  const names: string[] = [];
  for (let i = 0; i < 14; i++) {
    await press('Tab');
    const now = await focus();
    expect(now).toMatchObject({ shown: true });
    names.push(now.name);
  }
  expect(names.slice(0, 10)).toEqual(['Start', 'Datasets', 'Annotate', 'Train', 'Rollouts', 'Evaluate', 'Playground', 'Models', 'Settings', 'Fold the list']);
  expect(names.slice(11)).toEqual(['Set up the quickstart', 'Open a model folder', 'Import a dataset']);
});

test('the skip link leads into the page', async () => {
  await page.reload();
  await page.getByRole('link', { name: 'Set up the quickstart' }).waitFor();
  await press('Tab', 'Enter', 'Tab');
  expect(await focus()).toMatchObject({ name: 'Set up the quickstart' });
});

test.each([['d', '/datasets'], ['a', '/annotate'], ['t', '/train'], ['r', '/rollouts'], ['e', '/evaluate'], ['p', '/playground'], ['m', '/models'], ['s', '/settings'], ['h', '/']] as const)('g %s leads to %s', async (key, where) => {
  await press('g', key);
  await expect.poll(() => hash().split('?')[0]).toBe(where);
});

test('the palette finds a page, and Escape closes it; the list of keys opens and closes', async () => {
  await press('Control+k');
  await choose('roll');
  await expect.poll(() => hash().split('?')[0]).toBe('/rollouts');
  // While it fades away its box still has the focus, and keys in a box are text.
  await page.getByRole('textbox', { name: 'Go to, or do' }).waitFor({ state: 'detached' });
  await press('Control+k');
  await page.getByRole('textbox', { name: 'Go to, or do' }).waitFor();
  await press('Escape');
  await page.getByRole('textbox', { name: 'Go to, or do' }).waitFor({ state: 'detached' });
  await press('Shift+?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
});

/** Types into the palette once it has the focus, which a busy machine gives it late, and takes what it finds first. */
async function choose(words: string): Promise<void> {
  const box = page.getByRole('dialog').getByRole('textbox');
  await box.waitFor();
  await expect.poll(() => box.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.type(words);
  await expect.poll(() => box.inputValue()).toBe(words);
  await press('Enter');
}

test('another language keeps the page', async () => {
  await press('g', 'e');
  await page.getByText('No evaluation yet').waitFor();
  await press('Control+k');
  await choose('中文');
  await page.getByText('还没有评测').waitFor();
  expect(hash()).toBe('/evaluate');
  await page.waitForTimeout(300);
  await press('Control+k');
  await choose('English');
  await page.getByText('No evaluation yet').waitFor();
  expect(hash()).toBe('/evaluate');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('datasets: the built-in task is made, a sample opened and closed', async () => {
  await press('g', 'd');
  await page.getByText('No dataset yet').waitFor();
  await tabTo('Make the built-in task');
  for (const close of closings) {
    await press('Enter');
    await page.getByRole('button', { name: 'Make it' }).waitFor();
    await close();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focus()).toMatchObject({ name: 'Make the built-in task', shown: true });
  }
  await press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.getByRole('button', { name: 'Make it' }).waitFor();
  await tabTo('To train on');
  await press('Control+a');
  await page.keyboard.type('12');
  await tabTo('To test on');
  await press('Control+a');
  await page.keyboard.type('6');
  await tabTo('Make it');
  await press('Enter');
  await page.getByText('18 samples').waitFor();
  await page.getByRole('row', { name: /which/ }).first().waitFor();
  // What opened the dialog is gone with its page: the focus is in the page that came, and not lost.
  expect(await page.evaluate(() => document.activeElement?.closest('#page') !== null)).toBe(true);
  for (const close of closings) {
    await page.evaluate(() => document.querySelector<HTMLElement>('#page')?.focus());
    await tabTo('More actions');
    await press('Enter');
    await page.getByRole('menuitem', { name: 'Rename' }).waitFor();
    await expect.poll(async () => { await press('ArrowDown'); return (await focus()).name; }).toMatch(/^Rename/);
    await press('Enter');
    await page.getByRole('dialog', { name: 'Rename' }).waitFor();
    await close();
    await page.getByRole('dialog', { name: 'Rename' }).waitFor({ state: 'detached' });
    expect(await focus()).toMatchObject({ name: 'More actions', shown: true });
  }
  await tabTo('Samples');
  await press('ArrowDown', 'Enter');
  await page.getByRole('complementary', { name: 'Sample' }).getByText('2 of 18').waitFor();
  await press('Escape');
  await page.getByRole('complementary', { name: 'Sample' }).waitFor({ state: 'detached' });
});

test('train: a field is changed, and what was changed is taken back', async () => {
  await press('g', 't');
  await tabTo('New run');
  await press('Enter');
  await tabTo('Steps');
  await press('Control+a');
  await page.keyboard.type('5');
  await page.getByText('Before: 40').waitFor();
  await tabTo('Back to what Steps was');
  await press('Enter');
  await page.getByText('As the preset has it').waitFor();
  await tabTo('Start');
});

test('train: a run is opened from the history and renamed', async () => {
  await press('g', 't');
  await page.getByRole('link', { name: 'seen' }).waitFor();
  await tabTo('seen');
  await press('Enter');
  await page.getByRole('heading', { name: 'seen' }).waitFor();
  await tabTo('Rename');
  await press('Enter');
  await page.getByRole('dialog', { name: 'Rename' }).waitFor();
  await press('Control+a');
  await page.keyboard.type('another');
  await press('Enter');
  await page.getByRole('heading', { name: 'another' }).waitFor();
  expect(await focus()).toMatchObject({ name: 'Rename', shown: true });
});

test('rollouts: samples, steps and trajectories', async () => {
  await press('g', 'r');
  await page.getByRole('article').first().waitFor();
  await expect.poll(() => page.getByRole('textbox', { name: 'Step', exact: true }).inputValue()).toBe('step 3');
  const before = hash();
  await press('j');
  await expect.poll(hash).not.toBe(before);
  await press('p');
  await expect.poll(hash).toMatch(/step=2/);
  // One stop for the whole list: arrows lead through it, Enter opens, Tab leads out of it.
  const place = (): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute('data-place') ?? null);
  await tabTo('Worst');
  await press('Tab', 'Home');
  expect([await place(), (await focus()).shown]).toEqual(['0', true]);
  await press('End');
  expect(await place()).toBe('2');
  await press('ArrowUp', 'Enter');
  expect(await place()).toBe('1');
  await expect.poll(hash).toMatch(/group=1/);
  await press('Tab');
  expect(await place()).toBe(null);
  await press('t');
  await expect.poll(hash).toMatch(/tokens=/);
});

test('evaluate: an evaluation is started, and its items gone through', async () => {
  await press('g', 'e');
  await page.getByText('No evaluation yet').waitFor();
  await tabTo('Evaluate the built-in task');
  await press('Enter');
  await tabTo(/^With tools|Directly$/);
  await press('ArrowRight');
  await tabTo('Only the first');
  await page.keyboard.type('5');
  await page.getByText('5 questions').first().waitFor();
  await expect.poll(() => page.getByRole('button', { name: 'Start', exact: true }).isEnabled()).toBe(true);
  await tabTo('Start', 'button');
  await press('Enter');
  await page.getByRole('button', { name: 'All 5' }).waitFor({ timeout: 60_000 });
  await press('j');
  await expect.poll(hash).toMatch(/item=(%22)?1/);
});

test('playground: a question is written, asked and answered', async () => {
  await press('g', 'p');
  await page.getByText('Ask about an image').waitFor();
  await tabTo('Question');
  // A question is read from where its language begins.
  await page.keyboard.type('ما الرقم؟');
  expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).unicodeBidi)).toBe('plaintext');
  await press('Control+a');
  await page.keyboard.type('which digit ?');
  await press('Control+Enter');
  await page.getByRole('button', { name: 'Save as a sample' }).waitFor({ timeout: 60_000 });
  await tabTo('Demo');
  await press('Enter');
  await page.getByRole('dialog', { name: 'Demo for a stand' }).waitFor();
  await press('Escape');
  await page.getByRole('dialog', { name: 'Demo for a stand' }).waitFor({ state: 'detached' });
  await expect.poll(async () => (await focus()).name.slice(0, 20)).toBe('Demo');
});

test('models: a dialog that a key opened gives the focus to the heading; the starter is opened', async () => {
  await press('g', 'm');
  await page.getByRole('link', { name: 'starter' }).first().waitFor();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await press('o');
  await page.getByRole('dialog').waitFor();
  await tabTo('Cancel');
  await press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await focus()).toMatchObject({ name: 'Models', role: 'h1' });
  await tabTo('starter');
  await press('Enter');
  await page.getByRole('heading', { level: 1, name: 'starter' }).waitFor();
});

test('settings: dark colours are chosen', async () => {
  await press('g', 's');
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await tabTo('As the system');
  await press('ArrowLeft');
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset['mantineColorScheme'])).toBe('dark');
});
