import { askAhead } from '../../connection/queries.ts';
import type { Address } from './address.ts';
import { pageOfSamples } from './page-of-samples.ts';

/** Asks for what the page of datasets draws first, while its code is fetched. */
export function askForSamples({ dataset, view, filter }: Address): Promise<unknown> {
  const listed = view === 'table' || view === 'gallery';
  return Promise.all([askAhead('datasets.list', undefined), ...(dataset === undefined || !listed ? [] : [askAhead('datasets.page', pageOfSamples(dataset, filter, 0)), askAhead('datasets.counts', { dataset, filter })])]);
}
