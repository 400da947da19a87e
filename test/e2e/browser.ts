import { existsSync } from 'node:fs';
import packed from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const installed = ['/usr/bin/google-chrome', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`];

/** A real Chromium without a screen: the machine's own, else the one that an npm package carries. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env['ARFT_CHROMIUM'] ?? installed.find((file) => existsSync(file)) ?? (await packed.executablePath());
  return chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...more],
  });
}
