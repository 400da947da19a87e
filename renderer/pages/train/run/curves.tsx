import { Button, Group, MultiSelect, SegmentedControl, Switch, Text } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { ZoomOut } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { lineColour, useChartColours } from '../../../charts/colours.ts';
import { dashes } from '../../../charts/line-chart.tsx';
import { engine } from '../../../connection/engine.ts';
import { useEngine, useSettled } from '../../../connection/hooks.ts';
import { engineKey } from '../../../connection/queries.ts';
import { list, runPath, stretchOf, unlist, useParameters } from '../address.ts';
import css from '../train.module.css';
import { Differences } from './differences.tsx';
import { chartsOf } from './charts-table.ts';
import { type Drawn, versionOf } from './curve-data.ts';
import { type ChartView, RunChart } from './run-chart.tsx';

export type RunData = Calls<AppContract>['runs.get']['output'];

const smoothings = { none: 0, light: 0.6, strong: 0.9 } as const;

/** Charts that a common window shows without scrolling; the others are drawn once these are. */
const inSight = 6;

const drawn = (data: RunData, _: number, all: readonly RunData[]): Drawn => ({ run: data.row.name, title: titleAmong(data.row, all), metrics: data.metrics, version: versionOf(data) });

/** Two runs of one title are told apart by their names. */
const titleAmong = ({ name, title }: RunData['row'], all: readonly RunData[]): string => (name !== title && all.some(({ row }) => row.name !== name && row.title === title) ? `${title} (${name})` : title);

/** All curves of a run, with other runs beside it; one crosshair and one stretch of steps for all. */
export function Curves({ data, onStep }: { readonly data: RunData; readonly onStep: (step: number) => void }) {
  const { t } = useTranslation();
  const [read, write] = useParameters();
  const colours = useChartColours();
  const settled = useSettled();
  const { data: known } = useEngine('runs.list', { limit: 500 }, { enabled: settled });
  const compared = list(read('compare')).filter((each) => each !== data.row.name).slice(0, 8);
  const others = useQueries({ queries: compared.map((run) => ({ queryKey: engineKey('runs.get', { run }), queryFn: ({ signal }: { readonly signal: AbortSignal }) => engine.call('runs.get', { run }, signal) })) });
  const smooth = read('smooth') === 'none' || read('smooth') === 'strong' ? (read('smooth') as 'none' | 'strong') : 'light';
  const range = stretchOf(read('steps'));
  const runs = [data, ...others.flatMap((each) => each.data ?? [])].map(drawn);
  const span = { from: 0, to: Math.max(1, ...[data, ...others.flatMap((each) => each.data ?? [])].map(({ row }) => row.step)) };
  const key = JSON.stringify(runs);
  const view = useMemo(
    (): ChartView => ({
      runs, range, span, smooth: smoothings[smooth], outliers: read('outliers') !== 'cut', onStep,
      onRange: (next) => write({ steps: next && `${next.from}-${next.to}` }),
    }),
    // Everything else follows from the address.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [key, range?.from, range?.to, smooth, read('outliers'), read('compare'), onStep],
  );
  const more = read('more') !== '';
  return (
    <>
      <Group mb="md" gap="md" align="center">
        <SegmentedControl
          size="xs"
          aria-label={t('train.charts.smoothing')}
          value={smooth}
          onChange={(next) => write({ smooth: next === 'light' ? undefined : next })}
          data={(['none', 'light', 'strong'] as const).map((value) => ({ value, label: t(`train.charts.smooth.${value}`) }))}
        />
        <Switch size="xs" label={t('train.charts.cutOutliers')} checked={read('outliers') === 'cut'} onChange={(event) => write({ outliers: event.currentTarget.checked ? 'cut' : undefined })} />
        <MultiSelect
          size="xs"
          aria-label={t('train.charts.compare')}
          placeholder={compared.length === 0 ? t('train.charts.compare') : ''}
          data={(known?.rows ?? []).filter(({ name }) => name !== data.row.name).map(({ name, title }) => ({ value: name, label: title === name ? name : `${title} (${name})` }))}
          value={[...compared]}
          onChange={(next) => write({ compare: unlist(next) })}
          maxValues={8}
          searchable
          clearable
          style={{ flex: '1 1 300px', maxWidth: 480 }}
        />
        {range && (
          <Button size="compact-sm" variant="light" leftSection={<ZoomOut size={14} />} onClick={() => write({ steps: undefined })}>
            {t('train.charts.all', range)}
          </Button>
        )}
        <Text size="xs" className="faint" style={{ marginLeft: 'auto' }}>
          {t(smooth === 'none' ? 'train.charts.rawOnly' : 'train.charts.rawAndSmooth')}
        </Text>
      </Group>
      {runs.length > 1 && (
        <Group gap="lg" mb="sm" className={css.facts}>
          {runs.map(({ run, title }, i) => (
            <Group key={run} gap={8} wrap="nowrap">
              <svg width={28} height={8} aria-hidden>
                <line x1={0} x2={28} y1={4} y2={4} stroke={lineColour(colours, i)} strokeWidth={i === 0 ? 2.5 : 1.5} strokeDasharray={i === 0 ? undefined : dashes[(i - 1) % dashes.length]?.join(' ')} />
              </svg>
              {i === 0 ? <b className="foreign">{title}</b> : <a href={runPath(run)} className="foreign" style={{ color: 'inherit' }}>{title}</a>}
            </Group>
          ))}
        </Group>
      )}
      <div className={css.charts}>
        {chartsOf('main', data.metrics).map((entry, i) => (
          <RunChart key={entry.id} entry={entry} part="main" view={view} waits={i >= inSight && !settled} />
        ))}
      </div>
      <Button variant="subtle" size="compact-md" my="md" ml={-10} aria-expanded={more} onClick={() => write({ more: more ? undefined : 'yes' })}>
        {t(more ? 'train.charts.less' : 'train.charts.more')}
      </Button>
      {more && (
        <div className={css.charts}>
          {(['more', 'other'] as const).flatMap((part) => chartsOf(part, data.metrics).map((entry) => <RunChart key={entry.id} entry={entry} part={part} view={view} waits={!settled} />))}
        </div>
      )}
      {compared.length > 0 && <Differences runs={runs.map(({ run }) => run)} />}
    </>
  );
}
