import { Skeleton } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { engineKey } from '../../connection/queries.ts';
import { useOneStop } from '../../parts/one-stop.ts';
import css from './paged.module.css';

// A list of any length: rows are asked for in pages, those in sight first, and only those in sight are drawn.

const pageSize = 200;

type Page<Row> = { readonly total: number; readonly rows: readonly Row[] };
export type Paged<Row> = {
  /** Unknown before the first page. */
  readonly total: number | undefined;
  readonly rowAt: (i: number) => Row | undefined;
  readonly firstWhere: (test: (row: Row) => boolean) => number;
  readonly see: (from: number, to: number) => void;
  readonly error: unknown;
};

/** The rows that a method gives for an input, by pages. */
export function usePaged<Input extends object, Row>(method: string, input: Input, fetch: (page: Input & { readonly offset: number; readonly limit: number }, signal: AbortSignal) => Promise<Page<Row>>): Paged<Row> {
  const [seen, setSeen] = useState<readonly [number, number]>([0, 0]);
  const pages = [...new Set([0, ...Array.from({ length: seen[1] - seen[0] + 1 }, (_, i) => seen[0] + i)])];
  const answers = useQueries({
    queries: pages.map((page) => {
      const asked = { ...input, offset: page * pageSize, limit: pageSize };
      return { queryKey: engineKey(method, asked), queryFn: ({ signal }: { readonly signal: AbortSignal }) => fetch(asked, signal) };
    }),
  });
  const loaded = new Map(pages.map((page, i) => [page, answers[i]?.data]));
  // What was shown last stays until the first page of another filter is there.
  const last = useRef(loaded);
  useEffect(() => {
    if (loaded.get(0)) last.current = loaded;
  });
  const byPage = loaded.get(0) ? loaded : last.current;
  return {
    total: byPage.get(0)?.total,
    rowAt: (i) => byPage.get(Math.floor(i / pageSize))?.rows[i % pageSize],
    firstWhere: (test) => {
      for (const [page, answer] of byPage) {
        const at = answer?.rows.findIndex(test) ?? -1;
        if (at >= 0) return page * pageSize + at;
      }
      return -1;
    },
    see: (from, to) => {
      const [a, b] = [Math.floor(from / pageSize), Math.floor(to / pageSize)];
      if (a !== seen[0] || b !== seen[1]) setSeen([a, b]);
    },
    error: answers.find(({ error }) => error)?.error,
  };
}

type PagedListProps<Row> = {
  readonly paged: Paged<Row>;
  readonly label: string;
  /** Place of the chosen row, -1 where none is. */
  readonly chosen: number;
  readonly rowHeight: number;
  readonly none: ReactNode;
  readonly draw: (row: Row) => ReactNode;
  readonly onChoose: (row: Row) => void;
};

export function PagedList<Row>({ paged, label, chosen, rowHeight, none, draw, onChoose }: PagedListProps<Row>) {
  const pane = useRef<HTMLDivElement>(null);
  const { total } = paged;
  const rows = useVirtualizer({ count: total ?? 0, getScrollElement: () => pane.current, estimateSize: () => rowHeight, overscan: 8 });
  const items = rows.getVirtualItems();
  const [from, to] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const stop = useOneStop(items.flatMap(({ index }) => (paged.rowAt(index) === undefined ? [] : [index])), chosen);
  const { see } = paged;
  useEffect(() => {
    see(from, to);
    // The range alone decides what is asked for.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [from, to]);
  useEffect(() => {
    if (chosen >= 0) rows.scrollToIndex(chosen, { align: 'auto' });
  }, [chosen, rows]);
  return (
    <nav className={css.list} ref={pane} aria-label={label} {...stop.list}>
      {total === undefined && Array.from({ length: 8 }, (_, i) => <Skeleton key={i} height={rowHeight - 12} m={6} w="auto" />)}
      {total === 0 && <p className={css.none}>{none}</p>}
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {items.map(({ index, start }) => {
          const row = paged.rowAt(index);
          const place = { transform: `translateY(${start}px)`, height: rowHeight };
          if (row === undefined) return <div key={index} className={css.row} style={place}><Skeleton height={14} mt={8} /></div>;
          return (
            <button key={index} type="button" {...stop.row(index)} className={css.row} style={place} aria-current={index === chosen || undefined} onClick={() => onChoose(row)}>
              {draw(row)}
            </button>
          );
        })}
      </div>
    </nav>
  );
}
