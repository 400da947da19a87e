import type { Page } from 'playwright-core';

/** A page as it is photographed. */
export type Shot = {
  readonly name: string;
  /** The part of the address behind #. */
  readonly address: string;
  /** What is done before the picture is taken. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** It presses what has English words, so there is no picture in another language. */
  readonly english?: true;
};

const click = (name: string | RegExp) => async (page: Page): Promise<void> => {
  await page.getByRole('button', { name }).first().click({ timeout: 5000 });
  await page.waitForTimeout(600);
};
/** The first thing of a list, whatever the data folder calls it. */
const follow = (link: string, last = false) => async (page: Page): Promise<void> => {
  const links = page.locator(`#page ${link}`);
  await (last ? links.last() : links.first()).click({ timeout: 5000 });
};
const press = (key: string) => (page: Page): Promise<void> => page.keyboard.press(key);
const scroll = async (page: Page): Promise<void> => {
  await page.locator('#page').hover();
  await page.mouse.wheel(0, 10_000);
};

const evaluation = 'a[href^="#/evaluate/"]:not([href^="#/evaluate/-/"])';

async function chooseTwo(page: Page): Promise<void> {
  const boxes = page.locator('#page tbody input[type=checkbox]');
  await boxes.nth(-1).click({ timeout: 5000 });
  await boxes.nth(-2).click({ timeout: 5000 });
}

/** Every page with things on it; `quickstart` is a run that the data folder holds. */
export const fullPages: readonly Shot[] = [
  { name: 'start', address: '/' },
  { name: 'datasets', address: '/datasets' },
  { name: 'datasets-import', address: '/datasets?import=true' },
  { name: 'dataset-table', address: '/datasets?dataset=1' },
  { name: 'dataset-gallery', address: '/datasets?dataset=1&view=gallery' },
  { name: 'dataset-sample', address: '/datasets?dataset=1&sample=1' },
  { name: 'dataset-statistics', address: '/datasets?dataset=1&view=statistics' },
  { name: 'dataset-faults', address: '/datasets?dataset=1&view=faults' },
  { name: 'annotate', address: '/annotate' },
  { name: 'annotate-new', address: '/annotate?new=true' },
  { name: 'annotate-sample', address: '/annotate?dataset=1&sample=0' },
  { name: 'annotate-box', address: '/annotate?dataset=1&sample=2', prepare: press('b') },
  { name: 'annotate-review', address: '/annotate?dataset=1&state=submitted' },
  { name: 'annotate-shown', address: '/annotate?dataset=1&state=submitted', prepare: async (page) => {
    await press('a')(page);
    await page.keyboard.type('4');
    await press('Control+Enter')(page);
  } },
  { name: 'annotate-agreement', address: '/annotate?dataset=1&view=agreement' },
  { name: 'train-history', address: '/train?tab=history' },
  { name: 'train-new', address: '/train/-/new?preset=quickstart' },
  { name: 'train-new-below', address: '/train/-/new?preset=quickstart', prepare: scroll },
  { name: 'train-run', address: '/train/quickstart' },
  { name: 'train-run-below', address: '/train/quickstart', prepare: scroll },
  { name: 'train-log', address: '/train/quickstart?view=log' },
  { name: 'train-checkpoints', address: '/train/quickstart?view=checkpoints' },
  { name: 'train-notes', address: '/train/quickstart?view=config' },
  { name: 'rollouts', address: '/rollouts?run=quickstart' },
  { name: 'rollouts-tokens', address: '/rollouts?run=quickstart&tokens=advantage' },
  { name: 'rollouts-follow', address: '/rollouts?run=quickstart', prepare: press('f') },
  { name: 'evaluate', address: '/evaluate' },
  { name: 'evaluate-chosen', address: '/evaluate', prepare: chooseTwo },
  { name: 'evaluate-new', address: '/evaluate/-/new?benchmark=mat-mini' },
  { name: 'evaluate-import', address: '/evaluate/-/import' },
  { name: 'evaluation', address: '/evaluate', prepare: follow(evaluation, true) },
  { name: 'evaluation-compare', english: true, address: '/evaluate', prepare: async (page) => {
    await chooseTwo(page);
    await click('Compare')(page);
  } },
  { name: 'models', address: '/models' },
  { name: 'model', address: '/models', prepare: follow('a[href*="?model="]') },
  { name: 'model-below', address: '/models', prepare: async (page) => {
    await follow('a[href*="?model="]')(page);
    await page.waitForTimeout(1500);
    await scroll(page);
  } },
  { name: 'adapter', address: '/models', prepare: follow('a[href*="?adapter="]') },
  { name: 'playground', address: '/playground' },
  { name: 'playground-asked', english: true, address: '/playground', prepare: click('Try a built-in example') },
  { name: 'playground-demo', english: true, address: '/playground', prepare: click('Demo') },
  { name: 'demo', address: '/demo' },
  { name: 'settings', address: '/settings' },
  { name: 'settings-below', address: '/settings', prepare: scroll },
  { name: 'palette', address: '/', prepare: press('Control+k') },
  { name: 'shortcuts', address: '/rollouts?run=quickstart', prepare: async (page) => {
    // The palette of the picture before may still be open.
    await press('Escape')(page);
    await page.waitForTimeout(600);
    await press('Shift+?')(page);
  } },
];

/** Pages of a data folder with nothing in it. */
export const emptyPages: readonly Shot[] = [
  ...fullPages.filter(({ name }) => ['start', 'datasets', 'annotate', 'train-history', 'evaluate', 'models', 'playground', 'settings'].includes(name)),
  { name: 'train-current', address: '/train?tab=current' },
  { name: 'rollouts', address: '/rollouts' },
  { name: 'evaluate-compare', address: '/evaluate/-/compare' },
];

/** Addresses of things that there are not. */
export const faultPages: readonly Shot[] = [
  { name: 'no-such-run', address: '/train/nothing-here' },
  { name: 'no-such-rollouts', address: '/rollouts?run=nothing-here' },
  { name: 'no-such-sample', address: '/datasets?dataset=999&sample=5' },
  { name: 'no-such-annotation', address: '/annotate?dataset=1&sample=5' },
  { name: 'no-such-evaluation', address: '/evaluate/nothing-here' },
  { name: 'no-such-model', address: '/models?model=%2Fnothing%2Fhere' },
  { name: 'no-such-page', address: '/nowhere' },
];
