import { ActionIcon, Card, Group, Text, Title } from '@mantine/core';
import { ArrowUp, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { Ago } from '../../../parts/ago.tsx';
import { useTried } from '../../../parts/tried.ts';

/** Runs that wait; nothing where none does. */
export function Queue() {
  const { t } = useTranslation();
  const tried = useTried();
  const { data } = useEngine('queue.list', undefined);
  if (!data || data.length === 0) return null;
  return (
    <Card withBorder padding="md" mb="md">
      <Title order={3}>{t('train.queue.title', { count: data.length })}</Title>
      <Text size="sm" className="faint" mb="xs">
        {t('train.queue.text')}
      </Text>
      {data.map(({ id, title, steps, addedAt, taken }, i) => (
        <Group key={id} gap="sm" wrap="nowrap" py={2}>
          <Text w={20} className="faint">
            {i + 1}
          </Text>
          <Text className="foreign" truncate>
            {title}
          </Text>
          <Text size="sm" className="faint">
            {t('train.queue.steps', { count: steps })} · <Ago time={addedAt} />
          </Text>
          <Group gap={4} ml="auto">
            <ActionIcon variant="subtle" color="gray" disabled={taken || i === 0} aria-label={t('train.queue.first', { run: title })} onClick={() => void tried(async () => void (await engine.call('queue.move', { id, to: 0 })), 'queue.move')}>
              <ArrowUp size={15} />
            </ActionIcon>
            <ActionIcon variant="subtle" color="gray" disabled={taken} aria-label={t('train.queue.remove', { run: title })} onClick={() => void tried(async () => void (await engine.call('queue.remove', { id })), 'queue.remove')}>
              <X size={15} />
            </ActionIcon>
          </Group>
        </Group>
      ))}
    </Card>
  );
}
