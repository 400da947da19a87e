import { askAhead } from '../../connection/queries.ts';
import type { Address } from './address.ts';
import { pageOfRows } from './page-of-rows.ts';

/** Asks for what the page draws first, while its code is fetched. */
export async function askForAnnotations({ dataset, sample, state }: Address): Promise<void> {
  const asked = [askAhead('annotate.list', undefined)];
  if (dataset !== undefined) asked.push(askAhead('annotate.page', pageOfRows(dataset, state, 0)));
  if (dataset !== undefined && sample !== undefined) asked.push(askAhead('annotate.open', { dataset, ordinal: sample }));
  await Promise.all(asked);
}
