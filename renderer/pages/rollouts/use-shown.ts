import { useMemo, useState } from 'react';
import { useEngine } from '../../connection/hooks.ts';
import { useAddress } from './address.ts';
import { useOwnTrajectories } from './fresh.ts';
import { type Group, firstLanes, groupsOf, rangeOf } from './groups.ts';

/** The step, the group and the lanes that the address names, or else those that are shown for want of a name; and the ways to others. @param steps All of the run, the first first. */
export function useShown(run: string, steps: readonly number[]) {
  const [address, go] = useAddress();
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
  const groups = useMemo(() => rows.data && groupsOf(rows.data, address.filter), [rows.data, address.filter]);
  const range = useMemo(() => rangeOf(rows.data ?? []), [rows.data]);
  const chosen = groups && chosenGroup(groups, address.group, address.sample);
  const lanes = chosen ? (address.lanes?.filter((lane) => chosen.members.some(({ member }) => member === lane)) ?? []) : [];
  const lanesShown = chosen && lanes.length === 0 ? firstLanes(chosen) : lanes;

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
    const next = lanesShown.includes(member) ? lanesShown.filter((each) => each !== member) : [...lanesShown, member].toSorted((a, b) => a - b);
    if (next.length > 0) go({ lane: next.join(',') }, true);
  };
  const at = step === undefined ? -1 : steps.indexOf(step);
  return {
    rows, groups, range, step, chosen, lanes: lanesShown,
    chooseGroup, chooseStep, moveGroup, toggleLane,
    moveStep: (by: 1 | -1): void => chooseStep(steps[at + by]),
  };
}

const chosenGroup = (groups: readonly Group[], group: number | undefined, sample: string | undefined): Group | undefined =>
  groups.find((each) => each.group === group && (sample === undefined || each.sample === sample)) ?? groups.find((each) => each.sample === sample) ?? groups[0];
