import { Button, FileButton, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { uploadFile } from '../../connection/upload.ts';
import css from './form.module.css';

type FileFieldProps = { readonly label: string; readonly help: string; readonly value: string; readonly onChange: (value: string) => void; readonly onFault: (error: unknown) => void };

/** A file of this machine by its path, or one that is handed in. */
export function FileField({ label, help, value, onChange, onFault }: FileFieldProps) {
  const { t } = useTranslation();
  const take = async (file: File | null | undefined): Promise<void> => {
    if (!file) return;
    try {
      // In the desktop app the file stays where it is.
      const path = window.arftShell?.pathOfFile(file);
      onChange(path !== undefined && path !== '' ? path : await uploadFile(file));
    } catch (error) {
      onFault(error);
    }
  };
  return (
    <div
      className={css.drop}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void take(event.dataTransfer.files[0]);
      }}
    >
      <TextInput
        label={label} description={help} inputWrapperOrder={['label', 'input', 'description']} placeholder={t('evaluate.imports.path')} flex={1}
        value={value.replace(/^upload:[0-9a-f-]+\//, '')}
        onChange={({ currentTarget: { value: next } }) => onChange(next)}
      />
      <FileButton onChange={(file) => void take(file)}>{(props) => <Button variant="default" mt={22} {...props} aria-label={`${t('evaluate.imports.drop')} ${label}`}>{t('evaluate.imports.drop')}</Button>}</FileButton>
    </div>
  );
}
