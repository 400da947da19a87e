import { Alert, Box, Skeleton, Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { engineWords } from '../../../i18n/engine-words.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { useParameters } from '../address.ts';
import css from '../train.module.css';
import { Alarms } from './alarms.tsx';
import { Checkpoints } from './checkpoints.tsx';
import { Curves } from './curves.tsx';
import { RunConfig } from './run-config.tsx';
import { RunHeader } from './run-header.tsx';
import { RunLog } from './run-log.tsx';
import { RunNotes } from './run-notes.tsx';

const views = ['curves', 'checkpoints', 'log', 'config'] as const;

/** A run: how far it is, what it learns, what it keeps, how it was made. */
export function RunView({ run }: { readonly run: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [read, write] = useParameters();
  const { data, error, refetch } = useEngine('runs.get', { run });
  const view = views.find((each) => each === read('view')) ?? 'curves';
  if (error && !data) return <Box p="lg" maw={720}><FaultNote error={error} onRetry={() => void refetch()} /></Box>;
  if (!data) return <RunSkeleton />;
  const { row } = data;
  return (
    <div className={css.run}>
      <RunHeader data={data} />
      {(row.status === 'failed' || row.status === 'interrupted') && (
        <Alert variant="default" className={css.alarm} mb="md" icon={<TriangleAlert size={18} color={row.status === 'failed' ? 'var(--turn-error)' : 'var(--scale-low)'} />} title={t(`train.ended.${row.status}.title`, { step: row.step })}>
          <span className="foreign">{row.status === 'failed' ? engineWords(row.reason ?? '') : t('train.ended.interrupted.text')}</span>
        </Alert>
      )}
      <Alarms run={run} alarms={row.alarms} />
      <Tabs value={view} onChange={(next) => write({ view: next === 'curves' ? undefined : (next ?? undefined) }, false)} keepMounted={false}>
        <Tabs.List mb="md">
          {views.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(`train.views.${each}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="curves">
          <Curves data={data} onStep={(step) => void navigate({ to: '/rollouts', search: { run, step } })} />
        </Tabs.Panel>
        <Tabs.Panel value="checkpoints">
          <Checkpoints data={data} />
        </Tabs.Panel>
        <Tabs.Panel value="log">
          <RunLog run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="config">
          <RunNotes row={row} />
          <RunConfig data={data} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function RunSkeleton() {
  return (
    <div className={css.run} aria-busy>
      <Skeleton height={64} mb="md" />
      <Skeleton height={36} mb="md" />
      <div className={css.charts}>
        {Array.from({ length: 9 }, (_, i) => (
          <Skeleton key={i} height={252} />
        ))}
      </div>
    </div>
  );
}
