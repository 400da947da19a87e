import { Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Scissors, TriangleAlert } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type OneStop, useOneStop } from '../../parts/one-stop.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import { type Group, meanReward } from './groups.ts';
import { RewardBars } from './reward-bars.tsx';
import css from './rollouts.module.css';
import { plain } from './scale.ts';

type GroupListProps = { readonly groups: readonly Group[] | undefined; readonly chosen: Group | undefined; readonly range: readonly [number, number]; readonly onChoose: (group: Group) => void };

const rowHeight = 52;

/** The groups of a step. */
export function GroupList({ groups, chosen, range, onChoose }: GroupListProps) {
  const { t } = useTranslation();
  const pane = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: groups?.length ?? 0, getScrollElement: () => pane.current, estimateSize: () => rowHeight, overscan: 8 });
  const index = groups && chosen ? groups.indexOf(chosen) : -1;
  useEffect(() => {
    if (index >= 0) rows.scrollToIndex(index, { align: 'auto' });
  }, [index, rows]);
  const items = rows.getVirtualItems();
  const stop = useOneStop(items.map(({ index: i }) => i), index);
  return (
    <nav className={css.list} ref={pane} aria-label={t('rollouts.groups')} {...stop.list}>
      {groups === undefined && Array.from({ length: 8 }, (_, i) => <Skeleton key={i} height={rowHeight - 12} m={6} w="auto" />)}
      {groups?.length === 0 && <p className={css.none}>{t('rollouts.noMatch')}</p>}
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {items.map(({ index: i, start }) => {
          const group = groups?.[i];
          return group && <GroupRow key={group.group} group={group} stop={stop.row(i)} range={range} chosen={group === chosen} top={start} onChoose={onChoose} />;
        })}
      </div>
    </nav>
  );
}

function GroupRow({ group, stop, range, chosen, top, onChoose }: { readonly group: Group; readonly stop: ReturnType<OneStop['row']>; readonly range: readonly [number, number]; readonly chosen: boolean; readonly top: number; readonly onChoose: (group: Group) => void }) {
  const { t } = useTranslation();
  const { sample, members } = group;
  const mean = meanReward(members);
  return (
    <button type="button" {...stop} className={css.row} style={{ transform: `translateY(${top}px)`, height: rowHeight }} aria-current={chosen || undefined} onClick={() => onChoose(group)} title={visibleText(sample)}>
      <span className={css.rowTop}>
        <span className={css.sampleId}>
          {/* The end of an id tells samples apart. */}
          <bdi>{visibleText(sample)}</bdi>
        </span>
        {members.some(({ toolError }) => toolError) && <TriangleAlert size={12} className={css.flagError} aria-label={t('rollouts.flag.toolError')} />}
        {members.some(({ truncated }) => truncated) && <Scissors size={12} className="faint" aria-label={t('rollouts.flag.truncated')} />}
      </span>
      <span className={css.rowBottom}>
        <RewardBars members={members} range={range} wanted={group.wanted} width={136} height={18} />
        <span className="faint">{mean === undefined ? t('rollouts.noReward') : t('rollouts.mean', { mean: plain(mean) })}</span>
      </span>
    </button>
  );
}
