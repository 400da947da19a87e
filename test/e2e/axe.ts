import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds that is serious or critical on the page as it is, in words. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  // Handed to the page by the debugger: the policy for content allows no script of others.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    type Found = { readonly violations: readonly { readonly id: string; readonly impact: string; readonly help: string; readonly nodes: readonly { readonly target: readonly string[] }[] }[] };
    const { violations } = await (globalThis as unknown as { axe: { run(): Promise<Found> } }).axe.run();
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, help, nodes }) => `${id}: ${help} (${nodes.slice(0, 5).map(({ target }) => target.join(' ')).join('; ')})`);
  });
}
