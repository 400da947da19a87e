import { Progress, Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Pin, StickyNote } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { percent, rewardFigure } from '../../../charts/figures.ts';
import { Sparkline } from '../../../charts/sparkline.tsx';
import { useEngine } from '../../../connection/hooks.ts';
import { Ago } from '../../../parts/ago.tsx';
import { tookText } from '../../../parts/numbers.ts';
import { RowBox } from '../../../parts/row-box.tsx';
import { runPath } from '../address.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import { StatusBadge } from '../status-badge.tsx';
import css from '../train.module.css';

type Row = Calls<AppContract>['runs.list']['output']['rows'][number];

const rowHeight = 44;
const columns = ['name', 'status', 'step', 'curve', 'f1', 'started', 'took'] as const;
const numbers: ReadonlySet<(typeof columns)[number]> = new Set(['f1', 'took']);

/** Runs as rows; only those in sight are drawn. */
export function RunRows({ rows, chosen, onChoose }: { readonly rows: readonly Row[] | undefined; readonly chosen: readonly string[]; readonly onChoose: (names: readonly string[]) => void }) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows?.length ?? 12, getScrollElement: () => place.current, estimateSize: () => rowHeight, overscan: 8 });
  return (
    <div ref={place} className={css.rows} role="table" aria-label={t('train.tabs.history')} aria-rowcount={rows?.length ?? 0}>
      <div role="row" className={css.headRow}>
        <span role="columnheader" aria-label={t('train.choose')} />
        {columns.map((column) => (
          <span role="columnheader" key={column} data-number={numbers.has(column) || undefined}>
            {t(`train.columns.${column}`)}
          </span>
        ))}
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows?.[index];
          return (
            <div key={row?.name ?? index} role="row" aria-rowindex={index + 1} className={css.row} onClick={(event) => openRow(event, row?.name)} style={{ transform: `translateY(${start}px)`, height: rowHeight }}>
              {row ? <RunCells row={row} chosen={chosen.includes(row.name)} onChoose={(on) => onChoose(on ? [...chosen, row.name] : chosen.filter((each) => each !== row.name))} /> : <Skeleton height={16} style={{ gridColumn: '2 / -1' }} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** A click beside links and boxes opens the run, as its name does. */
function openRow({ target, currentTarget }: React.MouseEvent<HTMLElement>, run: string | undefined): void {
  if (run !== undefined && !(target as Element).closest('a, input, label') && currentTarget.contains(target as Node)) location.hash = runPath(run);
}

function RunCells({ row, chosen, onChoose }: { readonly row: Row; readonly chosen: boolean; readonly onChoose: (on: boolean) => void }) {
  const { t } = useTranslation();
  const { data } = useEngine('runs.sparks', { runs: [row.name] });
  const { name, title, status, step, steps, reward, lastF1, bestF1, startedAt, endedAt, note, tags, pinned } = row;
  return (
    <>
      <span role="cell">
        <RowBox label={t('train.chooseRun', { run: name })} checked={chosen} onChange={onChoose} />
      </span>
      <span role="cell" className={css.nameCell}>
        {pinned && <Pin size={13} aria-label={t('train.pinned')} />}
        <a href={runPath(name)} className="foreign row-name">
          {visibleText(title)}
        </a>
        {title !== name && <span className="faint foreign">{visibleText(name)}</span>}
        {tags.map((tag) => (
          <span key={tag} className={css.tag}>
            {visibleText(tag)}
          </span>
        ))}
        {note !== '' && (
          <span className={css.note} title={visibleText(note)}>
            <StickyNote size={13} aria-hidden />
            <span>{visibleText(note.split('\n')[0] ?? '')}</span>
          </span>
        )}
      </span>
      <span role="cell">
        <StatusBadge status={status} />
      </span>
      <span role="cell" className={css.stepCell}>
        {step} / {steps}
        {step < steps && <Progress value={(100 * step) / Math.max(1, steps)} size={3} aria-label={t('train.facts.step', { step, steps })} {...(status !== 'running' && { color: 'gray' })} />}
      </span>
      <span role="cell" className={css.curveCell}>
        <Sparkline values={data?.[name]} label={t('train.rewardCurve')} />
        <span>{reward === null ? '–' : rewardFigure(reward)}</span>
      </span>
      <span role="cell" data-number title={lastF1 === null ? undefined : t('train.lastF1', { f1: percent(lastF1) })}>
        {percent(bestF1)}
      </span>
      <span role="cell" className="faint">
        <Ago time={startedAt} />
      </span>
      <span role="cell" className="faint" data-number>
        {tookText(startedAt, endedAt) ?? '–'}
      </span>
    </>
  );
}
