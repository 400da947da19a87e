import { Button, Group, Text } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { TrendingUp } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { list, unlist, useParameters } from '../address.ts';
import css from '../train.module.css';
import { ChosenRuns } from './chosen-runs.tsx';
import { Queue } from './queue.tsx';
import { RunFilters } from './run-filters.tsx';
import { RunRows } from './run-rows.tsx';
import { useWish } from './wish.ts';

/** All runs: find them, mark them, set them beside each other. */
export function History() {
  const { t } = useTranslation();
  const [read, write] = useParameters();
  const { wish, filtered } = useWish();
  const { archived } = wish;
  const chosen = list(read('chosen'));
  // Here, and not where it is typed: runs may be chosen before it is in the address.
  const [text, setText] = useState(read('text'));
  const writeText = useDebouncedCallback((next: string) => write({ text: next }), 200);
  const type = (next: string): void => {
    setText(next);
    writeText(next);
  };
  const { data, error, refetch } = useEngine('runs.list', wish, { keepPrevious: true });
  if (error && !data) return <div className={css.run}><FaultNote error={error} onRetry={() => void refetch()} /></div>;
  if (data?.all === 0) {
    return (
      <>
        <Queue />
        <EmptyState icon={TrendingUp} title={t('train.empty.title')} text={t('train.empty.text')} action={<Button component="a" href="#/train/-/new?preset=quickstart">{t('train.empty.action')}</Button>} />
      </>
    );
  }
  const choose = (names: readonly string[]): void => write({ chosen: unlist(names) });
  return (
    <div className={css.history}>
      <Queue />
      <Group gap="sm" mb="sm">
        {chosen.length === 0 ? <RunFilters tags={data?.tags ?? []} text={text} onText={type} /> : <ChosenRuns chosen={chosen} archived={archived} onChoose={choose} />}
      </Group>
      {data?.total === 0 ? (
        <Text className="faint" ta="center" py={64}>
          {t(filtered ? 'train.nothingFound' : archived ? 'train.nothingArchived' : 'train.allArchived')}
        </Text>
      ) : (
        <RunRows rows={data?.rows} chosen={chosen} onChoose={choose} />
      )}
    </div>
  );
}
