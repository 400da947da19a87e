import { z } from 'zod';
import { type OpenSearch, openSearch } from '../search/open.ts';
import type { Store } from '../store/store.ts';

const key = 'search.web';
const kept = z.strictObject({ on: z.boolean(), engine: z.enum(['searxng', 'serper', 'brave', 'tavily']), endpoint: z.string(), readPages: z.boolean() });

export type WebSettings = z.infer<typeof kept>;

const off: WebSettings = { on: false, engine: 'searxng', endpoint: '', readPages: true };

export const webSettings = ({ settings }: Pick<Store, 'settings'>): WebSettings => settings.get(key, kept, off);

export const setWebSettings = ({ settings }: Pick<Store, 'settings'>, web: WebSettings): void => settings.set(key, web);

/** The engine that the user turned on; what it answers is recorded, so that a question can be asked again offline. */
export function openWebSearch(home: string, { engine, endpoint, readPages }: WebSettings, passages: number): OpenSearch {
  return openSearch({ home, source: { kind: 'web', engine: { name: engine, ...(endpoint !== '' && { endpoint }) }, readPages }, k: passages, replay: 'record' });
}
