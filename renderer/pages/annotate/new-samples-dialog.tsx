import { Button, FileButton, Group, Progress, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { Upload } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { whole } from '../../parts/numbers.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import { type Dropped, chosenOf, freeName } from '../datasets/import/dropped.ts';
import { useDrop } from '../datasets/import/use-drop.ts';
import { RefusedFiles } from './refused-files.tsx';
import css from './sets.module.css';
import { type Added, useAdd } from './use-add.ts';

type NewSamplesProps = {
  readonly sets: readonly { readonly dataset: number; readonly name: string }[];
  readonly dropped: readonly Dropped[];
  /** The dataset that they are for, where that is known. */
  readonly first: number | undefined;
  readonly onOpen: (dataset: number, sample: number) => void;
  readonly onClose: () => void;
};

/** A sample for each image, in a new dataset or one that is there. */
export function NewSamplesDialog({ sets, dropped, first, onOpen, onClose }: NewSamplesProps) {
  const { t } = useTranslation();
  const [files, setFiles] = useState(dropped);
  const [dataset, setDataset] = useState<number | null>(first ?? null);
  const [wished, setWished] = useState<string>();
  const [task, setTask] = useState<'coding' | 'search'>('coding');
  const { done, fault, add } = useAdd();
  const [added, setAdded] = useState<Added>();
  const leaving = useRef(new AbortController());
  useEffect(() => {
    leaving.current = new AbortController();
    return () => leaving.current.abort();
  }, []);
  const name = wished ?? freeName(t('annotate.new.nameExample'), sets.map(({ name: each }) => each));
  const busy = done !== undefined;
  const more = (chosen: readonly Dropped[]): void => setFiles((before) => [...before, ...chosen]);
  const { zone } = useDrop(more);
  const make = async (images: readonly Dropped[]): Promise<void> => {
    const made = await add(images, dataset, dataset === null ? name.trim() : '', task, leaving.current.signal);
    if (!made) return;
    const [sample] = made.ordinals;
    if (made.refused.length === 0 && sample !== undefined) onOpen(made.dataset, sample);
    else setAdded(made);
  };
  if (added) return <RefusedFiles added={added} onOpen={onOpen} onClose={onClose} />;
  return (
    <Dialog onClose={onClose} size="lg" title={t('annotate.new.title')} closeOnClickOutside={!busy && files.length === 0} closeOnEscape={!busy}>
      <Stack gap="md">
        <section className={css.drop} aria-label={t('annotate.new.zone')} {...zone}>
          <Text size="sm">{files.length === 0 ? t('annotate.new.drop') : t('annotate.new.chosen', { count: files.length, files: whole(files.length) })}</Text>
          {files.length > 0 && (
            <Text size="xs" className={`faint ${css.names}`}>
              {visibleText(files.slice(0, 4).map((file) => file.name).join(', '))}{files.length > 4 && ' …'}
            </Text>
          )}
          <Group gap="sm" justify="center">
            <FileButton multiple accept="image/*" onChange={(chosen) => more(chosenOf(chosen))}>
              {(props) => (
                <Button {...props} variant="default" size="xs" leftSection={<Upload size={14} aria-hidden />} disabled={busy} data-autofocus>
                  {t('annotate.new.choose')}
                </Button>
              )}
            </FileButton>
            {files.length > 0 && (
              <Button variant="subtle" size="xs" disabled={busy} onClick={() => setFiles([])}>
                {t('annotate.new.others')}
              </Button>
            )}
          </Group>
        </section>
        <div className={css.fields}>
          <Select label={t('annotate.new.into')} value={dataset === null ? '' : String(dataset)} allowDeselect={false} disabled={busy} data={[{ value: '', label: t('annotate.new.newSet') }, ...sets.map((each) => ({ value: String(each.dataset), label: visibleText(each.name) }))]} onChange={(value) => setDataset(value ? Number(value) : null)} />
          {dataset === null && <TextInput label={t('annotate.new.name')} value={name} maxLength={200} disabled={busy} onChange={({ currentTarget: { value } }) => setWished(value)} />}
        </div>
        <div>
          <Text size="sm" fw={500} mb={4}>{t('annotate.task')}</Text>
          <SegmentedControl size="xs" aria-label={t('annotate.task')} value={task} disabled={busy} onChange={(value) => setTask(value as 'coding' | 'search')} data={(['coding', 'search'] as const).map((value) => ({ value, label: t(`annotate.new.tasks.${value}`) }))} />
        </div>
        {busy && (
          <div role="status">
            <Progress value={files.length === 0 ? 0 : (100 * done) / files.length} aria-label={t('datasets.import.handing')} />
            <Text size="sm" mt={4}>{t('datasets.import.handed', { done: whole(done), total: whole(files.length) })}</Text>
          </div>
        )}
        {fault !== undefined && <FaultNote error={fault} />}
        <Group justify="space-between">
          <Button variant="subtle" disabled={busy || (dataset === null && name.trim() === '')} onClick={() => void make([])}>
            {t('annotate.new.without')}
          </Button>
          <Button disabled={busy || files.length === 0 || (dataset === null && name.trim() === '')} onClick={() => void make(files)}>
            {files.length === 0 ? t('annotate.new.actionNone') : t('annotate.new.action', { count: files.length, files: whole(files.length) })}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
