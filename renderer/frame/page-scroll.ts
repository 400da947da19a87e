import { useRouter, useRouterState } from '@tanstack/react-router';
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';

/** How far down each page was when it was left. */
const places = new Map<string, number>();

/** A page that is opened begins at its top; one that is gone back to stands where it was left. */
export function usePageScroll(page: RefObject<HTMLElement | null>): void {
  const { history } = useRouter();
  const pathname = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const wentBack = useRef(false);
  useEffect(() => history.subscribe(({ action }) => void (wentBack.current = action.type !== 'PUSH' && action.type !== 'REPLACE')), [history]);
  useLayoutEffect(() => {
    const element = page.current;
    if (!element || pathname === undefined) return undefined;
    element.scrollTop = wentBack.current ? (places.get(pathname) ?? 0) : 0;
    const keep = (): void => void places.set(pathname, element.scrollTop);
    element.addEventListener('scroll', keep, { passive: true });
    return () => element.removeEventListener('scroll', keep);
  }, [page, pathname]);
}
