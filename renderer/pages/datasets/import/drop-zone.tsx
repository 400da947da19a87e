import { Button, FileButton, Group, Text, TextInput } from '@mantine/core';
import { FolderOpen, Upload } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFolderPicker } from '../../../parts/folder-picker.ts';
import { chosenOf } from './dropped.ts';
import css from './import.module.css';
import { useDrop } from './use-drop.ts';
import type { Places } from './use-places.ts';

/** Where files are dropped or chosen, or a path is typed. */
export function DropZone({ add, addPlace, typed, type }: Pick<Places, 'add' | 'addPlace' | 'typed' | 'type'>) {
  const { t } = useTranslation();
  const { zone } = useDrop(add);
  const addTyped = (): void => {
    const place = typed.trim();
    if (place === '') return;
    addPlace(place);
    type('');
  };
  const pick = useFolderPicker(addPlace);
  return (
    <section className={css.drop} aria-label={t('datasets.import.zone')} {...zone}>
      <Text size="sm">{t('datasets.import.drop')}</Text>
      <Group gap="sm" justify="center">
        <FileButton multiple onChange={(chosen) => void add(chosenOf(chosen))}>
          {(props) => (
            <Button {...props} variant="default" size="xs" leftSection={<Upload size={14} aria-hidden />} data-autofocus>
              {t('datasets.import.choose')}
            </Button>
          )}
        </FileButton>
        {pick && (
          <Button variant="default" size="xs" leftSection={<FolderOpen size={14} aria-hidden />} onClick={pick}>
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
