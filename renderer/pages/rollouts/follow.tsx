import { Select, Skeleton } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import type { Colouring } from './address.ts';
import { type Row, rangeOf } from './groups.ts';
import { Lane } from './lane.tsx';
import { MemberStrip } from './member-strip.tsx';
import { RewardBars } from './reward-bars.tsx';
import css from './rollouts.module.css';
import { plain } from './scale.ts';

type Side = 'left' | 'right';
type Pick = readonly [number, number | undefined] | undefined;

type FollowProps = {
  readonly run: string;
  readonly sample: string;
  /** The step that the page shows. */
  readonly step: number;
  readonly left: Pick;
  readonly right: Pick;
  readonly colouring: Colouring | undefined;
  readonly maskTruncated: boolean;
  readonly onChoose: (wish: { readonly [side in Side]?: string }) => void;
};

/** One sample at every step that drew it: its rewards as a strip, and two of the steps beside each other. */
export function Follow({ run, sample, step, left, right, colouring, maskTruncated, onChoose }: FollowProps) {
  const { t } = useTranslation();
  const { data, error, refetch } = useEngine('rollouts.drawn', { run, sample });
  const steps = useMemo(() => [...Map.groupBy(data ?? [], (row) => row.step)].toSorted(([a], [b]) => a - b), [data]);
  const range = useMemo(() => rangeOf(data ?? []), [data]);
  if (error) return <FaultNote error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={96} m="lg" />;
  const known = (pick: Pick, otherwise: number | undefined): number | undefined => (pick && steps.some(([each]) => each === pick[0]) ? pick[0] : otherwise);
  const first = steps[0]?.[0];
  const last = steps.at(-1)?.[0];
  const sides: Readonly<Record<Side, number | undefined>> = { left: known(left, first), right: known(right, step === first ? last : step) };
  const choose = (side: Side, chosen: number, member?: number): void => onChoose({ [side]: member === undefined ? String(chosen) : `${chosen},${member}` });
  const columns: readonly Side[] = steps.length < 2 ? ['left'] : ['left', 'right'];
  return (
    <>
      <section className={css.followStrip} aria-label={t('rollouts.followed', { count: steps.length })}>
        <div className={css.followTitle}>
          {t('rollouts.followed', { count: steps.length })} <span className="faint">{t(steps.length < 2 ? 'rollouts.followedOnce' : 'rollouts.followHelp')}</span>
        </div>
        <div className={css.followSteps}>
          {steps.map(([each, rows]) => {
            const rewards = rows.flatMap(({ reward }) => reward ?? []);
            const mean = rewards.length === 0 ? undefined : rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
            const side = columns.find((name) => sides[name] === each);
            return (
              <button key={each} type="button" className={css.followStep} data-side={side} onClick={({ shiftKey }) => choose(shiftKey ? 'left' : 'right', each)} aria-label={t('rollouts.followStep', { step: each, mean: mean === undefined ? '–' : plain(mean) })}>
                <RewardBars members={rows} range={range} width={96} height={32} />
                <span>{t('rollouts.stepShort', { step: each })}</span>
                <span className="faint">{mean === undefined ? '–' : plain(mean)}</span>
              </button>
            );
          })}
        </div>
      </section>
      <div className={css.lanes} style={{ '--lanes': columns.length } as React.CSSProperties}>
        {columns.map((side) => {
          const at = sides[side];
          const rows = steps.find(([each]) => each === at)?.[1];
          if (at === undefined || !rows) return null;
          const wished = (side === 'left' ? left : right)?.[1];
          const row = rows.find(({ member }) => member === wished) ?? best(rows);
          return (
            <div key={side} className={css.followLane}>
              <div className={css.followChoice}>
                <Select size="xs" w={120} allowDeselect={false} aria-label={t(`rollouts.side.${side}`)} data={steps.map(([each]) => ({ value: String(each), label: t('rollouts.stepShort', { step: each }) }))} value={String(at)} onChange={(value) => value !== null && choose(side, Number(value))} />
                <MemberStrip group={{ members: rows }} range={range} shown={[row.member]} onToggle={(member) => choose(side, at, member)} />
              </div>
              <Lane key={`${row.step}.${row.group}.${row.member}`} run={run} row={row} of={rows.length} colouring={colouring} maskTruncated={maskTruncated} />
            </div>
          );
        })}
      </div>
    </>
  );
}

const best = (rows: readonly Row[]): Row => rows.reduce((a, b) => ((b.reward ?? Number.NEGATIVE_INFINITY) > (a.reward ?? Number.NEGATIVE_INFINITY) ? b : a));
