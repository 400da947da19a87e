import type { Page } from 'playwright-core';

/** A page as it is photographed. */
export type Shot = {
  readonly name: string;
  /** The part of the address behind #. */
  readonly address: string;
  /** What is done before the picture is taken. */
  readonly prepare?: (page: Page) => Promise<void>;
};

const click = (name: string | RegExp) => async (page: Page): Promise<void> => {
  await page.getByRole('button', { name }).first().click();
  await page.waitForTimeout(600);
};

/** Every page with things on it; `quickstart` is a run that the data folder holds. */
export const fullPages: readonly Shot[] = [
  { name: 'start', address: '/' },
  { name: 'datasets', address: '/datasets' },
  { name: 'datasets-import', address: '/datasets?import=true' },
  { name: 'dataset', address: '/datasets?dataset=1&sample=1' },
  { name: 'train-history', address: '/train?tab=history' },
  { name: 'train-new', address: '/train/new?preset=quickstart' },
  { name: 'train-run', address: '/train/quickstart' },
  { name: 'rollouts', address: '/rollouts?run=quickstart' },
  { name: 'evaluate', address: '/evaluate' },
  { name: 'models', address: '/models' },
  { name: 'playground', address: '/playground' },
  { name: 'playground-asked', address: '/playground', prepare: click('Try a built-in example') },
  { name: 'demo', address: '/demo' },
  { name: 'settings', address: '/settings' },
];

/** The same pages of a data folder with nothing in it. */
export const emptyPages: readonly Shot[] = fullPages.filter(({ name }) => ['start', 'datasets', 'train-history', 'rollouts', 'evaluate', 'models', 'playground', 'settings'].includes(name));

/** Addresses of things that there are not. */
export const faultPages: readonly Shot[] = [
  { name: 'no-such-run', address: '/train/nothing-here' },
  { name: 'no-such-rollouts', address: '/rollouts?run=nothing-here' },
  { name: 'no-such-sample', address: '/datasets?dataset=999&sample=5' },
  { name: 'no-such-evaluation', address: '/evaluate/nothing-here' },
  { name: 'no-such-page', address: '/nowhere' },
];
