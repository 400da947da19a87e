import type { EvaluationDraft } from '../../../../preload/contract/evaluations.ts';
import { useKeptFields } from '../../../parts/kept-fields.ts';

/** The form: every kind of policy keeps what was entered, so that a look at another one loses nothing. */
export type Form = Omit<EvaluationDraft, 'policy'> & {
  readonly kind: EvaluationDraft['policy']['kind'];
  readonly script: 'mini-expert' | 'mini-guess';
  readonly folder: string;
  readonly adapter: string | null;
  readonly provider: Extract<EvaluationDraft['policy'], { kind: 'local' }>['provider'];
  readonly quantize: string;
  readonly url: string;
  readonly model: string;
  readonly key: string;
};

/** Of a part of the form. */
export type FormProps = { readonly form: Form; readonly change: (change: Partial<Form>) => void };

const first: Form = {
  benchmark: 'mat-mini', data: 'mini:1', split: 'test', kind: 'script', script: 'mini-expert', folder: '', adapter: null, provider: 'cpu', quantize: '', url: 'http://127.0.0.1:8000/v1', model: '', key: '',
  mode: 'agent', limit: null, concurrency: 4, prompts: 'mini', scorer: 'standard', search: '', code: true, temperature: 0, maxNewTokens: 1024, steps: 5, seed: 0,
};

/** Kept from visit to visit. */
export const useForm = (): readonly [Form, (change: Partial<Form>) => void] => useKeptFields('arft-evaluation', first);

/** What goes with a benchmark: the built-in task draws its own questions in its own words, and its scripts know no other. */
export function withBenchmark(form: Form, benchmark: Form['benchmark']): Partial<Form> {
  if (benchmark === 'mat-mini') return { benchmark, prompts: 'mini', scorer: 'standard', search: '', data: form.data === '' || form.benchmark !== 'mat-mini' ? 'mini:1' : form.data };
  return { benchmark, prompts: form.prompts === 'mini' ? 'tags-en' : form.prompts, data: form.data.startsWith('mini:') ? '' : form.data, kind: form.kind === 'script' ? 'local' : form.kind };
}

export function draftOf({ kind, script, folder, adapter, provider, quantize, url, model, key, ...rest }: Form, firstModel: string): EvaluationDraft {
  const policies: Readonly<Record<Form['kind'], EvaluationDraft['policy']>> = {
    script: { kind: 'script', name: script },
    local: { kind: 'local', folder: folder || firstModel, adapter, provider, quantize },
    endpoint: { kind: 'endpoint', url, model, key },
  };
  return { ...rest, policy: policies[kind] };
}
