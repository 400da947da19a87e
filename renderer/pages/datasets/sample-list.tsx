import { Skeleton } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type RefObject, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { RowBox } from '../../parts/row-box.tsx';
import { firstLine, visibleText } from '../../parts/turns/visible.ts';
import css from './datasets.module.css';
import { Thumbnail } from './thumbnail.tsx';
import type { SampleRow, Samples } from './use-samples.ts';

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

const [rowHeight, headHeight, tileHeight, tileWidth, gap] = [52, 32, 220, 176, 12];
const columns = ['image', 'question', 'answers', 'kind', 'split', 'issues', 'steps'] as const;
/** Rows that stand in until the first answer. */
const expected = 24;

/** Samples as rows or as tiles; only those in sight are drawn. */
export function SampleList({ view, pane, samples, narrow, cursor, open, chosen, resetKey, onRange, onMove, onOpen, onToggle }: SampleListProps) {
  const { t } = useTranslation();
  const { ref: measured, width, height } = useElementSize();
  const gallery = view === 'gallery';
  const perRow = gallery ? Math.max(1, Math.floor((width - gap) / (tileWidth + gap))) : 1;
  const count = samples.total ?? expected;
  const virtual = useVirtualizer({ count: Math.ceil(count / perRow), getScrollElement: () => pane.current, estimateSize: () => (gallery ? tileHeight + gap : rowHeight), overscan: gallery ? 2 : 8, paddingStart: gallery ? gap : 0, scrollPaddingStart: gallery ? gap : 0, scrollPaddingEnd: gallery ? gap : headHeight });
  const items = virtual.getVirtualItems();
  const [first, last] = [(items[0]?.index ?? 0) * perRow, ((items.at(-1)?.index ?? 0) + 1) * perRow - 1];
  useEffect(() => onRange(first, last), [first, last, onRange]);
  // Measuring 100,000 lines anew, or asking where the list is scrolled to, would hold up the first picture.
  const measuredFor = useRef(perRow);
  useEffect(() => {
    if (measuredFor.current !== perRow) virtual.measure();
    measuredFor.current = perRow;
  }, [virtual, perRow]);
  const scrolled = (): boolean => (virtual.scrollOffset ?? 0) > 0;
  useEffect(() => {
    if (scrolled()) virtual.scrollToIndex(0);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [virtual, resetKey]);
  const known = samples.total !== undefined;
  const cursorRow = Math.floor(cursor / perRow);
  useEffect(() => {
    if (known && height > 0 && (cursorRow > 0 || scrolled())) virtual.scrollToIndex(cursorRow, { align: 'auto' });
    // Again when it is known how many there are, or others: a link may lead far down.
  }, [virtual, cursorRow, height, known, count]);

  const keys = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(height / (gallery ? tileHeight + gap : rowHeight)) - 1) * perRow;
    const steps: Readonly<Record<string, number>> = { ArrowDown: perRow, ArrowUp: -perRow, PageDown: page, PageUp: -page, Home: -count, End: count, ...(gallery && { ArrowRight: 1, ArrowLeft: -1 }) };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onMove(cursor + step);
  };
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
      ref={(element) => {
        pane.current = element;
        measured(element);
      }}
      className={css.list}
      data-view={view}
      data-narrow={narrow || undefined}
      role="grid"
      tabIndex={0}
      aria-label={t('datasets.list')}
      aria-rowcount={Math.ceil(count / perRow) + (gallery ? 0 : 1)}
      aria-activedescendant={count > 0 && cursor >= first && cursor <= last ? `sample-${cursor}` : undefined}
      aria-busy={samples.total === undefined}
      onKeyDown={keys}
    >
      {!gallery && (
        <div role="row" className={css.columns} aria-rowindex={1}>
          <span role="columnheader" aria-label={t('datasets.columns.choose')} />
          {columns.map((column) => (
            <span key={column} role="columnheader" data-column={column}>
              {column === 'image' ? <span className="unseen">{t('datasets.columns.image')}</span> : t(`datasets.columns.${column}`)}
            </span>
          ))}
        </div>
      )}
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
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
            <div key={line} role="row" aria-rowindex={line + 1} className={css.tiles} style={{ transform: `translateY(${start}px)`, height: tileHeight, gridTemplateColumns: `repeat(${perRow}, minmax(0, 1fr))` }}>
              {Array.from({ length: perRow }, (_, i) => {
                const made = cell(line * perRow + i);
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

const answersOf = ({ answers, answerCount }: SampleRow): string => visibleText(firstLine(answers.join(' / '), 120)) + (answerCount > answers.length ? ` +${answerCount - answers.length}` : '');

function RowCells({ row, box }: { readonly row: SampleRow; readonly box: React.ReactNode }) {
  const { t } = useTranslation();
  const { images, imageCount, question, kind, split, issues, steps, tags, id } = row;
  return (
    <>
      <span role="gridcell">{box}</span>
      <span role="gridcell" data-column="image">
        <Thumbnail reference={images[0]} count={imageCount} size="row" />
      </span>
      <span role="gridcell" data-column="question" className={css.questionCell} title={visibleText(question)}>
        <span className={css.line} dir="auto">{question === '' ? <span className="faint">{t('datasets.noQuestion')}</span> : visibleText(firstLine(question, 240))}</span>
        <span className={css.under}>
          <bdi className={css.line}>{visibleText(id)}</bdi>
          {tags.map((tag) => (
            <span key={tag} className={css.tag}>
              {visibleText(tag)}
            </span>
          ))}
        </span>
      </span>
      <span role="gridcell" data-column="answers" className={css.line} dir="auto" title={answersOf(row)}>
        {answersOf(row) || <span className="faint">–</span>}
      </span>
      <span role="gridcell" data-column="kind">{t(`datasets.kinds.${kind}`)}</span>
      <span role="gridcell" data-column="split" className={css.line}>{split === null ? <span className="faint">–</span> : visibleText(split)}</span>
      <span role="gridcell" data-column="issues" className={css.line}>{issues.length === 0 ? <span className="faint">–</span> : issues.map((issue) => t(`datasets.issues.${issue}`)).join(t('frame.marks.between'))}</span>
      <span role="gridcell" data-column="steps" className={css.number}>{steps === 0 ? <span className="faint">–</span> : steps}</span>
    </>
  );
}

function Tile({ row, box }: { readonly row: SampleRow; readonly box: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <>
      <Thumbnail reference={row.images[0]} count={row.imageCount} size="tile" />
      <span className={css.tileBox}>{box}</span>
      <span className={css.tileQuestion} dir="auto">{row.question === '' ? t('datasets.noQuestion') : visibleText(firstLine(row.question, 160))}</span>
      <span className={css.tileAnswer} dir="auto">{answersOf(row)}</span>
    </>
  );
}
