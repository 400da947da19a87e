import { type RefObject, useEffect, useRef } from 'react';

/** So near to the end of what scrolls, in pixels, one still reads along. */
const near = 48;

/** While something is written, its end stays in sight, until one scrolls back to read; what is shown whole begins at its top. */
export function useFollowEnd(scrolled: RefObject<HTMLElement | null>, shown: unknown, running: boolean): void {
  const [live, along] = [useRef(false), useRef(false)];
  useEffect(() => {
    live.current = running;
    along.current = running;
    if (!running && scrolled.current) scrolled.current.scrollTop = 0;
    // What is shown is another episode: whether it runs later changes nothing here.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [live, along, scrolled, shown]);
  useEffect(() => {
    const { current: element } = scrolled;
    const content = element?.firstElementChild;
    if (!element || !content) return undefined;
    const follow = new ResizeObserver(() => {
      if (along.current) element.scrollTop = element.scrollHeight;
    });
    const look = (): void => void (along.current = live.current && element.scrollHeight - element.scrollTop - element.clientHeight < near);
    follow.observe(content);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      follow.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [live, along, scrolled, shown]);
}
