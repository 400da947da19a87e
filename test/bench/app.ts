import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { engineProcessOf } from '../e2e/engine-process.ts';
import { openBrowser } from '../e2e/browser.ts';
import { serveApp } from '../e2e/served-app.ts';
import { type Benchmark, median } from './benchmark.ts';

const rounds = 5;
const idleMs = 5000;

/** MiB that a process holds in memory (VmRSS). */
const residentMiB = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** The app from its start to the first page, what that page loads, and what it holds when nothing happens. */
export const app: Benchmark = {
  name: 'app',
  summary: 'arft serve: from its start to the first page, size of that page’s files, memory when idle (npm run build first)',
  options: {},
  run: async (_, { figure, note }) => {
    const browser = await openBrowser();
    const [listening, drawn]: [number[], number[]] = [[], []];
    try {
      for (let round = 0; round < rounds; round++) {
        const start = performance.now();
        const served = await serveApp();
        try {
          listening.push(performance.now() - start);
          const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
          const sizes: number[] = [];
          const reading: Promise<void>[] = [];
          page.on('response', (response) => {
            if (/\.(js|css|html)$|\/$/.test(new URL(response.url()).pathname) && response.status() === 200) reading.push(response.body().then((body) => void sizes.push(gzipSync(body).byteLength)));
          });
          await page.goto(served.url);
          await page.getByRole('heading', { level: 1 }).waitFor();
          drawn.push(performance.now() - start);
          if (round === 0) {
            await page.waitForLoadState('networkidle');
            await Promise.all(reading);
            figure('files of the first page, gzipped', sizes.reduce((a, b) => a + b, 0) / 1000, 'kB');
            note(`letting it rest for ${idleMs / 1000} s`);
            await new Promise((resolve) => setTimeout(resolve, idleMs));
            figure('idle: the process that watches', residentMiB(served.process.pid ?? 0), 'MiB');
            figure('idle: the engine', residentMiB(engineProcessOf(served.process)), 'MiB');
            const heap = (await page.evaluate(() => (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize)) ?? 0;
            figure('idle: the page’s JavaScript', heap / 1024 ** 2, 'MiB');
          }
          await page.close();
        } finally {
          await served.close();
        }
      }
    } finally {
      await browser.close();
    }
    figure('start to listening, median', median(listening), 'ms');
    figure('start to the first page, median', median(drawn), 'ms');
    figure('start to the first page, slowest', Math.max(...drawn), 'ms');
  },
};
