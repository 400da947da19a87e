import { useSearch } from '@tanstack/react-router';
import type { Calls } from '../../../preload/rpc/frames.ts';
import type { AppContract } from '../../../preload/contract.ts';
import { useNavigateFrom } from '../../parts/navigate-from.ts';
import { annotationStateOf, imageIssueOf } from '../../parts/sample-names.ts';

// Everything that the page shows is in the address: the dataset, how it is looked at, the filters, the sample beside it.

export const views = ['table', 'gallery', 'statistics', 'faults'] as const;
export type View = (typeof views)[number];
export type Filter = Calls<AppContract>['datasets.page']['input']['filter'];

export type Address = {
  readonly dataset: number | undefined;
  readonly view: View;
  /** The ordinal of the sample that is open. */
  readonly sample: number | undefined;
  readonly filter: Filter;
  readonly importing: boolean;
  readonly exporting: boolean;
};

type Search = Readonly<Record<string, unknown>>;
type Wish = { readonly [K in 'dataset' | 'view' | 'sample' | 'q' | 'kind' | 'split' | 'image' | 'tag' | 'issue' | 'annotation' | 'import' | 'export']?: string | number | boolean | undefined };

export const noFilter = { q: undefined, kind: undefined, split: undefined, image: undefined, tag: undefined, issue: undefined, annotation: undefined, sample: undefined } as const satisfies Wish;

export function readAddress(search: Search): Address {
  // The router reads values as JSON where it can.
  const text = (name: string): string | undefined => {
    const value = search[name];
    return value === undefined || value === null || typeof value === 'string' ? (value ?? undefined) : JSON.stringify(value);
  };
  const whole = (name: string): number | undefined => (/^\d{1,9}$/.test(text(name) ?? '') ? Number(text(name)) : undefined);
  const issue = imageIssueOf(text('issue'));
  const annotation = annotationStateOf(text('annotation'));
  const kind = text('kind');
  const image = text('image');
  const words = text('q')?.slice(0, 1000);
  const [split, tag] = [text('split')?.slice(0, 200), text('tag')?.slice(0, 100)];
  return {
    dataset: whole('dataset') || undefined,
    view: views.find((each) => each === text('view')) ?? 'table',
    sample: whole('sample'),
    filter: {
      ...(words && { text: words }),
      ...((kind === 'coding' || kind === 'search') && { kind }),
      ...(split !== undefined && { split }),
      ...((image === 'true' || image === 'false') && { image: image === 'true' }),
      ...(tag && { tag }),
      ...(issue && { issue }),
      ...(annotation && { annotation }),
    },
    importing: text('import') === 'true',
    exporting: text('export') === 'true',
  };
}

/** The address, and a way to change parts of it; `replace` leaves no step back. */
export function useAddress(...parts: readonly string[]): readonly [Address, (wish: Wish, replace?: boolean) => void] {
  const search = useSearch({ from: '/datasets' });
  const navigate = useNavigateFrom('/datasets', 'dataset', ...parts);
  return [readAddress(search), (wish, replace = false) => void navigate({ to: '/datasets', search: (before: Search) => ({ ...before, ...wish }) as never, replace })];
}
