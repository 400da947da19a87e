import { ActionIcon, Group, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Pencil } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { visibleText } from '../../../parts/turns/visible.ts';
import { StatusBadge } from '../status-badge.tsx';
import css from '../train.module.css';
import type { RunData } from './curves.tsx';
import { RenameDialog } from './rename-dialog.tsx';
import { RunControls } from './run-controls.tsx';
import { RunFacts } from './run-facts.tsx';

/** A run's name, how far it is, and what can be done with it. */
export function RunHeader({ data }: { readonly data: RunData }) {
  const { t } = useTranslation();
  const [renaming, rename] = useDisclosure(false);
  const { name, title, status, tags } = data.row;
  return (
    <header className={css.header}>
      <div className={css.named}>
        <Group gap="4px 8px">
          <Title order={1} className={`${css.runTitle} foreign`}>
            {visibleText(title)}
          </Title>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('train.rename')} onClick={rename.open}>
            <Pencil size={14} />
          </ActionIcon>
          <StatusBadge status={status} />
          {tags.map((tag) => (
            <Text key={tag} size="xs" className={css.tag}>
              {visibleText(tag)}
            </Text>
          ))}
        </Group>
      </div>
      <RunControls data={data} />
      <RunFacts data={data} />
      {renaming && <RenameDialog run={name} title={title} onClose={rename.close} />}
    </header>
  );
}
