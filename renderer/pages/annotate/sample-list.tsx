import { Select, Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AnnotationState } from '../../../main/records/annotation.ts';
import { whole } from '../../parts/numbers.ts';
import { type OneStop, useOneStop } from '../../parts/one-stop.ts';
import { annotationStateOf, annotationStates } from '../../parts/sample-names.ts';
import { firstLine, visibleText } from '../../parts/turns/visible.ts';
import { Thumbnail } from '../datasets/thumbnail.tsx';
import { StateMark } from './state-mark.tsx';
import type { Row, Rows } from './use-rows.ts';
import css from './workplace.module.css';

type SampleListProps = {
  readonly rows: Rows;
  readonly state: AnnotationState | null;
  readonly sample: number | undefined;
  /** Where the sample stands among all. */
  readonly place: number | undefined;
  readonly onState: (state: AnnotationState | null) => void;
  readonly onOpen: (ordinal: number) => void;
  readonly onRange: (first: number, last: number) => void;
};

const rowHeight = 52;
/** Rows that stand in until the first answer. */
const expected = 14;

/** The samples in a state; only those in sight are drawn. */
export function SampleList({ rows, state, sample, place, onState, onOpen, onRange }: SampleListProps) {
  const { t } = useTranslation();
  const pane = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.total ?? expected, getScrollElement: () => pane.current, estimateSize: () => rowHeight, overscan: 8 });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => onRange(first, last), [first, last, onRange]);
  const [index, setIndex] = useState<number>();
  const { locate, total } = rows;
  useEffect(() => {
    if (sample === undefined || total === undefined) return undefined;
    let left = false;
    locate(sample, state === null ? place : undefined).then(({ index: found, there }) => {
      if (!left) setIndex(there ? found : undefined);
    }, () => {});
    return () => void (left = true);
  }, [locate, total, sample, state, place]);
  useEffect(() => {
    if (index !== undefined) virtual.scrollToIndex(index, { align: 'auto' });
  }, [virtual, index]);
  const stop = useOneStop(items.flatMap(({ index: i }) => (rows.at(i) ? [i] : [])), items.find(({ index: i }) => rows.at(i)?.ordinal === sample)?.index ?? -1);
  const { counts } = rows;
  const all = counts && annotationStates.reduce((sum, each) => sum + counts[each], 0);
  const choice = (value: AnnotationState | '') => {
    const count = value === '' ? all : counts?.[value];
    return { value, label: `${value === '' ? t('annotate.everyState') : t(`annotate.states.${value}`)}${count === undefined ? '' : ` · ${whole(count)}`}` };
  };
  return (
    <div className={css.side}>
      <div className={css.sideHead}>
        <Select size="xs" aria-label={t('annotate.filter')} value={state ?? ''} allowDeselect={false} data={[choice(''), ...annotationStates.map(choice)]} onChange={(value) => onState(annotationStateOf(value ?? ''))} />
      </div>
      <nav ref={pane} className={css.list} aria-label={t('datasets.list')} {...stop.list}>
        {rows.total === 0 && <p className={css.none}>{t('annotate.noneInState')}</p>}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index: i, start }) => {
            const row = rows.at(i);
            return row ? <ListRow key={i} row={row} stop={stop.row(i)} top={start} chosen={row.ordinal === sample} onOpen={onOpen} /> : <Skeleton key={i} height={rowHeight - 12} m={6} w="auto" style={{ position: 'absolute', inset: '0 0 auto', transform: `translateY(${start}px)` }} />;
          })}
        </div>
      </nav>
    </div>
  );
}

function ListRow({ row: { ordinal, question, image, state }, stop, top, chosen, onOpen }: { readonly row: Row; readonly stop: ReturnType<OneStop['row']>; readonly top: number; readonly chosen: boolean; readonly onOpen: (ordinal: number) => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" {...stop} className={css.row} style={{ transform: `translateY(${top}px)`, height: rowHeight }} aria-current={chosen || undefined} onClick={() => onOpen(ordinal)}>
      <Thumbnail reference={image ?? undefined} count={image === null ? 0 : 1} size="row" />
      <span className={css.rowWords}>
        <span className={css.cut} dir="auto">{question === '' ? <span className="faint">{t('annotate.noQuestion')}</span> : visibleText(firstLine(question, 80))}</span>
        <span className={css.rowState}>
          <span className="faint">{whole(ordinal + 1)}</span>
          <StateMark state={state} />
        </span>
      </span>
    </button>
  );
}
