import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFindings } from './axe.ts';
import { openBrowser } from './browser.ts';
import { openLateWindow } from './late-window.ts';
import { homeWithPython } from './home-with-python.ts';
import { type ServedApp, serveApp } from './served-app.ts';

// From images to MAT's files: two people, the real engine, the real sandbox. Once samples are there, keys alone do the work.

let home: string;
let app: ServedApp;
let browser: Browser;
let page: Page;
const faults: string[] = [];

/** A picture whose turns differ. */
const picture = (colour: string): Promise<Buffer> => sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><rect width="320" height="200" fill="#eee"/><rect x="20" y="20" width="120" height="60" fill="${colour}"/><circle cx="260" cy="150" r="30"/></svg>`)).png().toBuffer();

beforeAll(async () => {
  home = await homeWithPython('annotate');
  [app, browser] = await Promise.all([serveApp(home), openBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US', reducedMotion: 'reduce' });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(app.url);
  await page.getByRole('link', { name: 'Annotate' }).waitFor();
});
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(home, { recursive: true, force: true });
});

const press = async (...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
const type = (text: string): Promise<void> => page.keyboard.type(text);
const address = (): URLSearchParams => new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
const open = (search: string): Promise<unknown> => page.goto(`${new URL(app.url).origin}/#/annotate${search}`);
const question = () => page.getByRole('textbox', { name: 'Question', exact: false }).first();
const says = (words: string): Promise<void> => page.getByText(words).first().waitFor();
/** Somebody else sits down. */
async function sit(name: string): Promise<void> {
  await page.getByRole('button', { name: /^I am / }).click();
  await page.getByLabel('Your name').fill(name);
  await press('Enter');
  await page.getByRole('button', { name: `I am ${name}` }).waitFor();
}

test('images become samples; one that is broken is left out with its reason; a name is asked once', async () => {
  await press('g', 'a');
  await says('Nothing to annotate yet');
  await page.getByRole('button', { name: 'New samples from images' }).click();
  const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/png', buffer });
  await page.locator('input[type=file]').setInputFiles([file('red.png', await picture('red')), file('torn.png', Buffer.from('no image')), file('green.png', await picture('green')), file('blue.png', await picture('blue'))]);
  await page.getByLabel('Name of the dataset').fill('signs');
  await page.getByRole('button', { name: 'Make 4 samples' }).click();
  await says('3 samples were made.');
  await page.getByRole('listitem').filter({ hasText: 'torn.png' }).waitFor();
  await page.getByRole('button', { name: 'Begin to annotate' }).click();
  await page.getByRole('dialog', { name: 'Who annotates here?' }).waitFor();
  await type('Ann');
  await press('Enter');
  await says('1 of 3');
  await page.getByRole('button', { name: 'a gold answer' }).waitFor();
  expect(address().get('sample')).toBe('0');
});

test('the picture is really spoilt, and cleaned again; what excludes each other changes places', async () => {
  await press('3');
  await page.getByRole('slider').waitFor();
  const toggle = (name: string) => page.getByRole('button', { name }).getAttribute('aria-pressed');
  await press('4');
  await expect.poll(() => toggle('overexposed')).toBe('true');
  expect(await toggle('dark')).toBe('false');
  await press('4');
  await page.getByRole('slider').waitFor({ state: 'detached' });
  await press('1');
  await page.getByRole('slider').waitFor();
  expect(await toggle('rotated by 90°')).toBe('true');
});

test('question, answers and a chain are written; code runs in the sandbox and shows the next step its image', async () => {
  await press('q');
  await type('Which colour has the box?');
  await press('Escape', 'a');
  await type('red\nscarlet');
  await press('Escape', 'u');
  const editor = page.getByRole('textbox', { name: 'Python of step 2' });
  await editor.waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('contenteditable'))).toBe('true');
  await press('Control+a');
  await type("import cv2\nimage = cv2.imread('path_to_input_image.jpg')\ncv2.imwrite('path_to_output_image.jpg', cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE))");
  await page.getByRole('button', { name: 'an image from the code' }).waitFor();
  await press('Control+Enter');
  await says('The sandbox answered');
  await says('Nothing is lacking.');
  await expect.poll(() => editor.innerText()).toContain('ROTATE_90_CLOCKWISE');
  expect(await page.getByRole('textbox', { name: 'Answer of step 3' }).inputValue()).toBe('red');
  await press('Escape');
  expect(await page.getByRole('textbox', { name: /^What is wrong with the image, step 1/ }).inputValue()).toBe("{'rotation90'}");
});

test('a step moves and goes by its keys; undo brings it back', async () => {
  const kinds = (): Promise<readonly string[]> => page.locator('[data-step]').evaluateAll((cards) => cards.map((card) => card.getAttribute('data-kind') ?? ''));
  await press('w', 'Alt+PageDown');
  await expect.poll(kinds).toEqual(['code', 'problem', 'answer']);
  await press('Alt+PageUp');
  await expect.poll(kinds).toEqual(['problem', 'code', 'answer']);
  await press('Escape', 's');
  await expect.poll(kinds).toEqual(['problem', 'code', 'answer', 'search']);
  await press('Alt+Delete');
  await expect.poll(kinds).toEqual(['problem', 'code', 'answer']);
  await says('Nothing is lacking.');
});

test('a reload in the middle of typing loses nothing', async () => {
  await press('Escape', 'j');
  await says('2 of 3');
  await press('q');
  await type('Half a sen');
  await page.reload();
  await says('2 of 3');
  await expect.poll(() => question().inputValue()).toBe('Half a sen');
  await says('Saved');
  // What is written while an earlier part is on its way is not written over.
  await press('q', 'End');
  await page.keyboard.type('tence with enough words to be saved more than once meanwhile', { delay: 30 });
  expect(await question().inputValue()).toBe('Half a sentence with enough words to be saved more than once meanwhile');
  await press('Escape');
  await page.reload();
  await expect.poll(() => question().inputValue()).toBe('Half a sentence with enough words to be saved more than once meanwhile');
});

test('a page that is opened while the most urgent sample is looked for stays', async () => {
  // The search for it reaches the engine late.
  const window = await openLateWindow(browser, app.url, /annotate\.page.*"limit":1\}/);
  const other = window.page;
  await other.goto(`${new URL(app.url).origin}/#/annotate?dataset=${address().get('dataset')}&view=agreement`);
  await expect.poll(() => window.waiting()).toBeGreaterThan(0);
  await other.goto(`${new URL(app.url).origin}/#/models`);
  await other.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  window.release();
  await other.waitForTimeout(1000);
  expect(new URL(other.url()).hash).toBe('#/models');
  await other.close();
});

test('of a field that two windows write, the later one is told, shows both values, and its writer chooses', async () => {
  const window = await openLateWindow(browser, app.url);
  const other = window.page;
  await other.goto(page.url());
  const field = other.getByRole('textbox', { name: 'Question', exact: false }).first();
  const before = await question().inputValue();
  await expect.poll(() => field.inputValue()).toBe(before);
  const waiting = (): Promise<number> => page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('arft-annotate-')).length);
  const write = async (mine: string, first: string): Promise<void> => {
    window.hold(/./);
    await field.fill(mine);
    await question().fill(first);
    await expect.poll(waiting).toBe(0);
    await expect.poll(() => window.waiting()).toBeGreaterThan(0);
    window.release();
    await other.getByRole('alert').getByText(first).waitFor();
    expect(await other.getByRole('alert').getByText(mine).count()).toBe(1);
    expect(await seriousFindings(other)).toEqual([]);
  };
  await write('Which colour?', 'Which form?');
  await other.getByRole('button', { name: 'Keep it as it is' }).click();
  await expect.poll(() => field.inputValue()).toBe('Which form?');
  await write('Which colour has it?', 'Which form has it?');
  await other.getByRole('button', { name: 'Write yours' }).click();
  await expect.poll(() => question().inputValue()).toBe('Which colour has it?');
  expect(await other.getByRole('alert').count()).toBe(0);
  await question().fill(before);
  await expect.poll(waiting).toBe(0);
  await press('Escape');
  await other.close();
});

test('the image is exchanged and what was written stays; code runs again; a broken file changes nothing; undo brings the old one back', async () => {
  await press('k');
  await says('1 of 3');
  const pane = page.locator('[data-image-pane]');
  const choose = (name: string, buffer: Buffer): Promise<void> => pane.locator('input[type=file]').setInputFiles({ name, mimeType: 'image/png', buffer });
  const shown = (): Promise<string | null> => pane.locator('img').last().getAttribute('src');
  const old = await shown();
  await choose('torn.png', Buffer.from('no image'));
  await pane.getByRole('alert').getByText('torn.png').waitFor();
  expect(await shown()).toBe(old);
  await choose('better.png', await picture('purple'));
  await says('The image is exchanged.');
  await says('Code must run again.');
  expect(await pane.getByRole('alert').count()).toBe(0);
  await page.getByRole('button', { name: 'an image from the code' }).waitFor();
  await pane.getByRole('slider').waitFor({ state: 'detached' });
  expect(await page.getByRole('button', { name: 'rotated by 90°' }).getAttribute('aria-pressed')).toBe('false');
  const fresh = await shown();
  expect(fresh).not.toBe(old);
  expect(await question().inputValue()).toBe('Which colour has the box?');
  expect(await page.getByRole('textbox', { name: 'Answer of step 3' }).inputValue()).toBe('red');
  expect(await seriousFindings(page)).toEqual([]);
  // Another window, which does not know of the next exchange yet.
  const window = await openLateWindow(browser, app.url);
  const other = window.page;
  await other.goto(page.url());
  const others = other.locator('[data-image-pane]');
  await others.locator(`img[src="${fresh}"]`).waitFor();
  window.hold(/annotate\.change/);
  await others.locator('input[type=file]').setInputFiles({ name: 'late.png', mimeType: 'image/png', buffer: await picture('orange') });
  await expect.poll(() => window.waiting()).toBe(1);
  await choose('first.png', await picture('navy'));
  await expect.poll(shown).not.toBe(fresh);
  await says('Saved');
  const first = (await shown()) as string;
  window.release();
  const note = other.getByRole('alert').filter({ hasText: 'Another window changed this sample meanwhile' });
  await note.waitFor();
  expect(await note.locator('img').count()).toBe(2);
  expect(await seriousFindings(other)).toEqual([]);
  await note.getByRole('button', { name: 'Keep it as it is' }).click();
  await others.locator(`img[src="${first}"]`).waitFor();
  await other.close();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await press('Control+z');
  await says('Undone: the image of sample 1.');
  await expect.poll(shown).toBe(fresh);
  await press('Control+z');
  await expect.poll(shown).toBe(old);
  await says('Nothing is lacking.');
  await press('j');
  await says('2 of 3');
});

test('a part of the picture is drawn by the arrows, by dragging, and as numbers, and goes into the question', async () => {
  await press('7');
  const stage = page.getByRole('application');
  await stage.waitFor();
  const field = page.getByRole('textbox', { name: /^Part asked for/ });
  await press('ArrowRight', 'ArrowRight', 'Shift+ArrowDown');
  await expect.poll(() => field.inputValue()).toBe('310, 300, 710, 710');
  const { x, y, width, height } = (await stage.locator('svg').boundingBox()) as { x: number; y: number; width: number; height: number };
  await page.mouse.move(x + width * 0.05, y + height * 0.05);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.3, y + height * 0.2);
  await page.mouse.move(x + width * 0.45, y + height * 0.25);
  await page.mouse.up();
  const drawn = (await field.inputValue()).split(', ').map(Number);
  for (const [i, value] of [50, 50, 450, 250].entries()) expect(Math.abs((drawn[i] as number) - value)).toBeLessThan(8);
  await press('Enter');
  await stage.waitFor({ state: 'detached' });
  await field.fill('50, 100, 450, 400');
  await page.getByRole('button', { name: 'Write the part into the question' }).click();
  await expect.poll(() => question().inputValue()).toMatch(/ \[50, 100, 450, 400\]$/);
});

test('a search asks a corpus, and what is chosen becomes what later steps see', async () => {
  await page.getByRole('radio', { name: 'search' }).waitFor({ state: 'attached' });
  await page.getByText('Kind of question').click();
  await press('t', 'u');
  await page.getByRole('textbox', { name: 'Search words of step 1' }).waitFor();
  await type('A colour');
  await press('Control+Enter');
  await page.getByRole('checkbox', { name: /^Passage 1:/ }).waitFor();
  await press('Alt+1');
  await press('Alt+2');
  await expect.poll(() => page.getByRole('textbox', { name: 'Information after step 1' }).inputValue()).toMatch(/^1\. Content: .+ 2\. Content: .+$/);
  await says('Saved');
  await press('Escape');
});

test('what is lacking stops the submission and is shown; the finished sample goes to the reviewer, and back by undo', async () => {
  await press('Control+Shift+Enter');
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('annotate-answers');
  await press('Escape', 'k');
  await says('1 of 3');
  await press('q', 'Control+Shift+Enter');
  await says('Sample 1 is with the reviewer.');
  await expect.poll(() => address().get('sample')).toBe('1');
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await press('Control+z');
  await says('Undone: the submission of sample 1.');
  await expect.poll(() => address().get('sample')).toBe('0');
  await press('Control+Shift+z');
  await says('Done again: the submission of sample 1.');
  await says('Waits for a reviewer.');
});

test('the reviewer answers before they see the annotation, and returns it with a note', async () => {
  await sit('Bo');
  await says('Ann submitted this sample.');
  expect(await page.getByText('scarlet').count()).toBe(0);
  expect(await page.getByRole('slider').count()).toBe(0);
  await press('a');
  await type('crimson');
  await press('Escape', '1');
  await page.reload();
  await expect.poll(() => page.getByRole('textbox', { name: 'Your answer' }).inputValue()).toBe('crimson');
  await press('Control+Enter');
  await says('scarlet');
  await page.getByRole('slider').first().waitFor();
  await press('n');
  await type('Crimson should count, too.');
  await press('Control+Enter');
  await says('went back with your note');
});

test('the annotator reads the note, mends it and submits again; then it is accepted', async () => {
  await sit('Ann');
  await says('Bo returned it:');
  await says('Crimson should count, too.');
  await press('a', 'Control+End', 'Enter');
  await type('crimson');
  await press('Control+Shift+Enter');
  await says('Sample 1 is with the reviewer.');
  await open('?dataset=1&state=submitted');
  await says('1 of 3');
  await sit('Bo');
  await press('a');
  await type('crimson');
  await press('Escape', '1', 'Control+Enter');
  await says('Why it was returned before');
  await press('y');
  await says('Sample 1 is accepted.');
});

test('the agreement of the two is told', async () => {
  await open('?dataset=1&view=agreement');
  await page.getByRole('row', { name: /^Same answer/ }).getByText('1 of 1 · 100 %').waitFor();
  await page.getByRole('row', { name: /^Ann/ }).waitFor();
  await says('1 is always, 0 no more than by chance');
});

test('what was accepted is exported as MAT’s training file', async () => {
  await open('?dataset=1&sample=0');
  await says('Accepted by Bo.');
  await press('e');
  const dialog = page.getByRole('dialog', { name: 'Export signs' });
  await dialog.waitFor();
  expect(address().get('annotation')).toBe('accepted');
  expect(await dialog.getByLabel('Only the samples that fit the filters').isChecked()).toBe(true);
  await dialog.getByRole('combobox', { name: 'Format' }).click();
  await page.getByRole('option', { name: 'MAT-Coding, training' }).click();
  await dialog.getByLabel('Into a folder of this machine').fill(path.join(home, 'out'));
  await dialog.getByLabel('Write the images, too').check();
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await says('Wrote 3 rows.');
  const file = await dialog.getByText(/signs\.json/).innerText();
  const rows = JSON.parse(readFileSync(file.trim(), 'utf8')) as readonly Readonly<Record<'type' | 'image_path' | 'problem' | 'context' | 'solution', string>>[];
  expect(rows.map(({ type }) => type)).toEqual(['pre_problem', 'pre_code', 'pre_answer']);
  expect(rows[0]?.solution).toBe("<problem>{'rotation90'}</problem>");
  expect(rows[2]?.solution).toBe('<answer>red</answer>');
  expect(rows[2]?.context).toContain('ROTATE_90_CLOCKWISE');
  expect(rows[2]?.image_path).not.toBe(rows[0]?.image_path);
  const [turned, mended] = [rows[0], rows[2]].map((row) => path.join(path.dirname(file.trim()), row?.image_path ?? ''));
  expect(await sharp(turned).metadata()).toMatchObject({ width: 200, height: 320 });
  expect(await sharp(mended).metadata()).toMatchObject({ width: 320, height: 200 });
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  expect(address().get('export')).toBe(null);
  await page.getByText('1 of 3', { exact: true }).waitFor();
});

test('a sample in Datasets leads here, and the state is a filter there', async () => {
  await page.goto(`${new URL(app.url).origin}/#/datasets?dataset=1&sample=1`);
  await page.getByRole('combobox', { name: 'Annotation' }).waitFor();
  await page.getByRole('complementary', { name: 'Sample' }).getByRole('link', { name: 'Annotate' }).click();
  await says('2 of 3');
  expect(address().get('sample')).toBe('1');
});

test.each(['light', 'dark'] as const)('nothing serious stands in anybody’s way, in %s colours', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  for (const search of ['', '?new=true', '?dataset=1&sample=0', '?dataset=1&sample=1', '?dataset=1&sample=2', '?dataset=1&view=agreement']) {
    await open(search);
    await page.waitForTimeout(700);
    expect([search, ...(await seriousFindings(page))]).toEqual([search]);
  }
  expect(faults).toEqual([]);
});
