import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules that look at colours, of those that axe asks by default. */
const ofColours = ['color-contrast', 'link-in-text-block'];

/** What axe finds that is serious or critical on the page as it is, in words; of colours alone where the rest was asked before. */
export async function seriousFindings(page: Page, only: 'everything' | 'colours' = 'everything'): Promise<readonly string[]> {
  await settled(page);
  // Handed to the page by the debugger: the policy for content allows no script of others. It stays there while only the address's hash changes.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  return page.evaluate(async (rules) => {
    type Found = { readonly violations: readonly { readonly id: string; readonly impact: string; readonly help: string; readonly nodes: readonly { readonly target: readonly string[] }[] }[] };
    const { violations } = await (globalThis as unknown as { axe: { run(options: object): Promise<Found> } }).axe.run(rules ? { runOnly: { type: 'rule', values: rules } } : {});
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, help, nodes }) => `${id}: ${help} (${nodes.slice(0, 5).map(({ target }) => target.join(' ')).join('; ')})`);
  }, only === 'colours' ? ofColours : undefined);
}

/** After colours that are still changing have reached their end; a loader that turns for ever is not waited for. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const moving = document.getAnimations().filter((animation) => animation.playState === 'running' && Number.isFinite(animation.effect?.getComputedTiming().endTime));
      if (moving.length === 0) return;
      await Promise.allSettled(moving.map((animation) => animation.finished));
    }
  });
}
