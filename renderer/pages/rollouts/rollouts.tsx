import { useQueryClient } from '@tanstack/react-query';
import { Button, Skeleton } from '@mantine/core';
import { Route } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine, useStream } from '../../connection/hooks.ts';
import { engineKey } from '../../connection/queries.ts';
import { type PageKey, usePageKeys } from '../../frame/page-keys.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { useAddress } from './address.ts';
import { DrawAs } from './draw-as.tsx';
import { Follow } from './follow.tsx';
import { GroupList } from './group-list.tsx';
import { type Group, type Row, firstLanes, groupsOf, rangeOf } from './groups.ts';
import { Lane } from './lane.tsx';
import { MemberStrip } from './member-strip.tsx';
import css from './rollouts.module.css';
import { SampleHeader } from './sample-header.tsx';
import { Toolbar } from './toolbar.tsx';

/** What the agents of a run did, step by step. */
export function Rollouts() {
  const { t } = useTranslation();
  const runs = useEngine('rollouts.runs', undefined);
  const [address] = useAddress();
  useRunChanges();
  if (runs.error) return <Fault error={runs.error} onRetry={() => void runs.refetch()} />;
  if (!runs.data) return <PageSkeleton />;
  const run = address.run ?? runs.data.find(({ step }) => step > 0)?.name ?? runs.data[0]?.name;
  if (run === undefined) {
    return (
      <EmptyState
        icon={Route}
        title={t('rollouts.empty.title')}
        text={t('rollouts.empty.text')}
        action={
          <Button component="a" href="#/train/-/new?preset=quickstart">
            {t('rollouts.empty.action')}
          </Button>
        }
      />
    );
  }
  return <RunRollouts key={run} run={run} runs={runs.data} />;
}

function RunRollouts({ run, runs }: { readonly run: string; readonly runs: NonNullable<ReturnType<typeof useEngine<'rollouts.runs'>>['data']> }) {
  const { t } = useTranslation();
  const [address, go] = useAddress();
  const { filter, tokens } = address;
  const about = useEngine('rollouts.steps', { run });
  const steps = about.data?.steps ?? [];
  // A link to a sample alone leads to the last step that drew it.
  const seeks = address.step === undefined && address.sample !== undefined;
  const drawn = useEngine('rollouts.drawn', { run, sample: address.sample ?? '-' }, { enabled: seeks });
  const wished = seeks ? drawn.data?.at(-1)?.step : address.step;
  // A run that goes on does not turn the page under its reader.
  const [settled, settle] = useState<number>();
  const step = seeks && drawn.isPending ? undefined : [wished, settled, steps.at(-1)].find((each) => each !== undefined && steps.includes(each));
  if (step !== settled && step !== undefined) settle(step);
  const rows = useEngine('rollouts.step', { run, step: step ?? 0 }, { enabled: step !== undefined });
  useOwnTrajectories(rows.data, run, step);
  const groups = useMemo(() => rows.data && groupsOf(rows.data, filter), [rows.data, filter]);
  const range = useMemo(() => rangeOf(rows.data ?? []), [rows.data]);
  const chosen = groups && chosenGroup(groups, address.group, address.sample);
  const lanes = chosen ? (address.lanes?.filter((lane) => chosen.members.some(({ member }) => member === lane)) ?? []) : [];
  const shown = chosen && lanes.length === 0 ? firstLanes(chosen) : lanes;
  const filterBar = useRef<HTMLDivElement>(null);

  // With its step: a sample alone in the address would lead to the last step that drew it.
  const chooseGroup = (group: Group): void => go({ step, group: group.group, sample: group.sample, lane: undefined, left: undefined, right: undefined }, true);
  const chooseStep = (next: number | undefined): void => {
    if (next !== undefined) go({ step: next, group: undefined, sample: chosen?.sample ?? address.sample, lane: undefined });
  };
  const moveGroup = (by: number): void => {
    if (!groups || groups.length === 0) return;
    const at = chosen ? groups.indexOf(chosen) : -1;
    chooseGroup(groups[Math.min(groups.length - 1, Math.max(0, at + by))] as Group);
  };
  const toggleLane = (member: number): void => {
    const next = shown.includes(member) ? shown.filter((each) => each !== member) : [...shown, member].toSorted((a, b) => a - b);
    if (next.length > 0) go({ lane: next.join(',') }, true);
  };
  const drawAs = <DrawAs tokens={tokens} measuresKl={about.data?.measuresKl ?? true} onChange={(next) => go({ tokens: next }, true)} />;
  const at = step === undefined ? -1 : steps.indexOf(step);
  const keys: readonly PageKey[] = [
    { keys: ['j'], words: t('rollouts.keys.next'), act: () => moveGroup(1) },
    { keys: ['k'], words: t('rollouts.keys.before'), act: () => moveGroup(-1) },
    { keys: ['n'], words: t('rollouts.keys.stepAfter'), act: () => chooseStep(steps[at + 1]) },
    { keys: ['p'], words: t('rollouts.keys.stepBefore'), act: () => chooseStep(steps[at - 1]) },
    { keys: ['1', '2', '3', '4', '5', '6', '7', '8'], shown: '1 – 8', words: t('rollouts.keys.lane'), act: ({ key }) => {
      const row = chosen?.members[Number(key) - 1];
      if (row) toggleLane(row.member);
    } },
    { keys: ['t'], words: t('rollouts.keys.tokens'), act: () => go({ tokens: tokens ? undefined : 'logprob' }, true) },
    { keys: ['/'], words: t('rollouts.keys.filter'), act: () => filterBar.current?.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus() },
    { keys: ['f'], words: t('rollouts.keys.follow'), act: () => go({ follow: address.follow ? undefined : true, left: undefined, right: undefined }) },
  ];
  usePageKeys({ title: t('frame.nav.rollouts'), keys });

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
                <Asked run={run} group={chosen} following={address.follow} onFollow={() => go({ follow: address.follow ? undefined : true, left: undefined, right: undefined })} />
                {address.follow ? (
                  <Follow run={run} sample={chosen.sample} step={step} left={address.left} right={address.right} colouring={tokens} about={about.data} drawAs={drawAs} onChoose={(wish) => go(wish, true)} />
                ) : (
                  <>
                    <div className={css.stripBar}>
                      <MemberStrip group={chosen} range={range} shown={shown} onToggle={toggleLane} />
                      {drawAs}
                    </div>
                    <div className={css.lanes} style={{ '--lanes': shown.length } as React.CSSProperties}>
                      {shown.map((lane) => {
                        const row = chosen.members.find(({ member }) => member === lane) as Row;
                        return <Lane key={`${step}.${chosen.group}.${lane}`} run={run} row={row} of={chosen.members.length} colouring={tokens} about={about.data} onClose={shown.length > 1 ? () => toggleLane(lane) : undefined} />;
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

const chosenGroup = (groups: readonly Group[], group: number | undefined, sample: string | undefined): Group | undefined =>
  groups.find((each) => each.group === group && (sample === undefined || each.sample === sample)) ?? groups.find((each) => each.sample === sample) ?? groups[0];

/** A run that goes on has more steps, and one that was resumed may have others. */
function useRunChanges(): void {
  const client = useQueryClient();
  useStream('app.changes', undefined, ({ topic, id }) => {
    if (topic !== 'runs') return;
    void client.invalidateQueries({ queryKey: engineKey('rollouts.runs') });
    // A key with a part of the input stands for all that have it.
    for (const method of ['rollouts.steps', 'rollouts.step', 'rollouts.drawn']) void client.invalidateQueries({ queryKey: engineKey(method, id === undefined ? undefined : { run: id }) });
  });
}

/** Where the list of a step is another than before, so are its trajectories. */
function useOwnTrajectories(rows: readonly Row[] | undefined, run: string, step: number | undefined): void {
  const client = useQueryClient();
  const before = useRef<{ readonly step: number | undefined; readonly rows: readonly Row[] }>(undefined);
  useEffect(() => {
    if (!rows) return;
    const changed = before.current !== undefined && before.current.step === step && before.current.rows !== rows;
    before.current = { step, rows };
    if (changed) for (const method of ['rollouts.trajectory', 'rollouts.tokens']) void client.invalidateQueries({ queryKey: engineKey(method, { run, step }) });
  }, [client, rows, run, step]);
}

const Fault = ({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) => (
  <div className={css.fault}>
    <FaultNote error={error} onRetry={onRetry} />
  </div>
);

const PageSkeleton = () => (
  <div className={css.page}>
    <div className={css.toolbar}>
      <Skeleton height={30} w={640} />
    </div>
    <div className={css.body}>
      <div className={css.list} />
      <div className={css.detail}>
        <DetailSkeleton />
      </div>
    </div>
  </div>
);

const DetailSkeleton = () => (
  <div className={css.fault}>
    <Skeleton height={88} mb="lg" />
    <Skeleton height={36} mb="lg" />
    <Skeleton height={320} />
  </div>
);
