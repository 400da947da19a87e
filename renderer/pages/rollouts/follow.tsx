import { Select, Skeleton } from '@mantine/core';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import type { Colouring, FollowPick } from './address.ts';
import { type Row, meanReward, rangeOf } from './groups.ts';
import { type About, Lane } from './lane.tsx';
import { MemberStrip } from './member-strip.tsx';
import { RewardBars } from './reward-bars.tsx';
import css from './rollouts.module.css';
import { plain } from './scale.ts';

type Side = 'left' | 'right';
type Pick = FollowPick | undefined;

/** A sample may be drawn twice in a step, as two groups. */
type Drawn = { readonly step: number; readonly group: number; readonly rows: readonly Row[]; readonly label: string };

type FollowProps = {
  readonly run: string;
  readonly sample: string;
  /** The step that the page shows. */
  readonly step: number;
  readonly left: Pick;
  readonly right: Pick;
  readonly colouring: Colouring | undefined;
  readonly about: About;
  readonly drawAs: ReactNode;
  readonly onChoose: (wish: { readonly [side in Side]?: string }) => void;
};

/** One sample at every step that drew it: its rewards as a strip, and two of the steps beside each other. */
export function Follow({ run, sample, step, left, right, colouring, about, drawAs, onChoose }: FollowProps) {
  const { t } = useTranslation();
  const { data, error, refetch } = useEngine('rollouts.drawn', { run, sample });
  const drawn = useMemo(() => groupsByStep(data ?? [], (each) => t('rollouts.stepShort', { step: each })), [data, t]);
  const range = useMemo(() => rangeOf(data ?? []), [data]);
  if (error) return <FaultNote error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={96} m="lg" />;
  const known = (pick: Pick): Drawn | undefined => pick && (drawn.find((each) => each.step === pick.step && each.group === pick.group) ?? drawn.find((each) => each.step === pick.step));
  const first = known(left) ?? drawn[0];
  const shownHere = drawn.find((each) => each.step === step && each !== first) ?? drawn.findLast((each) => each !== first);
  const sides: Readonly<Record<Side, Drawn | undefined>> = { left: first, right: known(right) ?? shownHere };
  const choose = (side: Side, { step: at, group }: Drawn, member?: number): void => onChoose({ [side]: [at, group, ...(member === undefined ? [] : [member])].join(',') });
  const distinct = new Set(drawn.map((each) => each.step)).size;
  const columns: readonly Side[] = drawn.length < 2 ? ['left'] : ['left', 'right'];
  return (
    <>
      <section className={css.followStrip} aria-label={t('rollouts.followed', { count: distinct })}>
        <div className={css.followTitle}>
          <h2>{t('rollouts.followed', { count: distinct })}</h2>
          <span className="faint">{t(distinct < 2 ? 'rollouts.followedOnce' : 'rollouts.followHelp')}</span>
          {drawAs}
        </div>
        <div className={css.followSteps}>
          {drawn.map((each) => {
            const mean = meanReward(each.rows);
            const words = mean === undefined ? '–' : plain(mean);
            return (
              <button key={each.label} type="button" className={css.followStep} data-side={columns.find((side) => sides[side] === each)} onClick={({ shiftKey }) => choose(shiftKey ? 'left' : 'right', each)} title={t('rollouts.followStep', { step: each.label, mean: words })}>
                <RewardBars members={each.rows} range={range} width={96} height={32} />
                <span>{each.label}</span>
                <span className="faint">{words}</span>
              </button>
            );
          })}
        </div>
      </section>
      <div className={css.lanes} style={{ '--lanes': columns.length } as React.CSSProperties}>
        {columns.map((side) => {
          const at = sides[side];
          if (!at) return null;
          const { rows } = at;
          const wished = (side === 'left' ? left : right)?.member;
          const row = rows.find(({ member }) => member === wished) ?? best(rows);
          return (
            <div key={side} className={css.followLane}>
              <div className={css.followChoice}>
                <Select size="xs" w={140} allowDeselect={false} aria-label={t(`rollouts.side.${side}`)} data={drawn.map(({ label }) => label)} value={at.label} onChange={(value) => {
                  const next = drawn.find(({ label }) => label === value);
                  if (next) choose(side, next);
                }} />
                <MemberStrip group={{ members: rows }} range={range} shown={[row.member]} onToggle={(member) => choose(side, at, member)} />
              </div>
              <Lane key={`${row.step}.${row.group}.${row.member}`} run={run} row={row} of={rows.length} colouring={colouring} about={about} />
            </div>
          );
        })}
      </div>
    </>
  );
}

const best = (rows: readonly Row[]): Row => rows.reduce((a, b) => ((b.reward ?? Number.NEGATIVE_INFINITY) > (a.reward ?? Number.NEGATIVE_INFINITY) ? b : a));

function groupsByStep(rows: readonly Row[], words: (step: number) => string): readonly Drawn[] {
  const groups = [...Map.groupBy(rows, ({ step, group }) => `${step}.${group}`).values()].flatMap((members) => {
    const [first] = members;
    return first ? [{ step: first.step, group: first.group, rows: members }] : [];
  });
  return groups.map((each) => ({ ...each, label: groups.filter(({ step }) => step === each.step).length > 1 ? `${words(each.step)} · ${each.group + 1}` : words(each.step) }));
}
