import { useDebouncedCallback } from '@mantine/hooks';
import { useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useNavigateFrom } from '../../../parts/navigate-from.ts';
import type { Search } from '../address.ts';
import { type Draft, type Json, read, same, write } from './values.ts';

/** Changes laid over a base; they stand in the address, so that a link and a reload lead to the same form. */
export function useDraft(base: Draft | undefined): { readonly draft: Draft | undefined; readonly set: (key: string, value: Json) => void; readonly replace: (draft: Draft, keys: readonly string[]) => void; /** Tells the address at once. */ readonly flush: () => void } {
  const search = useSearch({ strict: false }) as Search & { readonly set?: unknown };
  const navigate = useNavigateFrom();
  const given: Draft = typeof search.set === 'object' && search.set !== null ? (search.set as Draft) : {};
  const [edits, setEdits] = useState(given);
  const text = JSON.stringify(given);
  // What this form told the address last; when that says something else by itself (a link, back), it counts.
  const told = useRef(text);
  useEffect(() => {
    if (text === told.current) return;
    told.current = text;
    setEdits(JSON.parse(text) as Draft);
  }, [text]);
  const tell = useDebouncedCallback((next: Draft) => {
    told.current = JSON.stringify(next);
    void navigate({ to: '.', search: ((before: Search) => ({ ...before, set: Object.keys(next).length > 0 ? next : undefined })) as never, replace: true });
  }, 400);
  const keep = useCallback((next: Draft) => {
    setEdits(next);
    tell(next);
  }, [tell]);
  const draft = useMemo(() => base && Object.entries(edits).reduce((made, [key, value]) => write(made, key, value), base), [base, edits]);
  return {
    draft,
    set: (key, value) => keep(base && same(read(base, key), value) ? Object.fromEntries(Object.entries(edits).filter(([each]) => each !== key)) : { ...edits, [key]: value }),
    replace: (next, keys) => keep(Object.fromEntries(keys.flatMap((key) => (base && same(read(base, key), read(next, key)) ? [] : [[key, read(next, key) ?? null] as const])))),
    flush: () => tell.flush(),
  };
}
