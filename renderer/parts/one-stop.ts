import { type FocusEvent, type KeyboardEvent, useEffect, useState } from 'react';

// Tab passes a list of any length in one step: of its rows only one is a stop, and arrows lead from it to the others.

/** What a row is known by; the list looks for it in what is drawn. */
const mark = 'data-place';

export type OneStop = {
  readonly list: { readonly onFocus: (event: FocusEvent<HTMLElement>) => void; readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void };
  readonly row: (place: number) => { readonly tabIndex: number; readonly [mark]: number };
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
        const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(`[${mark}]`)].toSorted((a, b) => placeOf(a) - placeOf(b));
        const now = rows.findIndex((row) => row === event.target);
        const next = { ArrowDown: rows[now + 1], ArrowUp: rows[now - 1], Home: rows[0], End: rows.at(-1) }[event.key];
        if (now < 0 || !next) return;
        event.preventDefault();
        next.focus();
      },
    },
    row: (place) => ({ tabIndex: place === stop ? 0 : -1, [mark]: place }),
  };
}

const placeOf = (element: Element): number => Number(element.getAttribute(mark) ?? -1);
