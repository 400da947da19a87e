import { ActionIcon, Button, Menu, SegmentedControl, Skeleton } from '@mantine/core';
import { ChartColumn, Database, Download, Ellipsis, LayoutGrid, Pencil, Rows3, Shuffle, Trash2, TrendingUp, TriangleAlert } from 'lucide-react';
import { Suspense, lazy, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { DatasetTitle } from '../../parts/dataset-title.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { whole } from '../../parts/numbers.ts';
import { useDatasetActions } from './actions.tsx';
import { type Address, type View, noFilter, views } from './address.ts';
import { Browser } from './browser.tsx';
import css from './datasets.module.css';
import type { Go } from './dataset-list.tsx';
import { EvaluateOnIt } from './evaluate-on-it.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { FaultTable } from './fault-table.tsx';
import { Filters } from './filters.tsx';
import { RenameDialog } from './rename-dialog.tsx';
import { SplitsDialog } from './splits-dialog.tsx';

const Statistics = lazy(() => import('./statistics.tsx').then(({ Statistics }) => ({ default: Statistics })));

const viewIcons = { table: Rows3, gallery: LayoutGrid, statistics: ChartColumn, faults: TriangleAlert } as const;

/** One dataset: its samples as a table or a gallery, what is in it, and what was wrong with its files. */
export function DatasetPage({ dataset, address, go }: { readonly dataset: number; readonly address: Address; readonly go: Go }) {
  const { t } = useTranslation();
  const { data: sets, error } = useEngine('datasets.list', undefined);
  const actions = useDatasetActions();
  const search = useRef<HTMLInputElement>(null);
  const [opened, setDialog] = useState<'export' | 'splits' | 'rename'>();
  const dialog = opened ?? (address.exporting ? 'export' : undefined);
  const set = sets?.find(({ id }) => id === dataset);
  const { view, filter } = address;
  if (error && !sets) return <div className={css.fault}><FaultNote error={error} /></div>;
  if (sets && !set) return <EmptyState icon={Database} title={t('datasets.gone.title')} text={t('datasets.gone.text')} action={<Button variant="default" component="a" href="#/datasets">{t('datasets.all')}</Button>} />;
  const close = (): void => {
    setDialog(undefined);
    if (address.exporting) go({ export: undefined }, true);
  };
  const chooseView = (next: View): void => go({ view: next === 'table' ? undefined : next, ...(next === 'faults' || next === 'statistics' ? { sample: undefined } : {}) });
  return (
    <div className={css.page}>
      <header className={css.head}>
        <DatasetTitle list={{ href: '#/datasets', words: t('datasets.title') }} set={set} />
        <SegmentedControl
          size="xs"
          aria-label={t('datasets.view')}
          value={view}
          onChange={(next) => chooseView(next as View)}
          data={views.filter((each) => each !== 'faults' || (set?.faults ?? 0) > 0 || view === 'faults').map((value) => {
            const Icon = viewIcons[value];
            return {
              value,
              label: (
                <span className={css.viewName}>
                  <Icon size={14} aria-hidden />
                  {t(`datasets.views.${value}`)}
                  {value === 'faults' && set && set.faults > 0 && <span className={css.viewCount}>{whole(set.faults)}</span>}
                </span>
              ),
            };
          })}
        />
        <div className={css.actions}>
          <Button size="xs" variant="default" leftSection={<TrendingUp size={14} aria-hidden />} disabled={!set || set.samples === 0} onClick={() => void actions.train(dataset)} title={t('datasets.trainHelp')}>
            {t('datasets.train')}
          </Button>
          <EvaluateOnIt dataset={dataset} filter={filter} />
          <Button size="xs" variant="default" leftSection={<Download size={14} aria-hidden />} disabled={!set || set.samples === 0} onClick={() => setDialog('export')}>
            {t('datasets.export.open')}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size={30} aria-label={t('datasets.moreActions')} disabled={!set}>
                <Ellipsis size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<Shuffle size={14} />} onClick={() => setDialog('splits')}>
                {t('datasets.splits.open')}
              </Menu.Item>
              <Menu.Item leftSection={<Pencil size={14} />} onClick={() => setDialog('rename')}>
                {t('datasets.rename.open')}
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item leftSection={<Trash2 size={14} />} onClick={() => set && void actions.remove(dataset, set.name, () => go({ dataset: undefined, view: undefined, ...noFilter }))}>
                {t('datasets.delete')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </header>
      {(view === 'table' || view === 'gallery') && (
        <>
          <Filters dataset={dataset} filter={filter} all={set?.samples} search={search} go={go} />
          <Browser dataset={dataset} address={address} go={go} search={search} empty={set?.samples === 0} />
        </>
      )}
      {view === 'statistics' && (
        <Suspense fallback={<Skeleton height={320} m="lg" w="auto" />}>
          <Statistics dataset={dataset} go={go} />
        </Suspense>
      )}
      {view === 'faults' && <FaultTable dataset={dataset} />}
      {set && dialog === 'export' && <ExportDialog dataset={set} filter={filter} onClose={close} />}
      {set && dialog === 'splits' && <SplitsDialog dataset={dataset} samples={set.samples} onClose={close} />}
      {set && dialog === 'rename' && <RenameDialog dataset={set} onClose={close} />}
    </div>
  );
}
