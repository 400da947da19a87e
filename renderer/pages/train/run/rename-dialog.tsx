import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { useTried } from '../../../parts/tried.ts';

/** Another title for a run; its folder keeps its name. */
export function RenameDialog({ run, title, onClose }: { readonly run: string; readonly title: string; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const tried = useTried();
  const [name, setName] = useState(title);
  const save = (event: React.SyntheticEvent): void => {
    event.preventDefault();
    void tried(async () => void (await engine.call('runs.rename', { run, title: name })));
    onClose();
  };
  return (
    <Dialog onClose={onClose} title={t('train.rename')}>
      <form onSubmit={save}>
        <TextInput label={t('train.name')} description={t('train.renameHint', { run })} value={name} maxLength={120} data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            {t('train.cancel')}
          </Button>
          <Button type="submit" disabled={name.trim() === ''}>
            {t('train.save')}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
