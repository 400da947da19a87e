import { useElementSize } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';

/** In CSS pixels. */
export const rowHeight = 52;
export const tileHeight = 220;
const [headHeight, tileWidth, gap] = [32, 176, 12];

type SampleLinesProps = {
  readonly gallery: boolean;
  readonly pane: RefObject<HTMLDivElement | null>;
  /** Samples, or how many stand in until it is known. */
  readonly count: number;
  readonly known: boolean;
  readonly cursor: number;
  /** Another one begins at the top. */
  readonly resetKey: string;
  readonly onRange: (first: number, last: number) => void;
  readonly onMove: (index: number) => void;
};

/** Which lines of samples are in sight, a row or several tiles each; keeps the cursor in sight, and moves it by keys. */
export function useSampleLines({ gallery, pane, count, known, cursor, resetKey, onRange, onMove }: SampleLinesProps) {
  const { ref: measured, width, height } = useElementSize();
  const perLine = gallery ? Math.max(1, Math.floor((width - gap) / (tileWidth + gap))) : 1;
  const lineHeight = gallery ? tileHeight + gap : rowHeight;
  const lines = Math.ceil(count / perLine);
  const virtual = useVirtualizer({ count: lines, getScrollElement: () => pane.current, estimateSize: () => lineHeight, overscan: gallery ? 2 : 8, paddingStart: gallery ? gap : 0, scrollPaddingStart: gallery ? gap : 0, scrollPaddingEnd: gallery ? gap : headHeight });
  const items = virtual.getVirtualItems();
  const [first, last] = [(items[0]?.index ?? 0) * perLine, ((items.at(-1)?.index ?? 0) + 1) * perLine - 1];
  useEffect(() => onRange(first, last), [first, last, onRange]);
  // Measuring 100,000 lines anew, or asking where the list is scrolled to, would hold up the first picture.
  const measuredFor = useRef(perLine);
  useEffect(() => {
    if (measuredFor.current !== perLine) virtual.measure();
    measuredFor.current = perLine;
  }, [virtual, perLine]);
  const scrolled = (): boolean => (virtual.scrollOffset ?? 0) > 0;
  useEffect(() => {
    if (scrolled()) virtual.scrollToIndex(0);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [virtual, resetKey]);
  const cursorLine = Math.floor(cursor / perLine);
  useEffect(() => {
    if (known && height > 0 && (cursorLine > 0 || scrolled())) virtual.scrollToIndex(cursorLine, { align: 'auto' });
    // Again when it is known how many there are, or others: a link may lead far down.
  }, [virtual, cursorLine, height, known, count]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(height / lineHeight) - 1) * perLine;
    const steps: Readonly<Record<string, number>> = { ArrowDown: perLine, ArrowUp: -perLine, PageDown: page, PageUp: -page, Home: -count, End: count, ...(gallery && { ArrowRight: 1, ArrowLeft: -1 }) };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onMove(cursor + step);
  };
  return {
    items, perLine, lines, onKeyDown, totalHeight: virtual.getTotalSize(),
    cursorInSight: count > 0 && cursor >= first && cursor <= last,
    ref: (element: HTMLDivElement | null): void => {
      pane.current = element;
      measured(element);
    },
  };
}
