import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFindings } from './axe.ts';
import { openBrowser } from './browser.ts';
import { type ServedApp, serveApp } from './served-app.ts';

let home: string;
let app: ServedApp;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'arft-evaluate-page-'));
  [app, browser] = await Promise.all([serveApp(home), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(app.url);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(home, { recursive: true, force: true });
});

const open = (hash: string): Promise<unknown> => page.goto(`${new URL(app.url).origin}/#${hash}`);
const address = (): URLSearchParams => new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
const list = () => page.getByRole('navigation', { name: 'Items' });

/** Fills the form for the built-in task without tools, and starts it. */
async function start(script: string): Promise<string> {
  await open('/evaluate/-/new');
  await page.getByRole('combobox', { name: 'Built-in script' }).click();
  await page.getByRole('option', { name: script }).click();
  await page.getByRole('radiogroup', { name: 'How it answers' }).getByText('Directly').click();
  await page.getByRole('textbox', { name: 'Only the first' }).fill('30');
  await page.getByText('30 questions of the built-in task').waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /mini-/ }).waitFor();
  await list().getByRole('button').first().waitFor({ timeout: 60_000 });
  await expect.poll(() => page.getByRole('button', { name: /^All 30$/ }).count(), { timeout: 60_000 }).toBe(1);
  return decodeURIComponent(new URL(page.url()).hash.split('/').at(-1)?.split('?')[0] ?? '');
}

const names: string[] = [];

test('from the empty page to an evaluation whose items open', async () => {
  await open('/evaluate');
  await page.getByRole('link', { name: 'Evaluate the built-in task' }).click();
  await page.getByRole('heading', { name: 'New evaluation' }).waitFor();
  names.push(await start('Guesser'));
  expect(existsSync(path.join(home, 'evaluations', names[0] ?? '', 'samples.jsonl'))).toBe(true);
  await page.getByRole('button', { name: /^Wrong \d+$/ }).click();
  await expect.poll(() => address().get('outcome')).toBe('wrong');
  await expect.poll(() => list().locator('[aria-label="Right"]').count()).toBe(0);
  await page.keyboard.press('j');
  await expect.poll(() => address().get('item')).not.toBe(null);
  const article = page.getByRole('article');
  await article.getByText('differs from gold').or(article.getByText('partly right')).first().waitFor();
  await article.getByRole('button', { name: 'Enlarge: Image 1' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('no such question');
  await page.getByText('No item is like that.').first().waitFor();
}, 120_000);

test('two evaluations are set beside each other, and a number opens the items behind it', async () => {
  names.push(await start('Expert'));
  await open('/evaluate');
  for (const name of names) await page.getByRole('checkbox', { name: `Choose ${name}` }).check();
  await page.getByRole('button', { name: 'Compare' }).click();
  const won = page.getByRole('button', { name: /show (Won|Lost): [1-9]/ }).first();
  const count = (await won.textContent()) ?? '';
  await won.click();
  await expect.poll(() => address().get('kind')).toMatch(/better|worse/);
  await page.getByRole('navigation', { name: 'Pairs' }).getByRole('button').first().waitFor();
  await page.getByRole('button', { name: new RegExp(`^(Won|Lost) ${count}$`), pressed: true }).waitFor();
  await expect.poll(() => page.getByRole('article').count()).toBe(2);
  await page.keyboard.press('j');
  await expect.poll(() => address().get('item')).not.toBe(null);
}, 120_000);

test('predictions come in as a row beside the published one, and errors are said in words', async () => {
  const predictions = path.join(home, 'mine.jsonl');
  writeFileSync(predictions, '{"id":1,"pred_answer":"<img src=x onerror=harmed()>","gt":["b"]}\n{"id":2,"pred_answer":"c"}\n');
  await open('/evaluate/-/import');
  await page.getByRole('textbox', { name: 'Predictions' }).fill(predictions);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByRole('alert').getByText('gold answers in one of').waitFor();
  writeFileSync(predictions, '{"id":1,"pred_answer":"<img src=x onerror=harmed()>","gt":["b"]}\n{"id":2,"pred_answer":"c","gt":"c"}\n');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await list().getByText('<img src=x onerror=harmed()>').waitFor();
  await open('/evaluate');
  const group = page.getByRole('region', { name: 'MAT-Coding' });
  await group.getByText('49.78').waitFor();
  await group.getByRole('row', { name: /mine/ }).getByText('50.0', { exact: true }).first().waitFor();
}, 60_000);

test('a file’s long name keeps its beginning and its end, on one line, and is told in full', async () => {
  const file = `questions-${'of-the-second-try-'.repeat(12)}part-17.jsonl`;
  const predictions = path.join(home, file);
  writeFileSync(predictions, '{"id":1,"pred_answer":"b","gt":["b"]}\n');
  await open('/evaluate/-/import');
  await page.getByRole('textbox', { name: 'Predictions' }).fill(predictions);
  await page.getByRole('textbox', { name: 'Name of the row' }).fill('long');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await list().getByRole('button').first().waitFor();
  const name = page.locator('header').getByTitle(file);
  const end = page.locator('header').getByText(/part-17\.jsonl$/).last();
  const shown = async (): Promise<boolean> => {
    const [all, last] = await Promise.all([name.boundingBox(), end.boundingBox()]);
    return all !== null && last !== null && all.width < 400 && all.height < 30 && last.x + last.width <= all.x + all.width + 1;
  };
  expect(await name.innerText()).toMatch(/^questions-/);
  expect(await shown()).toBe(true);
  await open('/evaluate');
  const row = page.getByRole('row', { name: /long/ });
  const cell = await row.getByRole('cell').nth(1).boundingBox();
  const last = await row.getByText(/part-17\.jsonl$/).last().boundingBox();
  expect((last?.x ?? Number.NaN) + (last?.width ?? Number.NaN)).toBeLessThanOrEqual((cell?.x ?? Number.NaN) + (cell?.width ?? Number.NaN) + 1);
}, 60_000);

test('a dataset is evaluated on, and who was evaluated is asked in the playground', async () => {
  await open('/datasets');
  await page.getByRole('button', { name: 'Make the built-in task' }).click();
  await page.getByRole('textbox', { name: 'To train on' }).fill('3');
  await page.getByRole('textbox', { name: 'To test on' }).fill('2');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByText('5 samples').first().waitFor();
  await expect.poll(() => address().get('dataset'), { timeout: 15_000 }).not.toBeNull();
  await open(`/datasets?dataset=${address().get('dataset')}&split=test`);
  await page.getByText(/^2 of 5/).first().waitFor();
  await page.getByRole('button', { name: 'Evaluate on it' }).click();
  await page.getByRole('heading', { name: 'New evaluation' }).waitFor();
  await page.getByText(/^2 questions of .*\.jsonl/).waitFor();
  await page.getByRole('radiogroup', { name: 'Who answers' }).getByText('Local model').click();
  await page.getByRole('radiogroup', { name: 'How it answers' }).getByText('Directly').click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /starter/ }).waitFor();
  await page.getByRole('button', { name: 'Ask it' }).click();
  await page.getByRole('heading', { name: 'Who answers' }).waitFor();
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('arft-playground') ?? '{}') as Record<string, unknown>);
  expect(kept).toMatchObject({ kind: 'local', folder: expect.stringMatching(/starter$/), adapter: null, prompts: 'mini', direct: true });
  // A script is nobody to ask.
  await open(`/evaluate/${names[0]}`);
  await page.getByRole('button', { name: /^All 30$/ }).waitFor();
  expect(await page.getByRole('button', { name: 'Ask it' }).count()).toBe(0);
}, 60_000);

test('an evaluation whose folder is called new has a page like any other', async () => {
  cpSync(path.join(home, 'evaluations', names[0] ?? ''), path.join(home, 'evaluations/new'), { recursive: true });
  await open('/evaluate');
  await page.locator('a[href="#/evaluate/new"]').click();
  await page.getByRole('button', { name: /^All 30$/ }).waitFor();
}, 60_000);

test('what was deleted comes back by the notice', async () => {
  await open('/evaluate');
  await page.getByRole('button', { name: /^More: .*mine/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('link', { name: 'mine' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: 'mine' }).waitFor();
}, 60_000);

test.each(['light', 'dark'] as const)('nothing serious stands in anybody’s way, in %s colours', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  for (const [hash, mark] of [['/evaluate', 'Model'], ['/evaluate/-/new', 'Before it starts'], ['/evaluate/-/import', 'Import predictions'], [`/evaluate/${names[0]}`, 'Outcomes'], [`/evaluate/-/compare?names=${names.join(',')}`, 'Comparison']] as const) {
    await open(hash);
    await page.getByText(mark).first().waitFor();
    await page.waitForTimeout(300);
    expect(await seriousFindings(page), hash).toEqual([]);
  }
}, 60_000);

test('中文, and no fault in the console', async () => {
  await page.evaluate(() => localStorage.setItem('arft-language', 'zh'));
  await open('/evaluate');
  await page.reload();
  await page.getByRole('link', { name: '新建评测' }).waitFor();
  expect(faults).toEqual([]);
}, 30_000);
