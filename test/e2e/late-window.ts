import type { Browser, Page } from 'playwright-core';

/** A second annotator's window, of which chosen questions reach the engine late. */
export type LateWindow = {
  readonly page: Page;
  /** Questions that contain this wait from now on; those that wait already go on waiting. */
  hold(which: RegExp | undefined): void;
  /** How many wait. */
  waiting(): number;
  /** Sends those that wait, and holds no more. */
  release(): void;
};

export async function openLateWindow(browser: Browser, url: string, first?: RegExp): Promise<LateWindow> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US', reducedMotion: 'reduce' });
  page.setDefaultTimeout(20_000);
  await page.addInitScript(() => localStorage.setItem('arft-annotator', 'Bo'));
  const late: (() => void)[] = [];
  let held = first;
  await page.routeWebSocket(/.*/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (held?.test(String(message))) late.push(() => server.send(message));
      else server.send(message);
    });
  });
  await page.goto(url);
  await page.getByRole('link', { name: 'Annotate' }).waitFor();
  return {
    page,
    hold: (which) => void (held = which),
    waiting: () => late.length,
    release: () => {
      held = undefined;
      for (const send of late.splice(0)) send();
    },
  };
}
