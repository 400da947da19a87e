import { Button } from '@mantine/core';
import { Route } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { useAddress } from './address.ts';
import { useRunChanges } from './fresh.ts';
import { RunRollouts } from './run-rollouts.tsx';
import { Fault, PageSkeleton } from './standing-in.tsx';

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
