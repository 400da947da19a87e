import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../e2e/browser.ts';
import { serveApp } from '../e2e/served-app.ts';
import { type Shot, emptyPages, faultPages, fullPages } from './pages.ts';

// npm run screenshots -- --home FOLDER [--out FOLDER] [--only NAME] [--width 1280|1920] [--scheme light|dark] [--language
// en|zh]: every page, full, empty and with errors. The data folder is copied; without one the pages are empty only. By itself
// it takes the settings in which pages differ most; with one of the last three, all those that agree with it.

const { values } = parseArgs({ options: { home: { type: 'string' }, out: { type: 'string', default: path.join(import.meta.dirname, '../../out/screenshots') }, only: { type: 'string' }, width: { type: 'string' }, scheme: { type: 'string' }, language: { type: 'string' } } });

const sizes = [[1280, 800], [1920, 1080]] as const;
const schemes = ['light', 'dark'] as const;
const languages = ['en', 'zh'] as const;
const settle = 1500;

type Setting = { readonly size: readonly [number, number]; readonly scheme: 'light' | 'dark'; readonly language: 'en' | 'zh' };

const settings: readonly Setting[] = sizes.flatMap((size) => schemes.flatMap((scheme) => languages.map((language): Setting => ({ size, scheme, language }))));
const chosen = values.width !== undefined || values.scheme !== undefined || values.language !== undefined;
const wanted = ({ size: [width], scheme, language }: Setting): boolean => (values.width ?? String(width)) === String(width) && (values.scheme ?? scheme) === scheme && (values.language ?? language) === language;
const narrow = ({ size, scheme }: Setting): boolean => size === sizes[0] && scheme === 'light';
const ofFull = settings.filter((each) => (chosen ? wanted(each) : each.language === 'en' || narrow(each)));
const ofBare = settings.filter((each) => (chosen ? wanted(each) : narrow(each)));

async function take(browser: Browser, url: string, folder: string, shots: readonly Shot[], { size: [width, height], scheme, language }: Setting): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  // A reviewer sits here: what others submitted is shown as it is reviewed.
  await page.addInitScript((chosen) => {
    localStorage.setItem('arft-language', chosen);
    localStorage.setItem('arft-annotator', 'Maria');
  }, language);
  await page.goto(url);
  // The first page fetches the code of the others after it is drawn.
  await page.waitForTimeout(2 * settle);
  for (const { name, address, prepare, english } of shots) {
    if ((values.only !== undefined && !name.includes(values.only)) || (english && language !== 'en')) continue;
    await page.goto(`${new URL(url).origin}/#${address}`);
    await page.waitForTimeout(settle);
    try {
      await prepare?.(page);
    } catch (error) {
      // A data folder need not hold an evaluation or an adapter.
      console.error(`${name}: left out. ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
      continue;
    }
    if (prepare) await page.waitForTimeout(2 * settle);
    const file = path.join(folder, `${name}-${width}-${scheme}-${language}.png`);
    await page.screenshot({ path: file });
    console.log(file);
  }
  await page.close();
}

async function photograph(browser: Browser, folder: string, home: string | undefined, shots: readonly Shot[], which: readonly Setting[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const app = await serveApp(home);
  try {
    for (const setting of which) await take(browser, app.url, folder, shots, setting);
  } finally {
    await app.close();
  }
}

const out = path.resolve(values.out);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'arft-screenshots-'));
const browser = await openBrowser();
try {
  if (values.home !== undefined && existsSync(values.home)) {
    const home = path.join(scratch, 'home');
    cpSync(values.home, home, { recursive: true, verbatimSymlinks: true });
    await photograph(browser, path.join(out, 'full'), home, fullPages, ofFull);
  }
  await photograph(browser, path.join(out, 'empty'), undefined, emptyPages, ofBare);
  await photograph(browser, path.join(out, 'error'), undefined, faultPages, ofBare);
} finally {
  await browser.close();
  rmSync(scratch, { recursive: true, force: true });
}
