import { type FocusEvent, type KeyboardEvent, useEffect, useState } from 'react';

// Tab passes a list of any length in one step: of its rows only one is a stop, and arrows lead from it to the others, and
// to the right to what can be done with a row.

/** What a row is known by; the list looks for it in what is drawn. */
const mark = 'data-place';
/** The row that a control stands beside. */
const besideMark = 'data-beside';

export type OneStop = {
  readonly list: { readonly onFocus: (event: FocusEvent<HTMLElement>) => void; readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void };
  readonly row: (place: number) => { readonly tabIndex: number; readonly [mark]: number };
  /** Of a control that stands in a row, after what `row` is for. */
  readonly beside: (place: number) => { readonly tabIndex: number; readonly [besideMark]: number };
};

/** @param drawn places of the rows that are drawn; @param chosen the place of the row that is open, -1 where none is drawn. */
export function useOneStop(drawn: readonly number[], chosen: number): OneStop {
  const [at, setAt] = useState(-1);
  useEffect(() => setAt(-1), [chosen]);
  const stop = [at, chosen].find((place) => drawn.includes(place)) ?? drawn[0];
  return {
    list: {
      onFocus: ({ target }) => setAt(placeOf(target)),
      onKeyDown: (event) => {
        if (!(event.target instanceof HTMLElement)) return;
        const next = nextOf(event.key, event.target, event.currentTarget);
        if (!next) return;
        event.preventDefault();
        next.focus();
      },
    },
    row: (place) => ({ tabIndex: place === stop ? 0 : -1, [mark]: place }),
    beside: (place) => ({ tabIndex: -1, [besideMark]: place }),
  };
}

/** What a key leads to from a row or a control beside it. */
function nextOf(key: string, from: HTMLElement, list: HTMLElement): HTMLElement | undefined {
  const rows = [...list.querySelectorAll<HTMLElement>(`[${mark}]`)].toSorted((a, b) => placeOf(a) - placeOf(b));
  const place = placeOf(from);
  const now = rows.findIndex((row) => placeOf(row) === place);
  const row = rows[now];
  if (!row) return undefined;
  const across = [row, ...list.querySelectorAll<HTMLElement>(`[${besideMark}="${place}"]:not(:disabled)`)];
  const column = across.indexOf(from);
  return { ArrowDown: rows[now + 1], ArrowUp: rows[now - 1], Home: rows[0], End: rows.at(-1), ArrowRight: across[column + 1], ArrowLeft: across[column - 1] }[key];
}

/** Where the focus goes before a row is taken away: the row that comes in its place, or the one before it. */
export function rowThatStays(list: HTMLElement, place: number): HTMLElement | undefined {
  const row = (at: number): HTMLElement | null => list.querySelector(`[${mark}="${at}"]`);
  return row(place + 1) ?? row(place - 1) ?? undefined;
}

/** The row that an element is, or stands beside; -1 for any other. */
export const placeOf = (element: Element): number => Number(element.getAttribute(mark) ?? element.getAttribute(besideMark) ?? -1);
