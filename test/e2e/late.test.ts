import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../main/store/store.ts';
import { lateApp } from './late-app.ts';

// What a page asks reaches the engine late, and whoever asked has gone on meanwhile.

let second: number;
const app = lateApp(async ({ home }) => {
  const samples = path.join(home, 'files', 'second.jsonl');
  writeFileSync(samples, Array.from({ length: 5 }, (_each, i) => `${JSON.stringify({ version: 1, id: `s${i}`, task: 'search', question: `question ${i} of the second`, answers: ['7'], images: [] })}\n`).join(''));
  const store = openStore(home);
  second = (await store.datasets.import({ name: 'the second', files: [samples] })).id;
  await store.datasets.import({ name: 'the third', files: [samples] });
  await store.close();
});
const { at, go, harm, release, waiting } = app;

const question = () => app.page.getByRole('textbox', { name: 'Question', exact: false }).first();
/** A sample of the second dataset, to annotate. */
async function annotate(sample: number): Promise<void> {
  await go(`#/annotate?dataset=${second}&sample=${sample}`);
  await expect.poll(() => question().inputValue()).toContain(`question ${sample}`);
}
/** Back to the datasets to annotate before the answer comes: it is not to lead away from there. */
async function staysAtList(): Promise<void> {
  await go('#/annotate');
  await app.page.getByText('the third').first().waitFor();
  release();
  await harm();
  expect(at()).toBe('#/annotate');
}

test('annotate: a sample that is opened while the most urgent one is looked for stays', async () => {
  app.hold(/annotate\.page.*"limit":1\}/);
  await go(`#/annotate?dataset=${second}`);
  await waiting();
  await app.page.getByRole('button', { name: /question 3/ }).click();
  await expect.poll(at).toContain('sample=3');
  release();
  await harm();
  expect(at()).toContain('sample=3');
});

test('annotate: another dataset that is opened meanwhile keeps its own sample', async () => {
  app.hold(/annotate\.page.*"limit":1\}/);
  await go(`#/annotate?dataset=${second}`);
  await waiting();
  await staysAtList();
});

test('annotate: what was submitted late does not lead away from the sample that is open by then', async () => {
  await annotate(0);
  app.hold(/annotate\.open/);
  await app.page.getByRole('button', { name: /Submit/ }).first().click();
  await waiting();
  app.hold(undefined);
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
  await app.page.waitForTimeout(1500);
  app.hold(/annotate\.undo/);
  await annotate(2);
  await app.page.locator('h1, h2').first().click();
  await app.page.keyboard.press('Control+z');
  await waiting();
  await staysAtList();
});

test('annotate: J twice leads two samples on', async () => {
  await annotate(0);
  await question().fill('question 0 changed');
  app.hold(/annotate\.page/);
  await app.page.keyboard.press('Escape');
  await app.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await app.page.waitForTimeout(1000);
  await app.page.keyboard.press('j');
  await app.page.keyboard.press('j');
  await app.page.waitForTimeout(300);
  release();
  await harm();
  expect(at()).toContain('sample=2');
});

test('datasets: a dataset deleted late does not close the one that is open by then', async () => {
  const [third] = [second + 1];
  await go(`#/datasets?dataset=${third}`);
  await app.page.getByRole('heading', { name: 'the third' }).waitFor();
  app.hold(/datasets\.remove"/);
  await app.page.getByRole('button', { name: 'More' }).click();
  await app.page.getByRole('menuitem', { name: /Delete/ }).click();
  await waiting();
  await go(`#/datasets?dataset=${second}`);
  await app.page.getByRole('heading', { name: 'the second' }).waitFor();
  release();
  await harm();
  expect(at()).toBe(`#/datasets?dataset=${second}`);
});

test('datasets: a late rename does not close another dialog', async () => {
  await go(`#/datasets?dataset=${second}`);
  await app.page.getByRole('heading', { name: 'the second' }).waitFor();
  app.hold(/datasets\.rename"/);
  await app.page.getByRole('button', { name: 'More' }).click();
  await app.page.getByRole('menuitem', { name: /Rename/ }).click();
  await app.page.getByRole('dialog').getByRole('textbox').press('Enter');
  await waiting();
  await app.page.keyboard.press('Escape');
  await app.page.getByRole('dialog').waitFor({ state: 'detached' });
  await app.page.getByRole('button', { name: 'Export' }).click();
  await app.page.getByRole('dialog').waitFor();
  release();
  await harm();
  expect(await app.page.getByRole('dialog').count()).toBe(1);
});

test('datasets: a sample deleted late does not lead away from the one that is open by then, nor drop what was chosen since', async () => {
  await go(`#/datasets?dataset=${second}&sample=0`);
  await app.page.getByRole('complementary').getByText('question 0').first().waitFor();
  app.hold(/datasets\.removeSamples/);
  await app.page.keyboard.press('Delete');
  await waiting();
  await go(`#/datasets?dataset=${second}&sample=3`);
  await app.page.getByRole('complementary').getByText('question 3').first().waitFor();
  await app.page.keyboard.press('x');
  await app.page.getByText('1 chosen').waitFor();
  release();
  await app.page.getByRole('button', { name: 'Undo' }).waitFor();
  await harm();
  expect(at()).toContain('sample=3');
  expect(await app.page.getByText('1 chosen').count()).toBe(1);
});

test('train: two tags in a row both stay', async () => {
  await go(`#/train/${encodeURIComponent(app.filled.run)}?view=config`);
  const tags = app.page.getByRole('combobox', { name: 'Tags' }).or(app.page.getByRole('textbox', { name: 'Tags' })).first();
  await tags.waitFor();
  app.hold(/runs\.annotate/);
  await tags.fill('first');
  await tags.press('Enter');
  await tags.fill('other');
  await tags.press('Enter');
  await app.page.waitForTimeout(200);
  release();
  await harm();
  expect(await app.page.getByText('first', { exact: true }).count()).toBeGreaterThan(0);
  expect(await app.page.getByText('other', { exact: true }).count()).toBeGreaterThan(0);
});

test('train: a note that is being written when one goes back stays', async () => {
  await go('#/models');
  await app.page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  await go(`#/train/${encodeURIComponent(app.filled.run)}?view=config`);
  const note = app.page.getByRole('textbox', { name: 'Note' });
  await note.fill('something new');
  await app.page.goBack();
  await app.page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  await app.page.goForward();
  await expect.poll(() => note.inputValue()).toBe('something new');
});

test('train: what is written in the form of a run is there after a quick look elsewhere', async () => {
  await go('#/train/-/new');
  const steps = app.page.getByRole('textbox', { name: 'Steps' }).first();
  await steps.fill('77');
  await app.page.getByRole('link', { name: 'Models' }).click();
  await app.page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  await app.page.waitForTimeout(600);
  expect(at()).toBe('#/models');
  await app.page.goBack();
  await steps.waitFor();
  expect(await steps.inputValue()).toBe('77');
});

test('evaluate: an evaluation deleted late does not pull back', async () => {
  await go(`#/evaluate/${app.filled.evaluations[0]}`);
  await app.page.getByRole('button', { name: 'More' }).first().click();
  app.hold(/evaluations\.remove/);
  await app.page.getByRole('menuitem', { name: /Delete/ }).click();
  await waiting();
  await go('#/models');
  await app.page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  release();
  await harm();
  expect(at()).toBe('#/models');
});

test('evaluate: chosen ones deleted late leave another page its address', async () => {
  await go(`#/evaluate?chosen=${app.filled.evaluations[1]}`);
  app.hold(/evaluations\.remove/);
  await app.page.getByRole('button', { name: 'Delete' }).click();
  await waiting();
  await go(`#/train/${encodeURIComponent(app.filled.run)}?view=checkpoints`);
  await app.page.waitForTimeout(500);
  release();
  await harm();
  expect(at()).toContain('view=checkpoints');
});

test('evaluate: one that does not start says so where its form was left', async () => {
  await go('/evaluate/-/import');
  await app.page.getByRole('textbox', { name: 'Predictions', exact: true }).fill('/nothing/here.jsonl');
  app.hold(/evaluations\.importPredictions/);
  await app.page.getByRole('button', { name: 'Import', exact: true }).click();
  await waiting();
  await go('/models');
  await app.page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  release();
  await app.page.getByText('The predictions were not imported').waitFor();
  await app.page.getByText('/nothing/here.jsonl').waitFor();
  expect(at()).toBe('#/models');
});

test('annotate: a search that is asked for before it is known what there is to search in is made then', async () => {
  app.hold(/playground\.choices/);
  await annotate(4);
  await app.page.keyboard.press('s');
  const words = app.page.getByRole('textbox', { name: 'Search words of step 1' });
  await words.fill('A colour');
  await waiting();
  await words.press('Control+Enter');
  release();
  await app.page.getByRole('checkbox', { name: /^Passage 1:/ }).waitFor({ timeout: 30_000 });
});

test('settings: an address that is written on while it is saved stays', async () => {
  await go('#/settings');
  await app.page.getByRole('switch', { name: /search/i }).first().check({ force: true });
  const field = app.page.getByRole('textbox', { name: /address|endpoint/i }).first();
  await field.fill('http://127.0.0.1:1');
  app.hold(/settings\.setWeb/);
  await app.page.getByRole('button', { name: 'Save', exact: true }).first().click();
  await waiting();
  await field.fill('http://127.0.0.1:12');
  release();
  await harm();
  expect(await field.inputValue()).toBe('http://127.0.0.1:12');
});

test('settings: a key is not carried into the field of another', async () => {
  await go('#/settings');
  const set = app.page.getByRole('button', { name: /^Set/ });
  await set.first().click();
  await app.page.locator('input[type=password]').fill('secret-one');
  await set.first().click();
  expect(await app.page.locator('input[type=password]').inputValue()).toBe('');
});
