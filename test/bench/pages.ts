import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { openStore } from '../../main/store/store.ts';
import { openBrowser } from '../e2e/browser.ts';
import { serveApp } from '../e2e/served-app.ts';
import { type Benchmark, median, wholeNumber } from './benchmark.ts';
import { writeRun, writeSamples } from './filled-store.ts';
import { randomNumbers, zipfRanks } from './zipf-corpus.ts';

const rounds = 5;
const metricsOfARun = 100;
const readingMs = 6000;

/** What the code below uses of the window that it is handed to. */
type Window = {
  readonly location: { hash: string };
  readonly document: { querySelector(selector: string): { scrollTop: number; readonly scrollHeight: number } | null };
  readonly requestAnimationFrame: (listener: (time: number) => void) => void;
};

/** Milliseconds until the frame in which `selector` first matches, from the moment the address changed: what a click on a link does. */
async function paintedAfter(page: Page, address: string, selector: string): Promise<number> {
  return page.evaluate(async ([hash, wanted]) => {
    const { location, document, requestAnimationFrame } = globalThis as unknown as Window;
    const start = performance.now();
    location.hash = hash as string;
    for (;;) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (performance.now() - start > 30_000) throw new Error(`nothing matches ${wanted}`);
      if (document.querySelector(wanted as string)) break;
    }
    // What was found in this frame is on the screen with the next.
    await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - start;
  }, [address, selector]);
}

/** Scrolls through a list for some seconds; the longest time between two frames. */
const longestFrame = (page: Page, selector: string): Promise<number> => page.evaluate(async (wanted) => {
  const { document, requestAnimationFrame } = globalThis as unknown as Window;
  const list = document.querySelector(wanted);
  if (!list) throw new Error(`nothing matches ${wanted}`);
  let [longest, last] = [0, performance.now()];
  for (let i = 0; i < 180; i++) {
    list.scrollTop += i < 90 ? 400 : list.scrollHeight / 120;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    [longest, last] = [Math.max(longest, now - last), now];
  }
  return longest;
}, selector);

/** Pages of a large data folder in a real browser: from the click to the picture. */
export const pages: Benchmark = {
  name: 'pages',
  summary: 'pages of a data folder with 100,000 samples, 1,000 runs and a run of 100,000 steps, from the click to the picture (npm run build first)',
  options: { samples: { type: 'string', default: '100000' }, runs: { type: 'string', default: '1000' }, points: { type: 'string', default: '10000' }, steps: { type: 'string', default: '100000' } },
  run: async (options, { figure, note }) => {
    const home = mkdtempSync(path.join(os.tmpdir(), 'arft-bench-pages-'));
    const count = (name: string): number => wholeNumber(options[name], name);
    const browser = await openBrowser();
    try {
      note('filling a data folder …');
      const dataset = await fill(home, { samples: count('samples'), runs: count('runs'), points: count('points'), steps: count('steps') });
      const served = await serveApp(home);
      try {
        const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
        await page.goto(served.url);
        await page.getByRole('heading', { level: 1 }).waitFor();
        // Somebody reads the first page; its code fetches the others meanwhile.
        await new Promise((resolve) => setTimeout(resolve, readingMs));
        const go = (address: string): Promise<void> => page.evaluate((hash) => void ((globalThis as unknown as Window).location.hash = hash), address);
        const timed = async (name: string, address: string, selector: string): Promise<void> => {
          const times: number[] = [];
          for (let round = 0; round < rounds; round++) {
            await go('#/settings');
            await page.getByRole('heading', { level: 1 }).waitFor();
            times.push(await paintedAfter(page, address, selector));
          }
          figure(`${name}, first`, times[0] as number, 'ms');
          figure(`${name}, median of the others`, median(times.slice(1)), 'ms');
        };
        await timed('history of runs', '#/train', '[role=row] a[href*="run-"]');
        await timed(`a chart of ${count('steps')} points`, '#/train/long', '.uplot canvas');
        await timed('first rows of the dataset', `#/datasets?dataset=${dataset}`, '[role=grid] [role=rowgroup] input[type=checkbox]');
        await go(`#/datasets?dataset=${dataset}`);
        await page.locator('[role=grid] [role=rowgroup] [role=row]').first().waitFor();
        figure('longest frame while scrolling through all samples', await longestFrame(page, '[role=grid]'), 'ms');
      } finally {
        await served.close();
      }
    } finally {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    }
  },
};

async function fill(home: string, { samples, runs, points, steps }: { readonly samples: number; readonly runs: number; readonly points: number; readonly steps: number }): Promise<number> {
  const random = randomNumbers(1);
  const file = path.join(home, 'samples.jsonl');
  const store = openStore(home);
  try {
    writeSamples(file, samples, { draw: zipfRanks(random), upTo: (n) => Math.floor(random() * n) });
    const { id } = await store.datasets.import({ name: 'large', files: [file], images: false });
    for (let i = 0; i < runs; i++) writeRun(home, `run-${i}`, Math.ceil(points / metricsOfARun), metricsOfARun);
    writeRun(home, 'long', steps, 3);
    await store.indexer.look();
    return id;
  } finally {
    await store.close();
  }
}
