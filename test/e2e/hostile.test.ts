import { rmSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from './browser.ts';
import { type FilledHome, fillHome, seen } from './filled-home.ts';
import { type ServedApp, serveApp } from './served-app.ts';

// Whatever models, files and people say is text: nothing of it runs, is drawn as markup, or leads out of the app.

let filled: FilledHome;
let app: ServedApp;
let browser: Browser;
let page: Page;
const faults: string[] = [];
const strangers: string[] = [];

beforeAll(async () => {
  filled = await fillHome();
  [app, browser] = await Promise.all([serveApp(filled.home), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US', reducedMotion: 'reduce' });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['blob:', 'data:'].includes(url.protocol) && url.host !== new URL(app.url).host) strangers.push(request.url());
  });
  await page.addInitScript(() => localStorage.setItem('arft-annotator', 'Ann'));
  await page.goto(app.url);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(filled.home, { recursive: true, force: true });
});

/** What the words would have done, were they more than words. */
const harm = (): Promise<readonly unknown[]> =>
  page.evaluate(() => {
    const outside = [...document.querySelectorAll<HTMLAnchorElement>('a[href]')].map(({ href }) => href).filter((href) => !href.startsWith(location.origin));
    const drawn = [...document.querySelectorAll('img, script')].map((each) => each.getAttribute('src') ?? '').filter((src) => src !== '' && !/^(\.\/|image\/|\.?\/?assets\/|blob:|data:)/.test(src));
    // A mark that turns the order of what follows, drawn as it is.
    // eslint-disable-next-line no-control-regex
    const turning = /[\u202A-\u202E\u2066-\u2069\u001B]/.test(document.body.innerText) ? ['a mark that turns text'] : [];
    return [(globalThis as { harmed?: number }).harmed ?? 'unharmed', document.title, ...outside, ...drawn, ...turning];
  });

const parts: readonly (readonly [string, () => string])[] = [
  ['the first page', () => '/'],
  ['the list of datasets', () => '/datasets'],
  ['a dataset', () => `/datasets?dataset=${filled.dataset}`],
  ['a sample', () => `/datasets?dataset=${filled.dataset}&sample=1`],
  ['the gallery', () => `/datasets?dataset=${filled.dataset}&view=gallery`],
  ['the statistics', () => `/datasets?dataset=${filled.dataset}&view=statistics`],
  ['the broken rows', () => `/datasets?dataset=${filled.dataset}&view=faults`],
  ['the datasets to annotate', () => '/annotate'],
  ['a sample to review', () => `/annotate?dataset=${filled.dataset}&sample=0`],
  ['a sample to annotate', () => `/annotate?dataset=${filled.dataset}&sample=1`],
  ['the agreement', () => `/annotate?dataset=${filled.dataset}&view=agreement`],
  ['the history of runs', () => '/train?tab=history'],
  ['a run', () => `/train/${encodeURIComponent(filled.run)}`],
  ['its notes', () => `/train/${encodeURIComponent(filled.run)}?view=config`],
  ['its rollouts', () => `/rollouts?run=${encodeURIComponent(filled.run)}&step=1&group=0&lane=%223,7%22`],
  ['the evaluations', () => '/evaluate'],
  ['an evaluation', () => `/evaluate/${filled.evaluations[0]}?item=1`],
  ['a comparison', () => `/evaluate/-/compare?names=${filled.evaluations.join(',')}`],
  ['the playground', () => `/playground?asked=${filled.asked}`],
  ['a question from elsewhere', () => `/playground?question=${encodeURIComponent(JSON.stringify(seen))}&images=javascript:1,sha256:zz&task=odd`],
  ['the stand', () => '/demo'],
  ['the models', () => '/models'],
  ['the settings', () => '/settings'],
];

/** Where the words are sure to be seen. */
const shown = new Set(['a sample', 'the datasets to annotate', 'a sample to review', 'a sample to annotate', 'the agreement', 'the broken rows', 'its notes', 'its rollouts', 'an evaluation', 'a comparison', 'the playground', 'the stand', 'a dataset']);

/** What the run's agents write. */
const written = '<img src=x onerror="window.harmed=1">';

test.each(parts)('text stays text: %s', async (name, address) => {
  // Not what the page before still shows.
  await page.goto(`${new URL(app.url).origin}/#/nowhere`);
  await expect.poll(() => page.getByText(seen).count()).toBe(0);
  await page.goto(`${new URL(app.url).origin}/#${address()}`);
  if (shown.has(name) && name !== 'the broken rows') await page.getByText(name === 'its rollouts' ? written : seen).first().waitFor();
  else await page.waitForTimeout(500);
  expect(await harm()).toEqual(['unharmed', 'ARFT Studio']);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}, 60_000);

test('a megabyte in one line is folded, and the page goes on', async () => {
  await page.goto(`${new URL(app.url).origin}/#/datasets?dataset=${filled.dataset}&sample=2`);
  await page.getByRole('button', { name: /^Show 100 KiB more/ }).first().waitFor();
  expect(await page.evaluate(() => document.body.innerText.length)).toBeLessThan(60_000);
});

test('an annotation is shown to its reviewer as text', async () => {
  await page.goto(`${new URL(app.url).origin}/#/annotate?dataset=${filled.dataset}&sample=0`);
  await page.getByRole('textbox', { name: 'Your answer' }).fill(seen);
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: 'Accept' }).waitFor();
  await expect.poll(() => page.getByRole('region', { name: 'Question, answers and chain' }).getByText(seen).count()).toBeGreaterThan(6);
  expect(await harm()).toEqual(['unharmed', 'ARFT Studio']);
});

test('a run is renamed to what is not its name, and stays text', async () => {
  await page.goto(`${new URL(app.url).origin}/#/train/${encodeURIComponent(filled.run)}`);
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(`${seen}\u202Ex`);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: seen }).waitFor();
  await page.goto(`${new URL(app.url).origin}/#/train?tab=history`);
  await page.getByRole('link', { name: seen }).waitFor();
  expect(await harm()).toEqual(['unharmed', 'ARFT Studio']);
});

test('the policy for content stops what would get in all the same', async () => {
  const before = faults.length;
  const stopped = await page.evaluate(async () => {
    const told: string[] = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => told.push(effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'globalThis.harmed=4';
    document.body.append(script);
    const button = document.createElement('button');
    button.setAttribute('onclick', 'globalThis.harmed=5');
    document.body.append(button);
    button.click();
    const picture = new Image();
    picture.src = 'https://example.org/pixel.png';
    const fetched = await fetch('https://example.org/').then(() => 'fetched', () => 'refused');
    await new Promise((resolve) => setTimeout(resolve, 300));
    script.remove();
    button.remove();
    return { harmed: (globalThis as { harmed?: number }).harmed ?? 'unharmed', told: [...new Set(told)].toSorted(), fetched };
  });
  expect(stopped).toEqual({ harmed: 'unharmed', told: ['connect-src', 'img-src', 'script-src-attr', 'script-src-elem'], fetched: 'refused' });
  // These are the browser's words about what it stopped.
  expect(faults.splice(before).every((each) => /Content Security Policy|Refused|violates/.test(each))).toBe(true);
});

test('no fault in the console, no request to anybody else', () => {
  expect(faults).toEqual([]);
  expect(strangers.filter((each) => !each.startsWith('https://example.org/'))).toEqual([]);
});
