import { ActionIcon, NumberInput, Select } from '@mantine/core';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { Calls } from '../../../preload/rpc/frames.ts';
import type { AppContract } from '../../../preload/contract.ts';
import { type Filter, type Row, countOf, filters, nearest } from './groups.ts';
import css from './rollouts.module.css';

type ToolbarProps = {
  readonly runs: Calls<AppContract>['rollouts.runs']['output'];
  readonly run: string;
  readonly steps: readonly number[];
  readonly step: number | undefined;
  readonly rows: readonly Row[] | undefined;
  readonly filter: Filter;
  readonly filterBar: RefObject<HTMLDivElement | null>;
  readonly onRun: (run: string) => void;
  readonly onStep: (step: number) => void;
  readonly onFilter: (filter: Filter) => void;
};

/** Which run, which step, which trajectories. */
export function Toolbar({ runs, run, steps, step, rows, filter, filterBar, onRun, onStep, onFilter }: ToolbarProps) {
  const { t } = useTranslation();
  const at = step === undefined ? -1 : steps.indexOf(step);
  const [before, after] = [steps[at - 1], at < 0 ? undefined : steps[at + 1]];
  const goTo = (value: string | number): void => {
    const wished = nearest(steps, Number(value));
    if (value !== '' && wished !== undefined && wished !== step) onStep(wished);
  };
  return (
    <div className={css.toolbar}>
      <Select size="xs" w={176} searchable allowDeselect={false} aria-label={t('rollouts.run')} data={runs.map(({ name }) => name)} value={run} onChange={(value) => value !== null && onRun(value)} nothingFoundMessage={t('rollouts.noSuchRun')} />
      <div className={css.stepper}>
        <ActionIcon variant="default" aria-label={t('rollouts.stepBefore')} title={`${t('rollouts.stepBefore')}  p`} disabled={before === undefined} onClick={() => before !== undefined && onStep(before)}>
          <ChevronLeft size={16} />
        </ActionIcon>
        <NumberInput key={step} size="xs" w={92} hideControls prefix={t('rollouts.stepPrefix')} aria-label={t('rollouts.step')} disabled={steps.length === 0} defaultValue={step ?? ''} onBlur={({ currentTarget: { value } }) => goTo(value.replaceAll(/\D/g, ''))} onKeyDown={({ key, currentTarget: { value } }) => key === 'Enter' && goTo(value.replaceAll(/\D/g, ''))} />
        <ActionIcon variant="default" aria-label={t('rollouts.stepAfter')} title={`${t('rollouts.stepAfter')}  n`} disabled={after === undefined} onClick={() => after !== undefined && onStep(after)}>
          <ChevronRight size={16} />
        </ActionIcon>
        <span className={css.of}>{steps.length > 0 && t('rollouts.ofSteps', { last: steps.at(-1) ?? 0 })}</span>
      </div>
      <div className={css.filters} role="group" aria-label={t('rollouts.filters')} ref={filterBar}>
        {filters.map((each) => {
          const count = rows && each !== 'highest' && each !== 'lowest' && each !== 'all' ? countOf(rows, each) : undefined;
          return (
            <button key={each} type="button" className={css.filter} aria-pressed={each === filter} data-none={count === 0 || undefined} onClick={() => onFilter(each)} title={t(`rollouts.filterHelp.${each}`)}>
              {t(`rollouts.filter.${each}`)}
              {count !== undefined && <span className={css.count}>{count}</span>}
            </button>
          );
        })}
      </div>
    </div>
  );
}
