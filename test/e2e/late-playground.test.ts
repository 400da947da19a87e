import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { keepAsked, readAsked } from '../../main/engine/playground/asked.ts';
import { lateApp } from './late-app.ts';

// What the playground asks reaches the engine late, and whoever asked has gone on meanwhile.

const app = lateApp(async ({ home, asked: first }) => {
  const { version: _, id: __, at: ___, ...asked } = await readAsked(home, first);
  await keepAsked(home, { ...asked, question: 'the second question' });
  await keepAsked(home, { ...asked, question: 'the third question' });
});
const { at, go, harm, release, waiting } = app;

test('of two questions that are shown again, the later one stays', async () => {
  await go('#/playground');
  const first = app.page.getByRole('button', { name: /the second question/ }).first();
  await first.waitFor();
  app.hold(/playground\.get/);
  await first.click();
  await waiting();
  app.hold(undefined);
  await app.page.getByRole('button', { name: /the third question/ }).first().click();
  const field = app.page.getByRole('textbox', { name: 'Question' });
  await expect.poll(() => field.inputValue()).toBe('the third question');
  const there = at();
  release();
  await harm();
  expect(await field.inputValue()).toBe('the third question');
  expect(at()).toBe(there);
});

test('what is written while a question is fetched stays', async () => {
  await go('#/playground');
  const first = app.page.getByRole('button', { name: /the second question/ }).first();
  await first.waitFor();
  app.hold(/playground\.get/);
  await first.click();
  await waiting();
  const field = app.page.getByRole('textbox', { name: 'Question' });
  await field.fill('my own words');
  release();
  await harm();
  expect(await field.inputValue()).toBe('my own words');
});

test('an example that comes late does not end what was asked meanwhile', async () => {
  await go('#/playground');
  app.hold(/playground\.(example|ask)"/);
  await app.page.getByRole('button', { name: 'Try a built-in example' }).click();
  await waiting();
  const field = app.page.getByRole('textbox', { name: 'Question' });
  await field.fill('my own words');
  await app.page.getByRole('button', { name: 'Ask' }).click();
  await waiting(2);
  release();
  await harm();
  expect(await field.inputValue()).toBe('my own words');
});

test('a double click takes one question off the list; what cannot be taken off is said', async () => {
  await go('#/playground');
  const remove = app.page.getByRole('button', { name: 'Remove from the list' });
  await remove.nth(1).waitFor();
  const count = await remove.count();
  await remove.first().dblclick();
  await expect.poll(() => remove.count()).toBe(count - 1);
  await harm();
  expect(await remove.count()).toBe(count - 1);
  expect(await app.page.getByText('This could not be done').count()).toBe(0);
  await app.page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => remove.count()).toBe(count);
  // The file of the latest is nowhere for a while.
  const folder = path.join(app.filled.home, 'playground');
  const latest = path.join(folder, readdirSync(folder).filter((name) => name.endsWith('.json')).toSorted().at(-1) as string);
  renameSync(latest, `${latest}.away`);
  await remove.first().click();
  await app.page.getByText('This could not be done').waitFor();
  renameSync(`${latest}.away`, latest);
});

test('a double click asks, and does not interrupt at once', async () => {
  await go('#/playground');
  await app.page.getByRole('textbox', { name: 'Question' }).fill('asked twice?');
  app.hold(/playground\.ask"|"cancel"/);
  await app.page.getByRole('button', { name: 'Ask', exact: true }).dblclick();
  await waiting();
  await harm();
  expect(await app.page.getByRole('button', { name: 'Interrupt' }).count()).toBe(1);
  expect(app.held()).toBe(1);
});

test('a question that was just put into the demo comes into its open form', async () => {
  await go('#/playground');
  const history = app.page.getByRole('navigation', { name: 'Asked before' });
  await history.getByText('the third question').waitFor();
  const put = history.getByRole('button', { name: 'Show in the demo', disabled: false }).first();
  await put.waitFor();
  app.hold(/"playground\.demo"/);
  await put.click();
  await waiting();
  await app.page.getByRole('button', { name: 'Demo', exact: true }).click();
  const titles = app.page.getByRole('dialog').getByRole('textbox', { name: /^Title of tile/ });
  await titles.first().waitFor();
  const count = await titles.count();
  release();
  await expect.poll(() => titles.count()).toBe(count + 1);
  await app.page.keyboard.press('Escape');
  await app.page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('images that are handed in one after the other both stay', async () => {
  await go('#/playground');
  const files = app.page.locator('input[type=file]').first();
  const shot = (width: number) => app.page.screenshot({ clip: { x: 0, y: 0, width, height: 64 } });
  const [one, two] = [await shot(64), await shot(96)];
  app.hold(/playground\.keepImage/);
  await files.setInputFiles({ name: 'one.png', mimeType: 'image/png', buffer: one });
  await waiting();
  await files.setInputFiles({ name: 'two.png', mimeType: 'image/png', buffer: two });
  await waiting(2);
  release();
  await app.page.getByRole('button', { name: 'Remove image 2' }).waitFor();
});
