import { useRouter, useSearch } from '@tanstack/react-router';
import type { AnnotationState } from '../../../main/records/annotation.ts';
import { useNavigateFrom } from '../../parts/navigate-from.ts';
import { annotationStateOf } from '../../parts/sample-names.ts';

// The dataset, the sample, the state that the list is filtered by, and whether the agreement is looked at instead.

export type Address = {
  readonly dataset: number | undefined;
  readonly sample: number | undefined;
  readonly state: AnnotationState | null;
  readonly view: 'samples' | 'agreement';
  /** Images are being made into samples. */
  readonly adding: boolean;
};

type Search = Readonly<Record<string, unknown>>;
type Wish = { readonly [K in 'dataset' | 'sample' | 'state' | 'view' | 'new']?: string | number | boolean | undefined };
export type Go = (wish: Wish, replace?: boolean) => void;

export function readAddress(search: Search): Address {
  const whole = (value: unknown): number | undefined => (/^\d{1,9}$/.test(String(value)) ? Number(value) : undefined);
  return {
    dataset: whole(search['dataset']) || undefined,
    sample: whole(search['sample']),
    state: annotationStateOf(String(search['state'])),
    view: search['view'] === 'agreement' ? 'agreement' : 'samples',
    adding: String(search['new']) === 'true',
  };
}

/** The address, and a way to change parts of it; `replace` leaves no step back. */
export function useAddress(): readonly [Address, Go] {
  const search = useSearch({ from: '/annotate' });
  const navigate = useNavigateFrom('/annotate', 'dataset');
  return [readAddress(search), (wish, replace = false) => void navigate({ to: '/annotate', search: (before: Search) => ({ ...before, ...wish }) as never, replace })];
}

/** What the address says by now, also where the page is not drawn with it yet. */
export function useLatestAddress(): () => Address {
  const router = useRouter();
  return () => readAddress(router.latestLocation.search as Search);
}
