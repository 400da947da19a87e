import { rmSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { openBrowser } from './browser.ts';
import { type FilledHome, fillHome } from './filled-home.ts';
import { type LateWindow, openLateWindow } from './late-window.ts';
import { type ServedApp, serveApp } from './served-app.ts';

/** The app on a filled home for the tests of a file; each test has a window of its own, in which no fault may happen. `fill` adds to the home. */
export function lateApp(fill: (filled: FilledHome) => Promise<void>) {
  let filled: FilledHome;
  let app: ServedApp;
  let browser: Browser;
  let late: LateWindow;
  let faults: string[];
  beforeAll(async () => {
    filled = await fillHome();
    await fill(filled);
    [app, browser] = await Promise.all([serveApp(filled.home), openBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
    rmSync(filled.home, { recursive: true, force: true });
  });
  beforeEach(async () => {
    faults = [];
    late = await openLateWindow(browser, app.url);
    late.page.setDefaultTimeout(10_000);
    late.page.on('pageerror', (error) => faults.push(String(error)));
  });
  afterEach(async () => {
    expect(faults).toEqual([]);
    await late.page.close();
  });
  return {
    get filled(): FilledHome {
      return filled;
    },
    get page(): Page {
      return late.page;
    },
    hold: (which: RegExp | undefined): void => late.hold(which),
    /** Questions that are held. */
    held: (): number => late.waiting(),
    release: (): void => late.release(),
    waiting: async (count = 1): Promise<void> => {
      await expect.poll(() => late.waiting()).toBeGreaterThanOrEqual(count);
    },
    at: (): string => new URL(late.page.url()).hash,
    go: (hash: string): Promise<unknown> => late.page.evaluate((to) => void (location.hash = to), hash),
    /** Longer than a late answer needs to do harm. */
    harm: (): Promise<void> => late.page.waitForTimeout(700),
  };
}
