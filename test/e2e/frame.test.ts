import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from './browser.ts';
import { engineProcessOf } from './engine-process.ts';
import { type ServedApp, serveApp } from './served-app.ts';

let app: ServedApp;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

test('the first page offers three ways to begin', async () => {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(app.url);
  await expect.poll(() => page.getByRole('link', { name: /quickstart/i }).count()).toBe(1);
  expect(new URL(page.url()).search).toBe('');
  expect(faults).toEqual([]);
});

test('where no Python is there, the playground says that code cannot run, and where it is made', async () => {
  await page.getByRole('link', { name: 'Playground', exact: true }).click();
  await page.getByText('It cannot run on this machine yet.').waitFor();
  await page.getByRole('link', { name: 'See Settings' }).click();
  await page.getByRole('button', { name: 'Make the private Python' }).waitFor();
  await page.getByRole('link', { name: 'Playground', exact: true }).click();
  await page.getByRole('switch', { name: 'Python in the sandbox' }).press('Space');
  await page.getByText('It cannot run on this machine yet.').waitFor({ state: 'detached' });
});

test('a page begins at its top, and stands where it was left when one goes back to it', async () => {
  await page.setViewportSize({ width: 1000, height: 420 });
  const down = () => page.locator('#page').evaluate((element) => element.scrollTop);
  const scrollTo = async (to: number): Promise<void> => {
    await page.locator('#page').evaluate((element, top) => element.scrollTo({ top }), to);
    await expect.poll(down).toBe(to);
  };
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('heading', { name: 'This machine' }).waitFor();
  await scrollTo(300);
  await page.getByRole('link', { name: 'Playground', exact: true }).click();
  await page.getByText('Who answers').waitFor();
  await expect.poll(down).toBe(0);
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('heading', { name: 'This machine' }).waitFor();
  await expect.poll(down).toBe(0);
  await scrollTo(250);
  await page.getByRole('link', { name: 'Start', exact: true }).click();
  await page.getByRole('link', { name: /quickstart/i }).waitFor();
  await expect.poll(down).toBe(0);
  await page.goBack();
  await page.getByRole('heading', { name: 'This machine' }).waitFor();
  await expect.poll(down).toBe(250);
  await page.getByRole('link', { name: 'Start', exact: true }).click();
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('a time in which nothing ran is told when the machine is back', { timeout: 90_000 }, async () => {
  const engine = engineProcessOf(app.process);
  process.kill(engine, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 42_000));
  process.kill(engine, 'SIGCONT');
  const notice = page.getByText('Nothing ran here for');
  await notice.waitFor();
  expect(await notice.count()).toBe(1);
  expect(engineProcessOf(app.process)).toBe(engine);
});

test('the palette opens by the keyboard and changes the language', async () => {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Go to, or do').fill('中文');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '看它学习' }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
});

test('an engine that is killed comes back, and the window says so', async () => {
  const engine = engineProcessOf(app.process);
  process.kill(engine, 'SIGKILL');
  await page.getByText('引擎已退出').waitFor();
  await page.getByText('引擎已退出').waitFor({ state: 'detached' });
  await page.getByText('内存已用').waitFor();
});

test('an app that has ended says so, and what is started again is found', { timeout: 90_000 }, async () => {
  // Held, it starts no engine again.
  app.process.kill('SIGSTOP');
  process.kill(engineProcessOf(app.process), 'SIGKILL');
  await page.getByText('引擎已退出').waitFor();
  await page.getByText('程序已不再运行').waitFor({ timeout: 30_000 });
  app.process.kill('SIGCONT');
  await page.getByText('程序已不再运行').waitFor({ state: 'detached', timeout: 30_000 });
  await page.getByText('内存已用').waitFor();
});
