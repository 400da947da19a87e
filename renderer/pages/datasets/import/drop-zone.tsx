import { Button, FileButton, Group, Text, TextInput } from '@mantine/core';
import { FolderOpen, Upload } from 'lucide-react';
import type { DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { chosenOf, droppedOf } from './dropped.ts';
import css from './import.module.css';
import type { Places } from './use-places.ts';

/** Where files are dropped or chosen, or a path is typed. */
export function DropZone({ add, addPlace, typed, type }: Pick<Places, 'add' | 'addPlace' | 'typed' | 'type'>) {
  const { t } = useTranslation();
  const drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    event.stopPropagation();
    await add(await droppedOf(event.dataTransfer));
  };
  const addTyped = (): void => {
    const place = typed.trim();
    if (place === '') return;
    addPlace(place);
    type('');
  };
  const pick = async (): Promise<void> => {
    const place = await window.arftShell?.pickFolder();
    if (place) addPlace(place);
  };
  return (
    <section className={css.drop} aria-label={t('datasets.import.zone')} onDragOver={(event) => event.preventDefault()} onDrop={(event) => void drop(event)}>
      <Text size="sm">{t('datasets.import.drop')}</Text>
      <Group gap="sm" justify="center">
        <FileButton multiple onChange={(chosen) => void add(chosenOf(chosen))}>
          {(props) => (
            <Button {...props} variant="default" size="xs" leftSection={<Upload size={14} aria-hidden />} data-autofocus>
              {t('datasets.import.choose')}
            </Button>
          )}
        </FileButton>
        {window.arftShell && (
          <Button variant="default" size="xs" leftSection={<FolderOpen size={14} aria-hidden />} onClick={() => void pick()}>
            {t('datasets.import.pick')}
          </Button>
        )}
      </Group>
      <form className={css.typed} onSubmit={(event) => { event.preventDefault(); addTyped(); }}>
        <TextInput size="xs" flex={1} aria-label={t('datasets.import.path')} placeholder={t('datasets.import.pathExample')} value={typed} onChange={({ currentTarget: { value } }) => type(value)} />
        <Button size="xs" variant="default" type="submit" disabled={typed.trim() === ''}>
          {t('datasets.import.add')}
        </Button>
      </form>
    </section>
  );
}
