import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { useStillHere } from '../../parts/still-here.ts';

export function RenameDialog({ dataset, onClose }: { readonly dataset: { readonly id: number; readonly name: string }; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(dataset.name);
  const [fault, setFault] = useState<unknown>();
  const isHere = useStillHere();
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await engine.call('datasets.rename', { dataset: dataset.id, name });
      if (isHere()) onClose();
    } catch (error) {
      setFault(error);
    }
  };
  return (
    <Dialog onClose={onClose} title={t('datasets.rename.title')}>
      <form onSubmit={(event) => void save(event)}>
        <Stack>
          <TextInput label={t('datasets.name')} value={name} maxLength={200} onChange={({ currentTarget: { value } }) => setName(value)} data-autofocus />
          {fault !== undefined && <FaultNote error={fault} />}
          <Group justify="flex-end">
            <Button type="submit" disabled={name.trim() === ''}>
              {t('datasets.rename.action')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
