import type { Question } from '../../../preload/contract/playground.ts';
import { useKeptFields } from '../../parts/kept-fields.ts';

/** How questions are asked, kept from visit to visit. */
export type Setup = Omit<Question, 'question' | 'images' | 'policy'> & {
  readonly kind: 'local' | 'endpoint';
  readonly folder: string;
  readonly adapter: string | null;
  readonly url: string;
  readonly model: string;
  readonly key: string;
};

const first: Setup = { kind: 'local', folder: '', adapter: null, url: 'http://127.0.0.1:8000/v1', model: '', key: '', task: 'coding', direct: false, code: true, corpus: '', prompts: '', temperature: 0, maxNewTokens: 1024, steps: 5, seed: 0 };

export const useSetup = (): readonly [Setup, (change: Partial<Setup>) => void] => useKeptFields('arft-playground', first);

export type Models = readonly { readonly folder: string; readonly prompts: string }[];

/** The question as the engine wants it; a model or prompt set that was not chosen is the first one. */
export function questionOf({ kind, folder, adapter, url, model, key, ...rest }: Setup, models: Models, question: string, images: readonly string[]): Question {
  const chosen = models.find((each) => each.folder === folder) ?? models[0];
  const local = { kind: 'local' as const, folder: chosen?.folder ?? folder, adapter, provider: 'cpu' as const, quantize: '' };
  return { ...rest, prompts: rest.prompts || (kind === 'local' ? chosen?.prompts : undefined) || 'tags-en', policy: kind === 'local' ? local : { kind, url, model, key }, question, images: [...images] };
}
