import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { keepAsked, readAsked } from '../../main/engine/playground/asked.ts';
import { openStore } from '../../main/store/store.ts';
import { openBrowser } from './browser.ts';
import { type LateWindow, openLateWindow } from './late-window.ts';
import { type FilledHome, fillHome } from './filled-home.ts';
import { type ServedApp, serveApp } from './served-app.ts';

// What a page asks reaches the engine late, and whoever asked has gone on meanwhile.

let filled: FilledHome;
let second: number;
let app: ServedApp;
let browser: Browser;
let page: Page;
let faults: string[];
let late: LateWindow;

const release = (): void => late.release();
const waiting = async (count = 1): Promise<void> => {
  await expect.poll(() => late.waiting()).toBeGreaterThanOrEqual(count);
};
const at = (): string => new URL(page.url()).hash;
const go = (hash: string): Promise<unknown> => page.evaluate((to) => void (location.hash = to), hash);
/** Longer than a late answer needs to do harm. */
const harm = (): Promise<void> => page.waitForTimeout(700);

const question = () => page.getByRole('textbox', { name: 'Question', exact: false }).first();
/** A sample of the second dataset, to annotate. */
async function annotate(sample: number): Promise<void> {
  await go(`#/annotate?dataset=${second}&sample=${sample}`);
  await expect.poll(() => question().inputValue()).toContain(`question ${sample}`);
}
/** Back to the datasets to annotate before the answer comes: it is not to lead away from there. */
async function staysAtList(): Promise<void> {
  await go('#/annotate');
  await page.getByText('the third').first().waitFor();
  release();
  await harm();
  expect(at()).toBe('#/annotate');
}

beforeAll(async () => {
  filled = await fillHome();
  const { home } = filled;
  const { version: _, id: __, at: ___, ...asked } = await readAsked(home, filled.asked);
  await keepAsked(home, { ...asked, question: 'the second question' });
  await keepAsked(home, { ...asked, question: 'the third question' });
  const samples = path.join(home, 'files', 'second.jsonl');
  writeFileSync(samples, Array.from({ length: 5 }, (_each, i) => `${JSON.stringify({ version: 1, id: `s${i}`, task: 'search', question: `question ${i} of the second`, answers: ['7'], images: [] })}\n`).join(''));
  const store = openStore(home);
  second = (await store.datasets.import({ name: 'the second', files: [samples] })).id;
  await store.datasets.import({ name: 'the third', files: [samples] });
  await store.close();
  [app, browser] = await Promise.all([serveApp(home), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(filled.home, { recursive: true, force: true });
});
beforeEach(async () => {
  faults = [];
  late = await openLateWindow(browser, app.url);
  page = late.page;
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => faults.push(String(error)));
});
afterEach(async () => {
  expect(faults).toEqual([]);
  await page.close();
});

test('annotate: a sample that is opened while the most urgent one is looked for stays', async () => {
  late.hold(/annotate\.page.*"limit":1\}/);
  await go(`#/annotate?dataset=${second}`);
  await waiting();
  await page.getByRole('button', { name: /question 3/ }).click();
  await expect.poll(at).toContain('sample=3');
  release();
  await harm();
  expect(at()).toContain('sample=3');
});

test('annotate: another dataset that is opened meanwhile keeps its own sample', async () => {
  late.hold(/annotate\.page.*"limit":1\}/);
  await go(`#/annotate?dataset=${second}`);
  await waiting();
  await staysAtList();
});

test('annotate: what was submitted late does not lead away from the sample that is open by then', async () => {
  await annotate(0);
  late.hold(/annotate\.open/);
  await page.getByRole('button', { name: /Submit/ }).first().click();
  await waiting();
  late.hold(undefined);
  await annotate(3);
  await question().focus();
  release();
  await harm();
  expect(at()).toContain('sample=3');
  expect(await question().evaluate((element) => element === document.activeElement)).toBe(true);
});

test('annotate: undoing late does not lead away from a sample opened since', async () => {
  await annotate(1);
  await question().fill('question 1 changed');
  await page.waitForTimeout(1500);
  late.hold(/annotate\.undo/);
  await annotate(2);
  await page.locator('h1, h2').first().click();
  await page.keyboard.press('Control+z');
  await waiting();
  await staysAtList();
});

test('annotate: J twice leads two samples on', async () => {
  await annotate(0);
  await question().fill('question 0 changed');
  late.hold(/annotate\.page/);
  await page.keyboard.press('Escape');
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.waitForTimeout(1000);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.waitForTimeout(300);
  release();
  await harm();
  expect(at()).toContain('sample=2');
});

test('datasets: a dataset deleted late does not close the one that is open by then', async () => {
  const [third] = [second + 1];
  await go(`#/datasets?dataset=${third}`);
  await page.getByRole('heading', { name: 'the third' }).waitFor();
  late.hold(/datasets\.remove"/);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: /Delete/ }).click();
  await waiting();
  await go(`#/datasets?dataset=${second}`);
  await page.getByRole('heading', { name: 'the second' }).waitFor();
  release();
  await harm();
  expect(at()).toBe(`#/datasets?dataset=${second}`);
});

test('datasets: a late rename does not close another dialog', async () => {
  await go(`#/datasets?dataset=${second}`);
  await page.getByRole('heading', { name: 'the second' }).waitFor();
  late.hold(/datasets\.rename"/);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: /Rename/ }).click();
  await page.getByRole('dialog').getByRole('textbox').press('Enter');
  await waiting();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('dialog').waitFor();
  release();
  await harm();
  expect(await page.getByRole('dialog').count()).toBe(1);
});

test('datasets: a sample deleted late does not lead away from the one that is open by then, nor drop what was chosen since', async () => {
  await go(`#/datasets?dataset=${second}&sample=0`);
  await page.getByRole('complementary').getByText('question 0').first().waitFor();
  late.hold(/datasets\.removeSamples/);
  await page.keyboard.press('Delete');
  await waiting();
  await go(`#/datasets?dataset=${second}&sample=3`);
  await page.getByRole('complementary').getByText('question 3').first().waitFor();
  await page.keyboard.press('x');
  await page.getByText('1 chosen').waitFor();
  release();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  await harm();
  expect(at()).toContain('sample=3');
  expect(await page.getByText('1 chosen').count()).toBe(1);
});

test('train: two tags in a row both stay', async () => {
  await go(`#/train/${encodeURIComponent(filled.run)}?view=config`);
  const tags = page.getByRole('combobox', { name: 'Tags' }).or(page.getByRole('textbox', { name: 'Tags' })).first();
  await tags.waitFor();
  late.hold(/runs\.annotate/);
  await tags.fill('first');
  await tags.press('Enter');
  await tags.fill('other');
  await tags.press('Enter');
  await page.waitForTimeout(200);
  release();
  await harm();
  expect(await page.getByText('first', { exact: true }).count()).toBeGreaterThan(0);
  expect(await page.getByText('other', { exact: true }).count()).toBeGreaterThan(0);
});

test('train: a note that is being written when one goes back stays', async () => {
  await go('#/models');
  await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  await go(`#/train/${encodeURIComponent(filled.run)}?view=config`);
  const note = page.getByRole('textbox', { name: 'Note' });
  await note.fill('something new');
  await page.goBack();
  await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  await page.goForward();
  await expect.poll(() => note.inputValue()).toBe('something new');
});

test('train: what is written in the form of a run is there after a quick look elsewhere', async () => {
  await go('#/train/-/new');
  const steps = page.getByRole('textbox', { name: 'Steps' }).first();
  await steps.fill('77');
  await page.getByRole('link', { name: 'Models' }).click();
  await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  await page.waitForTimeout(600);
  expect(at()).toBe('#/models');
  await page.goBack();
  await steps.waitFor();
  expect(await steps.inputValue()).toBe('77');
});

test('evaluate: an evaluation deleted late does not pull back', async () => {
  await go(`#/evaluate/${filled.evaluations[0]}`);
  await page.getByRole('button', { name: 'More' }).first().click();
  late.hold(/evaluations\.remove/);
  await page.getByRole('menuitem', { name: /Delete/ }).click();
  await waiting();
  await go('#/models');
  await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  release();
  await harm();
  expect(at()).toBe('#/models');
});

test('evaluate: chosen ones deleted late leave another page its address', async () => {
  await go(`#/evaluate?chosen=${filled.evaluations[1]}`);
  late.hold(/evaluations\.remove/);
  await page.getByRole('button', { name: 'Delete' }).click();
  await waiting();
  await go(`#/train/${encodeURIComponent(filled.run)}?view=checkpoints`);
  await page.waitForTimeout(500);
  release();
  await harm();
  expect(at()).toContain('view=checkpoints');
});

test('evaluate: one that does not start says so where its form was left', async () => {
  await go('/evaluate/-/import');
  await page.getByRole('textbox', { name: 'Predictions', exact: true }).fill('/nothing/here.jsonl');
  late.hold(/evaluations\.importPredictions/);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await waiting();
  await go('/models');
  await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  release();
  await page.getByText('The predictions were not imported').waitFor();
  await page.getByText('/nothing/here.jsonl').waitFor();
  expect(at()).toBe('#/models');
});

test('playground: of two questions that are shown again, the later one stays', async () => {
  await go('#/playground');
  const first = page.getByRole('button', { name: /the second question/ }).first();
  await first.waitFor();
  late.hold(/playground\.get/);
  await first.click();
  await waiting();
  late.hold(undefined);
  await page.getByRole('button', { name: /the third question/ }).first().click();
  const field = page.getByRole('textbox', { name: 'Question' });
  await expect.poll(() => field.inputValue()).toBe('the third question');
  const there = at();
  release();
  await harm();
  expect(await field.inputValue()).toBe('the third question');
  expect(at()).toBe(there);
});

test('annotate: a search that is asked for before it is known what there is to search in is made then', async () => {
  late.hold(/playground\.choices/);
  await annotate(4);
  await page.keyboard.press('s');
  const words = page.getByRole('textbox', { name: 'Search words of step 1' });
  await words.fill('A colour');
  await waiting();
  await words.press('Control+Enter');
  release();
  await page.getByRole('checkbox', { name: /^Passage 1:/ }).waitFor({ timeout: 30_000 });
});

test('playground: what is written while a question is fetched stays', async () => {
  await go('#/playground');
  const first = page.getByRole('button', { name: /the second question/ }).first();
  await first.waitFor();
  late.hold(/playground\.get/);
  await first.click();
  await waiting();
  const field = page.getByRole('textbox', { name: 'Question' });
  await field.fill('my own words');
  release();
  await harm();
  expect(await field.inputValue()).toBe('my own words');
});

test('playground: an example that comes late does not end what was asked meanwhile', async () => {
  await go('#/playground');
  late.hold(/playground\.(example|ask)"/);
  await page.getByRole('button', { name: 'Try a built-in example' }).click();
  await waiting();
  const field = page.getByRole('textbox', { name: 'Question' });
  await field.fill('my own words');
  await page.getByRole('button', { name: 'Ask' }).click();
  await waiting(2);
  release();
  await harm();
  expect(await field.inputValue()).toBe('my own words');
});

test('playground: a double click takes one question off the list; what cannot be taken off is said', async () => {
  await go('#/playground');
  const remove = page.getByRole('button', { name: 'Remove from the list' });
  await remove.nth(1).waitFor();
  const count = await remove.count();
  await remove.first().dblclick();
  await expect.poll(() => remove.count()).toBe(count - 1);
  await harm();
  expect(await remove.count()).toBe(count - 1);
  expect(await page.getByText('This could not be done').count()).toBe(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => remove.count()).toBe(count);
  // The file of the latest is nowhere for a while.
  const folder = path.join(filled.home, 'playground');
  const latest = path.join(folder, readdirSync(folder).filter((name) => name.endsWith('.json')).toSorted().at(-1) as string);
  renameSync(latest, `${latest}.away`);
  await remove.first().click();
  await page.getByText('This could not be done').waitFor();
  renameSync(`${latest}.away`, latest);
});

test('playground: a double click asks, and does not interrupt at once', async () => {
  await go('#/playground');
  await page.getByRole('textbox', { name: 'Question' }).fill('asked twice?');
  late.hold(/playground\.ask"|"cancel"/);
  await page.getByRole('button', { name: 'Ask', exact: true }).dblclick();
  await waiting();
  await harm();
  expect(await page.getByRole('button', { name: 'Interrupt' }).count()).toBe(1);
  expect(late.waiting()).toBe(1);
});

test('playground: a question that was just put into the demo comes into its open form', async () => {
  await go('#/playground');
  const history = page.getByRole('navigation', { name: 'Asked before' });
  await history.getByText('the third question').waitFor();
  const put = history.getByRole('button', { name: 'Show in the demo', disabled: false }).first();
  await put.waitFor();
  late.hold(/"playground\.demo"/);
  await put.click();
  await waiting();
  await page.getByRole('button', { name: 'Demo', exact: true }).click();
  const titles = page.getByRole('dialog').getByRole('textbox', { name: /^Title of tile/ });
  await titles.first().waitFor();
  const count = await titles.count();
  release();
  await expect.poll(() => titles.count()).toBe(count + 1);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('playground: images that are handed in one after the other both stay', async () => {
  await go('#/playground');
  const files = page.locator('input[type=file]').first();
  const shot = (width: number) => page.screenshot({ clip: { x: 0, y: 0, width, height: 64 } });
  const [one, two] = [await shot(64), await shot(96)];
  late.hold(/playground\.keepImage/);
  await files.setInputFiles({ name: 'one.png', mimeType: 'image/png', buffer: one });
  await waiting();
  await files.setInputFiles({ name: 'two.png', mimeType: 'image/png', buffer: two });
  await waiting(2);
  release();
  await page.getByRole('button', { name: 'Remove image 2' }).waitFor();
});

test('settings: an address that is written on while it is saved stays', async () => {
  await go('#/settings');
  await page.getByRole('switch', { name: /search/i }).first().check({ force: true });
  const field = page.getByRole('textbox', { name: /address|endpoint/i }).first();
  await field.fill('http://127.0.0.1:1');
  late.hold(/settings\.setWeb/);
  await page.getByRole('button', { name: 'Save', exact: true }).first().click();
  await waiting();
  await field.fill('http://127.0.0.1:12');
  release();
  await harm();
  expect(await field.inputValue()).toBe('http://127.0.0.1:12');
});

test('settings: a key is not carried into the field of another', async () => {
  await go('#/settings');
  const set = page.getByRole('button', { name: /^Set/ });
  await set.first().click();
  await page.locator('input[type=password]').fill('secret-one');
  await set.first().click();
  expect(await page.locator('input[type=password]').inputValue()).toBe('');
});
