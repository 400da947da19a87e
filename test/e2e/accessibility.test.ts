import { rmSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seriousFindings } from './axe.ts';
import { openBrowser } from './browser.ts';
import { type FilledHome, fillHome } from './filled-home.ts';
import { type ServedApp, serveApp } from './served-app.ts';

// Every page, empty and with data, in both languages, and its colours in both schemes: nothing serious for axe; and with
// large text nothing of a page is cut off at its side.

let filled: FilledHome;
let browser: Browser;
const apps: ServedApp[] = [];

beforeAll(async () => {
  [filled, browser] = await Promise.all([fillHome(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await Promise.all(apps.map((app) => app.close()));
  rmSync(filled.home, { recursive: true, force: true });
});

async function open(home: string | undefined, language: 'en' | 'zh', textSize: number, viewport = { width: 1280, height: 800 }): Promise<{ readonly page: Page; readonly origin: string }> {
  const app = apps.find((each) => each.home === home) ?? (await serveApp(home));
  if (!apps.includes(app)) apps.push(app);
  const page = await browser.newPage({ viewport, reducedMotion: 'reduce' });
  await page.addInitScript(([spoken, size]) => {
    localStorage.setItem('arft-language', spoken as string);
    localStorage.setItem('arft-text-size', String(size));
    localStorage.setItem('arft-annotator', 'Ann');
  }, [language, textSize] as const);
  await page.goto(app.url);
  return { page, origin: new URL(app.url).origin };
}

const everywhere = ['/', '/datasets', '/datasets?import=true', '/annotate', '/annotate?new=true', '/train?tab=history', '/train/-/new?preset=quickstart', '/rollouts', '/evaluate', '/evaluate/-/new', '/evaluate/-/import', '/playground', '/demo', '/models', '/settings', '/nowhere'];
const withData = (): readonly string[] => [
  '/', `/datasets`, `/datasets?dataset=${filled.dataset}&sample=1`, `/datasets?dataset=${filled.dataset}&view=gallery`, `/datasets?dataset=${filled.dataset}&view=statistics`, `/datasets?dataset=${filled.dataset}&view=faults`,
  '/annotate', `/annotate?dataset=${filled.dataset}&sample=0`, `/annotate?dataset=${filled.dataset}&sample=1`, `/annotate?dataset=${filled.dataset}&view=agreement`,
  '/train?tab=history', `/train/${encodeURIComponent(filled.run)}`, `/train/${encodeURIComponent(filled.run)}?view=checkpoints`, `/train/${encodeURIComponent(filled.run)}?view=log`, `/train/${encodeURIComponent(filled.run)}?view=config`,
  `/rollouts?run=${encodeURIComponent(filled.run)}&step=1`, '/evaluate', `/evaluate/${filled.evaluations[0]}`, `/evaluate/-/compare?names=${filled.evaluations.join(',')}`, `/playground?asked=${filled.asked}`, '/demo', '/models', '/settings',
];

/** The page has drawn what it waits for. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(150);
  await page.waitForFunction(() => document.querySelector('.mantine-Skeleton-root') === null, undefined, { timeout: 5000 }).catch(() => {});
}

describe.each(['en', 'zh'] as const)('%s', (language) => {
  test.each(['empty', 'with data'] as const)('nothing serious in anybody’s way: %s', async (kind) => {
    const { page, origin } = await open(kind === 'empty' ? undefined : filled.home, language, 100);
    const found: string[] = [];
    for (const address of kind === 'empty' ? everywhere : withData()) {
      await page.goto(`${origin}/#${address}`);
      await settle(page);
      // What is drawn is the same in both schemes but for its colours, and these are the same in all languages.
      for (const colorScheme of language === 'en' ? (['light', 'dark'] as const) : (['light'] as const)) {
        await page.emulateMedia({ colorScheme });
        found.push(...(await seriousFindings(page, colorScheme === 'light' ? 'everything' : 'colours')).map((each) => `${address} ${colorScheme}: ${each}`));
      }
    }
    expect(found).toEqual([]);
    await page.close();
  });
});

test.each(['en', 'zh'] as const)('large text is not cut at the side: %s', async (language) => {
  const { page, origin } = await open(filled.home, language, 130);
  const cut: string[] = [];
  for (const address of [...everywhere, ...withData()]) {
    await page.goto(`${origin}/#${address}`);
    await settle(page);
    cut.push(...(await cutAtTheSide(page)).map((each) => `${address}: ${each}`));
  }
  expect(cut).toEqual([]);
  await page.close();
});

// What a window of 1280 × 800 is when a browser shows it at 200 %.
test.each(['en', 'zh'] as const)('at 200 % nothing is cut at the side or out of reach: %s', async (language) => {
  const { page, origin } = await open(filled.home, language, 100, { width: 640, height: 400 });
  const found: string[] = [];
  for (const address of [...everywhere, ...withData()]) {
    await page.goto(`${origin}/#${address}`);
    await settle(page);
    found.push(...[...(await cutAtTheSide(page)), ...(await outOfReach(page))].map((each) => `${address}: ${each}`));
  }
  expect(found).toEqual([]);
  await page.close();
});

/** Controls of which no scrolling brings more than half into sight. */
const outOfReach = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const folded = (element: Element): boolean => element.tagName !== 'SUMMARY' && element.closest('details:not([open])') !== null;
    const parents = (element: Element): readonly Element[] => (element.parentElement ? [element.parentElement, ...parents(element.parentElement)] : []);
    const inSight = (element: Element): number => {
      element.scrollIntoView({ block: 'center', inline: 'nearest' });
      const whole = element.getBoundingClientRect();
      const frames = [new DOMRect(0, 0, innerWidth, innerHeight), ...parents(element).filter((each) => getComputedStyle(each).overflow !== 'visible').map((each) => each.getBoundingClientRect())];
      const side = (from: 'left' | 'top', to: 'right' | 'bottom'): number => Math.max(0, Math.min(whole[to], ...frames.map((each) => each[to])) - Math.max(whole[from], ...frames.map((each) => each[from])));
      return (side('left', 'right') * side('top', 'bottom')) / (whole.width * whole.height);
    };
    return [...document.querySelectorAll('button, a[href]:not([href="#page"]), textarea, [role="tab"]')]
      .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !folded(each) && each.getBoundingClientRect().width > 0 && each.getBoundingClientRect().height < innerHeight / 2)
      .filter((each) => inSight(each) < 0.5)
      .map((each) => `${each.tagName} ${each.getAttribute('aria-label') ?? each.textContent.slice(0, 40)} is out of reach`);
  });

/** What reaches beyond the window, or beyond the page's own part of it. Boxes that scroll by themselves may hold more than they show. */
const cutAtTheSide = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const main = document.querySelector('#page');
    const over = [document.documentElement, ...(main ? [main] : [])].filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1).map(({ tagName, scrollWidth, clientWidth }) => `${tagName} is ${scrollWidth} wide in ${clientWidth}`);
    const scrolls = (element: Element | null): boolean => element !== null && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(element).overflowX) ? element !== main && element !== document.body && element !== document.documentElement : scrolls(element.parentElement));
    const beyond = [...document.querySelectorAll('button, a, h1, h2, input')].filter((each) => each.getBoundingClientRect().width > 0 && each.getBoundingClientRect().right > innerWidth + 1 && !scrolls(each.parentElement)).map((each) => `${each.tagName} ${each.textContent.slice(0, 40)}`);
    // A button says all its words.
    const short = [...document.querySelectorAll('.mantine-Button-label')].filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1).map((each) => `${each.textContent} is cut`);
    // Chinese breaks between any two characters: squeezed words stand upon each other.
    const stacked = [...document.querySelectorAll<HTMLElement>('#page :is(a, button, h1, h2)')].filter((each) => {
      const { width, height } = each.getBoundingClientRect();
      const em = Number.parseFloat(getComputedStyle(each).fontSize);
      return each.textContent.length > 2 && width > 0 && width < 2 * em && height > 2.5 * em;
    }).map((each) => `${each.textContent.slice(0, 40)} stands in a column`);
    return [...over, ...beyond, ...short, ...stacked];
  });
