import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

type Navigate = ReturnType<typeof useNavigate>;
type Search = Readonly<Record<string, unknown>>;

/**
 * What changes the address of the page at `path` (without one: where this is drawn first), and leads on from there. Answers
 * come late: once another page is asked for, nothing moves. `parts`: of the search; with another value of one it is another page.
 */
export function useNavigateFrom(path?: string, ...parts: readonly string[]): Navigate {
  const router = useRouter();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const [first] = useState(() => router.latestLocation.pathname);
  return ((options) => {
    const { pathname, search: now } = router.latestLocation;
    const stays = pathname === (path ?? first) && parts.every((part) => (now as Search)[part] === search[part]);
    return stays ? navigate(options) : Promise.resolve();
  }) as Navigate;
}
