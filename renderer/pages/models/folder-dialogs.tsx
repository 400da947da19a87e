import { Button, Group, Select, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { useFolderPicker } from '../../parts/folder-picker.ts';
import { useStillHere } from '../../parts/still-here.ts';
import css from './models.module.css';

type FolderFieldProps = { readonly label: string; readonly hint: string; readonly placeholder: string; readonly value: string; readonly onChange: (folder: string) => void };

/** A path that is typed, or picked where the window belongs to the desktop app. */
export function FolderField({ label, hint, placeholder, value, onChange }: FolderFieldProps) {
  const { t } = useTranslation();
  const pick = useFolderPicker(onChange);
  return (
    <Group align="flex-end" wrap="nowrap" gap="sm">
      <TextInput flex={1} label={label} description={hint} placeholder={placeholder} value={value} data-autofocus autoComplete="off" spellCheck={false} onChange={(event) => onChange(event.currentTarget.value)} />
      {pick && (
        <Button variant="default" onClick={pick}>
          {t('models.choose')}
        </Button>
      )}
    </Group>
  );
}

type DialogProps = { readonly title: string; readonly text: string; readonly action: string; readonly busyText?: string; readonly ready: boolean; readonly act: () => Promise<void>; readonly onClose: () => void; readonly children: React.ReactNode };

/** A form in a dialog that stays open while what it asks for is refused. */
export function FormDialog({ title, text, action, busyText, ready, act, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const isHere = useStillHere();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      await act();
      if (isHere()) onClose();
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} size="lg" title={title}>
      <form onSubmit={(event) => void submit(event)} className={css.form}>
        <Text size="sm" className="faint">
          {text}
        </Text>
        {children}
        {fault !== undefined && <FaultNote error={fault} />}
        <Group justify="flex-end" gap="sm">
          {busy && busyText !== undefined && (
            <Text size="sm" className="faint" role="status">
              {busyText}
            </Text>
          )}
          <Button variant="default" onClick={onClose}>
            {t('models.cancel')}
          </Button>
          <Button type="submit" loading={busy} disabled={!ready}>
            {action}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}

export function OpenDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [folder, setFolder] = useState('');
  const act = async (): Promise<void> => {
    const { name, missing } = await engine.call('models.open', { folder });
    notifications.show({ message: missing === 0 ? t('models.openDialog.opened', { name }) : t('models.openDialog.incomplete', { name, count: missing }) });
  };
  return (
    <FormDialog title={t('models.openDialog.title')} text={t('models.openDialog.text')} action={t('models.openDialog.action')} ready={folder.trim() !== ''} act={act} onClose={onClose}>
      <FolderField label={t('models.openDialog.folder')} hint={t('models.openDialog.hint')} placeholder="/home/…/Qwen2.5-VL-3B-Instruct" value={folder} onChange={setFolder} />
    </FormDialog>
  );
}

export function BringDialog({ models, onClose }: { readonly models: readonly { readonly folder: string; readonly name: string }[]; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [folder, setFolder] = useState('');
  const [base, setBase] = useState(models[0]?.folder ?? '');
  const act = async (): Promise<void> => {
    const { modules, folder: brought } = await engine.call('models.bring', { folder, base });
    notifications.show({ message: t('models.bringDialog.done', { name: brought.split(/[/\\]/).at(-1) ?? brought, count: modules }) });
  };
  return (
    <FormDialog title={t('models.bringDialog.title')} text={t('models.bringDialog.text')} action={t('models.bringDialog.action')} busyText={t('models.bringDialog.checking')} ready={folder.trim() !== '' && base !== ''} act={act} onClose={onClose}>
      <FolderField label={t('models.bringDialog.folder')} hint={t('models.openDialog.hint')} placeholder="/home/…/my-adapter" value={folder} onChange={setFolder} />
      <Select label={t('models.bringDialog.base')} description={t('models.bringDialog.baseHint')} value={base} data={models.map((model) => ({ value: model.folder, label: model.name }))} allowDeselect={false} onChange={(next) => setBase(next ?? '')} />
    </FormDialog>
  );
}
