import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { TrendingUp } from 'lucide-react';
import { useParameters } from './address.ts';
import { History } from './history/history.tsx';
import { RunView } from './run/run-view.tsx';
import css from './train.module.css';
import { TrainTabs } from './train-tabs.tsx';

/** The run at work where there is one, else all runs. */
export function Train() {
  const { t } = useTranslation();
  const [read] = useParameters();
  const { data } = useEngine('app.status', undefined, { refetchMs: 3000 });
  if (!data) return <TrainTabs tab="history" />;
  const working = data.working.map(({ run }) => run);
  const run = working.includes(read('run')) ? read('run') : working[0];
  const tab = read('tab') === '' ? (run === undefined ? 'history' : 'current') : read('tab') === 'current' ? 'current' : 'history';
  return (
    <div className={css.frame}>
      <TrainTabs tab={tab} />
      {tab === 'history' ? <History /> : run === undefined ? <EmptyState icon={TrendingUp} title={t('train.current.title')} text={t('train.current.text')} action={<Button component="a" href="#/train/-/new">{t('train.new')}</Button>} /> : <RunView key={run} run={run} />}
    </div>
  );
}
