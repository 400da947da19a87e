import { Button } from '@mantine/core';
import { Route } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { usePageKeys } from '../../frame/page-keys.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { useAddress } from './address.ts';
import { DrawAs } from './draw-as.tsx';
import { Follow } from './follow.tsx';
import { GroupList } from './group-list.tsx';
import { type Group, type Row, firstLanes } from './groups.ts';
import { Lane } from './lane.tsx';
import { MemberStrip } from './member-strip.tsx';
import css from './rollouts.module.css';
import { SampleHeader } from './sample-header.tsx';
import { DetailSkeleton, Fault } from './standing-in.tsx';
import { Toolbar } from './toolbar.tsx';
import { useShown } from './use-shown.ts';

/** One run: its groups of a step, and the trajectories of one of them beside each other. */
export function RunRollouts({ run, runs }: { readonly run: string; readonly runs: NonNullable<ReturnType<typeof useEngine<'rollouts.runs'>>['data']> }) {
  const { t } = useTranslation();
  const [address, go] = useAddress();
  const { filter, tokens } = address;
  const about = useEngine('rollouts.steps', { run });
  const steps = about.data?.steps ?? [];
  const { rows, groups, range, step, chosen, lanes, chooseGroup, chooseStep, moveGroup, moveStep, toggleLane } = useShown(run, steps);
  const filterBar = useRef<HTMLDivElement>(null);
  const follow = (): void => go({ follow: address.follow ? undefined : true, left: undefined, right: undefined });
  const drawAs = <DrawAs tokens={tokens} measuresKl={about.data?.measuresKl ?? true} onChange={(next) => go({ tokens: next }, true)} />;
  usePageKeys({
    title: t('frame.nav.rollouts'),
    keys: [
      { keys: ['j'], words: t('rollouts.keys.next'), act: () => moveGroup(1) },
      { keys: ['k'], words: t('rollouts.keys.before'), act: () => moveGroup(-1) },
      { keys: ['n'], words: t('rollouts.keys.stepAfter'), act: () => moveStep(1) },
      { keys: ['p'], words: t('rollouts.keys.stepBefore'), act: () => moveStep(-1) },
      { keys: ['1', '2', '3', '4', '5', '6', '7', '8'], shown: '1 – 8', words: t('rollouts.keys.lane'), act: ({ key }) => {
        const row = chosen?.members[Number(key) - 1];
        if (row) toggleLane(row.member);
      } },
      { keys: ['t'], words: t('rollouts.keys.tokens'), act: () => go({ tokens: tokens ? undefined : 'logprob' }, true) },
      { keys: ['/'], words: t('rollouts.keys.filter'), act: () => filterBar.current?.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus() },
      { keys: ['f'], words: t('rollouts.keys.follow'), act: follow },
    ],
  });

  return (
    <div className={css.page}>
      <h1 className={css.hidden}>{t('rollouts.title', { run })}</h1>
      <Toolbar
        runs={runs} run={run} steps={steps} step={step} rows={rows.data} filter={filter} filterBar={filterBar}
        onRun={(name) => go({ run: name, step: undefined, group: undefined, sample: undefined, lane: undefined, follow: undefined, left: undefined, right: undefined })}
        onStep={chooseStep}
        onFilter={(next) => go({ filter: next === 'all' ? undefined : next, lane: undefined })}
      />
      {about.error && <Fault error={about.error} onRetry={() => void about.refetch()} />}
      {about.data && steps.length === 0 && <EmptyState icon={Route} title={t('rollouts.noSteps.title')} text={t('rollouts.noSteps.text')} />}
      {(!about.data || steps.length > 0) && !about.error && (
        <div className={css.body}>
          <GroupList groups={groups} chosen={chosen} range={range} onChoose={chooseGroup} />
          <div className={css.detail}>
            {rows.error && <Fault error={rows.error} onRetry={() => void rows.refetch()} />}
            {!groups && !rows.error && <DetailSkeleton />}
            {groups && !chosen && <EmptyState icon={Route} title={t('rollouts.noMatch')} text={t('rollouts.noMatchText')} action={<Button variant="default" onClick={() => go({ filter: undefined })}>{t('rollouts.showAll')}</Button>} />}
            {chosen && step !== undefined && about.data && (
              <>
                <Asked run={run} group={chosen} following={address.follow} onFollow={follow} />
                {address.follow ? (
                  <Follow run={run} sample={chosen.sample} step={step} left={address.left} right={address.right} colouring={tokens} about={about.data} drawAs={drawAs} onChoose={(wish) => go(wish, true)} />
                ) : (
                  <>
                    <div className={css.stripBar}>
                      <MemberStrip group={chosen} range={range} shown={lanes} onToggle={toggleLane} />
                      {drawAs}
                    </div>
                    <div className={css.lanes} style={{ '--lanes': lanes.length } as React.CSSProperties}>
                      {lanes.map((lane) => {
                        const row = chosen.members.find(({ member }) => member === lane) as Row;
                        return <Lane key={`${step}.${chosen.group}.${lane}`} run={run} row={row} of={chosen.members.length} colouring={tokens} about={about.data} onClose={lanes.length > 1 ? () => toggleLane(lane) : undefined} />;
                      })}
                    </div>
                  </>
                )}
              </>
            )}
          </div>
        </div>
      )}
    </div>
  );
}

/** What a group was asked stands in each of its trajectories. */
function Asked({ run, group, following, onFollow }: { readonly run: string; readonly group: Group; readonly following: boolean; readonly onFollow: () => void }) {
  const [first] = firstLanes(group);
  const { step } = group.members[0] as Row;
  const { data } = useEngine('rollouts.trajectory', { run, step, group: group.group, member: first ?? 0 });
  return <SampleHeader sample={group.sample} asked={data?.asked} following={following} onFollow={onFollow} />;
}
