import { Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { CircleCheck } from 'lucide-react';
import { useQueries } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { engineKey } from '../../connection/queries.ts';
import { engineWords } from '../../i18n/engine-words.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { ForeignText } from '../../parts/turns/foreign-text.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import css from './datasets.module.css';

const pageSize = 100;

/** Rows of the files that were left out, or read without something, each with its line and the reason. */
export function FaultTable({ dataset }: { readonly dataset: number }) {
  const { t } = useTranslation();
  const pane = useRef<HTMLDivElement>(null);
  const top = useEngine('datasets.faults', { dataset, offset: 0, limit: pageSize });
  const total = top.data?.total;
  const virtual = useVirtualizer({ count: total ?? 12, getScrollElement: () => pane.current, estimateSize: () => 40, overscan: 12 });
  const items = virtual.getVirtualItems();
  const numbers = [...new Set(items.map(({ index }) => Math.floor(index / pageSize)))].filter((page) => page > 0);
  const pages = useQueries({ queries: numbers.map((page) => ({ queryKey: engineKey('datasets.faults', { dataset, offset: page * pageSize, limit: pageSize }), queryFn: ({ signal }: { readonly signal: AbortSignal }) => engine.call('datasets.faults', { dataset, offset: page * pageSize, limit: pageSize }, signal) })) });
  if (top.error) return <div className={css.fault}><FaultNote error={top.error} onRetry={() => void top.refetch()} /></div>;
  if (total === 0) return <EmptyState icon={CircleCheck} title={t('datasets.noFaults.title')} text={t('datasets.noFaults.text')} />;
  return (
    <div className={css.faults}>
      <p className="faint">{t('datasets.faultsHelp')}</p>
      <div className={css.list} ref={pane} role="table" tabIndex={0} aria-label={t('datasets.views.faults')} aria-rowcount={(total ?? 0) + 1}>
        <div role="row" className={css.faultColumns}>
          {(['file', 'line', 'reason', 'outcome'] as const).map((column) => (
            <span key={column} role="columnheader" data-number={column === 'line' || undefined}>
              {t(`datasets.faultColumns.${column}`)}
            </span>
          ))}
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, start }) => {
            const page = Math.floor(index / pageSize);
            const fault = (page === 0 ? top.data : pages[numbers.indexOf(page)]?.data)?.rows[index % pageSize];
            return (
              <div key={index} ref={virtual.measureElement} data-index={index} role="row" aria-rowindex={index + 2} className={css.faultRow} style={{ transform: `translateY(${start}px)` }}>
                {fault ? (
                  <>
                    <span role="cell" className="foreign">{visibleText(fault.file)}</span>
                    <span role="cell" data-number>{fault.line === null ? t('datasets.row', { row: fault.row + 1 }) : fault.line}</span>
                    <span role="cell">
                      <ForeignText text={engineWords(fault.reason)} characters={400} lines={4} />
                    </span>
                    <span role="cell" className="faint">{t(fault.kept ? 'datasets.kept' : 'datasets.left')}</span>
                  </>
                ) : (
                  <Skeleton height={14} style={{ gridColumn: '1 / -1' }} />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
