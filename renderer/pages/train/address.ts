import { useSearch } from '@tanstack/react-router';
import { useNavigateFrom } from '../../parts/navigate-from.ts';

export type Search = Readonly<Record<string, string | number | boolean | undefined>>;

/** The parameters of the address as text, and a way to change some of them; '' and undefined take one away. */
export function useParameters(): readonly [(name: string) => string, (wish: Readonly<Record<string, string | undefined>>, replace?: boolean) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigateFrom();
  const read = (name: string): string => (search[name] === undefined ? '' : String(search[name]));
  const write = (wish: Readonly<Record<string, string | undefined>>, replace = true): void => {
    const next = Object.fromEntries(Object.entries({ ...search, ...wish }).filter(([, value]) => value !== undefined && value !== ''));
    void navigate({ to: '.', search: next as never, replace });
  };
  return [read, write];
}

export const list = (text: string): readonly string[] => text.split(',').filter((each) => each !== '').map(decodeURIComponent);
export const unlist = (names: readonly string[]): string => names.map(encodeURIComponent).join(',');

export const runPath = (run: string): string => `#/train/${encodeURIComponent(run)}`;

/** The stretch of steps that charts show, from the address. */
export function stretchOf(steps: string | number | boolean | undefined): { readonly from: number; readonly to: number } | undefined {
  const [from, to] = String(steps ?? '').split('-').map(Number);
  return from !== undefined && to !== undefined && to > from ? { from, to } : undefined;
}
