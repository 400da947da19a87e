import { Skeleton } from '@mantine/core';
import type { MouseEvent, RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { RowBox } from '../../parts/row-box.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import css from './datasets.module.css';
import { ColumnHeads, RowCells, Tile } from './sample-cells.tsx';
import { rowHeight, tileHeight, useSampleLines } from './use-sample-lines.ts';
import type { Samples } from './use-samples.ts';

type SampleListProps = {
  readonly view: 'table' | 'gallery';
  readonly pane: RefObject<HTMLDivElement | null>;
  readonly samples: Samples;
  /** A sample stands beside it. */
  readonly narrow: boolean;
  readonly cursor: number;
  /** The ordinal of the sample that is open. */
  readonly open: number | undefined;
  readonly chosen: ReadonlySet<number>;
  /** Another one begins at the top. */
  readonly resetKey: string;
  readonly onRange: (first: number, last: number) => void;
  readonly onMove: (index: number) => void;
  readonly onOpen: (index: number, ordinal: number) => void;
  readonly onToggle: (ordinal: number) => void;
};

/** Rows that stand in until the first answer. */
const expected = 24;

/** Samples as rows or as tiles; only those in sight are drawn. */
export function SampleList({ view, pane, samples, narrow, cursor, open, chosen, resetKey, onRange, onMove, onOpen, onToggle }: SampleListProps) {
  const { t } = useTranslation();
  const gallery = view === 'gallery';
  const known = samples.total !== undefined;
  const count = samples.total ?? expected;
  const { items, perLine, lines, totalHeight, cursorInSight, onKeyDown, ref } = useSampleLines({ gallery, pane, count, known, cursor, resetKey, onRange, onMove });
  const cell = (index: number) => {
    if (index >= count) return undefined;
    const row = samples.at(index);
    const props = { id: `sample-${index}`, 'data-cursor': index === cursor || undefined, 'aria-selected': row !== undefined && row.ordinal === open } as const;
    const press = ({ target }: MouseEvent): void => {
      if (row && !(target as Element).closest('input, label')) onOpen(index, row.ordinal);
    };
    const box = row && <RowBox passedOver label={t('datasets.choose', { id: visibleText(row.id) })} checked={chosen.has(row.ordinal)} onChange={() => onToggle(row.ordinal)} />;
    return { row, props, press, box };
  };
  return (
    <div
      ref={ref}
      className={css.list}
      data-view={view}
      data-narrow={narrow || undefined}
      role="grid"
      tabIndex={0}
      aria-label={t('datasets.list')}
      aria-rowcount={lines + (gallery ? 0 : 1)}
      aria-activedescendant={cursorInSight ? `sample-${cursor}` : undefined}
      aria-busy={!known}
      onKeyDown={onKeyDown}
    >
      {!gallery && <ColumnHeads />}
      <div role="rowgroup" style={{ height: totalHeight, position: 'relative' }}>
        {items.map(({ index: line, start }) => {
          if (!gallery) {
            const made = cell(line);
            return (
              made && (
                <div key={line} {...made.props} role="row" aria-rowindex={line + 2} className={css.row} style={{ transform: `translateY(${start}px)`, height: rowHeight }} onClick={made.press}>
                  {made.row ? <RowCells row={made.row} box={made.box} /> : <Skeleton height={16} style={{ gridColumn: '2 / -1' }} />}
                </div>
              )
            );
          }
          return (
            <div key={line} role="row" aria-rowindex={line + 1} className={css.tiles} style={{ transform: `translateY(${start}px)`, height: tileHeight, gridTemplateColumns: `repeat(${perLine}, minmax(0, 1fr))` }}>
              {Array.from({ length: perLine }, (_, i) => {
                const made = cell(line * perLine + i);
                return (
                  made && (
                    <div key={i} {...made.props} role="gridcell" className={css.tile} onClick={made.press}>
                      {made.row ? <Tile row={made.row} box={made.box} /> : <Skeleton height="100%" />}
                    </div>
                  )
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
}
