import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { whole } from '../../../parts/numbers.ts';
import type { Import } from './use-import.ts';

type Done = Extract<Import['item'], { readonly kind: 'done' }>['dataset'];

/** An import with rows that have faults: what came of it, and the way to both. */
export function ImportDone({ done, onOpen }: { readonly done: Done; readonly onOpen: (dataset: number, view?: string) => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap="md">
      <Text>{t('datasets.import.done', { name: done.name, samples: whole(done.samples) })}</Text>
      <Text size="sm" className="faint">
        {t('datasets.import.doneFaults', { count: done.faults, faults: whole(done.faults) })}
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => onOpen(done.id, 'faults')}>
          {t('datasets.import.showFaults')}
        </Button>
        <Button data-autofocus onClick={() => onOpen(done.id)}>
          {t('datasets.openIt')}
        </Button>
      </Group>
    </Stack>
  );
}
