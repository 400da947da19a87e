import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { whole } from '../../../parts/numbers.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import type { Import } from './use-import.ts';

/** What an import has read so far, and the way to stop it. */
export function ImportProgress({ state: { item }, onCancel }: { readonly state: Import; readonly onCancel: () => void }) {
  const { t } = useTranslation();
  const making = item?.kind === 'making' ? item : undefined;
  const reading = item?.kind === 'progress' ? item : undefined;
  return (
    <Stack gap="sm" role="status">
      <Progress value={making ? (100 * making.done) / Math.max(1, making.total) : 100} animated={!making} aria-label={t('datasets.import.progress')} />
      <Text size="sm">
        {making ? t('datasets.mini.making', { done: whole(making.done), total: whole(making.total) }) : reading ? t('datasets.import.read', { samples: whole(reading.samples), file: visibleText(reading.file) }) : t('datasets.import.begins')}
        {reading && reading.faults > 0 && ` ${t('datasets.import.readFaults', { count: reading.faults, faults: whole(reading.faults) })}`}
      </Text>
      <Group justify="space-between">
        <Text size="sm" className="faint">
          {t('datasets.import.cancelHelp')}
        </Text>
        <Button variant="default" onClick={onCancel}>
          {t('datasets.import.cancel')}
        </Button>
      </Group>
    </Stack>
  );
}
