import { Badge, Button, Group, SegmentedControl, Table, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Save } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { useFolderPicker } from '../../../parts/folder-picker.ts';
import { MiddleCut } from '../../../parts/middle-cut.tsx';
import { bytes } from '../../../parts/numbers.ts';
import { useStillHere } from '../../../parts/still-here.ts';
import css from '../train.module.css';
import type { RunData } from './curves.tsx';
import { useTrained } from './trained.ts';

/** What a run keeps on the disk, and a way to take it away. */
export function Checkpoints({ data: { row, config } }: { readonly data: RunData }) {
  const { t } = useTranslation();
  const { data, error } = useEngine('runs.checkpoints', { run: row.name });
  const [step, setStep] = useState<number>();
  const { adapters, ask, evaluate } = useTrained(row.name);
  if (error) return <FaultNote error={error} />;
  if (!data) return null;
  if (data.length === 0) return <EmptyState icon={Save} title={t('train.checkpoints.none')} text={t('train.checkpoints.noneText', { every: config?.checkpoint.every ?? 10 })} />;
  return (
    <>
      <div className={css.card}>
        <Table verticalSpacing="xs" horizontalSpacing="md" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('train.checkpoints.after')}</Table.Th>
              <Table.Th ta="right">{t('train.checkpoints.size')}</Table.Th>
              <Table.Th>{t('train.checkpoints.folder')}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.toReversed().map((each) => (
              <Table.Tr key={each.step}>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <Group gap="sm" wrap="nowrap" miw="max-content">
                    {t('train.checkpoints.steps', { count: each.step })}
                    {each.step === row.bestStep && (
                      <Badge variant="light" tt="none" style={{ flexShrink: 0 }}>
                        {t('train.checkpoints.best')}
                      </Badge>
                    )}
                  </Group>
                </Table.Td>
                <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>{bytes(each.bytes)}</Table.Td>
                <Table.Td ff="monospace" fz="xs" className={css.folder}>
                  <MiddleCut text={each.folder} end={each.folder.split(/[/\\]/).slice(-2).join('/').length + 1} />
                </Table.Td>
                <Table.Td ta="right">
                  <Group gap={4} wrap="nowrap" justify="flex-end">
                    {adapters.some(({ folder }) => folder === each.folder) && (
                      <>
                        <Button size="compact-sm" variant="default" onClick={() => evaluate(each.folder)}>
                          {t('train.evaluate')}
                        </Button>
                        <Button size="compact-sm" variant="default" title={t('train.ask')} onClick={() => ask(each.folder)}>
                          {t('train.askShort')}
                        </Button>
                      </>
                    )}
                    <Button size="compact-sm" variant="default" onClick={() => setStep(each.step)}>
                      {t('train.checkpoints.export')}
                    </Button>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <Text size="sm" className="faint" mt="sm">
        {t('train.checkpoints.kept', { keep: config?.checkpoint.keep ?? 0 })}
      </Text>
      {step !== undefined && <ExportDialog run={row.name} step={step} full={config?.parameters.kind === 'full'} onClose={() => setStep(undefined)} />}
    </>
  );
}

function ExportDialog({ run, step, full, onClose }: { readonly run: string; readonly step: number; readonly full: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [form, setForm] = useState<'adapter' | 'merged'>(full ? 'merged' : 'adapter');
  const [folder, setFolder] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const isHere = useStillHere();
  const pick = useFolderPicker(setFolder);
  const save = async (): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      const told = await engine.call('runs.export', { run, step, form, folder: folder.trim() });
      notifications.show({ message: t('train.checkpoints.exported', { folder: told.folder }), autoClose: 10_000 });
      if (isHere()) onClose();
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} size="lg" title={t('train.checkpoints.exportTitle', { step })}>
      <SegmentedControl fullWidth value={form} onChange={(next) => setForm(next as typeof form)} data={[{ value: 'adapter', label: t('train.checkpoints.adapter'), disabled: full }, { value: 'merged', label: t('train.checkpoints.merged') }]} />
      <Text size="sm" className="faint" my="sm">
        {t(form === 'adapter' ? 'train.checkpoints.adapterText' : 'train.checkpoints.mergedText')}
      </Text>
      <Group align="flex-end" wrap="nowrap">
        <TextInput flex={1} label={t('train.checkpoints.where')} placeholder="/home/…/my-adapter" value={folder} data-autofocus onChange={(event) => setFolder(event.currentTarget.value)} />
        {pick && (
          <Button variant="default" onClick={pick}>
            {t('train.checkpoints.choose')}
          </Button>
        )}
      </Group>
      {fault !== undefined && (
        <div style={{ marginTop: 12 }}>
          <FaultNote error={fault} />
        </div>
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          {t('train.cancel')}
        </Button>
        <Button loading={busy} disabled={folder.trim() === ''} onClick={() => void save()}>
          {t('train.checkpoints.export')}
        </Button>
      </Group>
    </Dialog>
  );
}
