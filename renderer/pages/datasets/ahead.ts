import { askAhead } from '../../connection/queries.ts';
import type { Address } from './address.ts';
import { pageOfSamples } from './page-of-samples.ts';

/** Asks for what the page of datasets draws first, while its code is fetched; how many samples each filter leaves may come later. */
export async function askForSamples({ dataset, view, filter }: Address): Promise<void> {
  const asked = [askAhead('datasets.list', undefined)];
  if (dataset !== undefined && (view === 'table' || view === 'gallery')) {
    asked.push(askAhead('datasets.page', pageOfSamples(dataset, filter, 0)));
    void askAhead('datasets.counts', { dataset, filter });
  }
  await Promise.all(asked);
}
