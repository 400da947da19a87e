import { Button, Checkbox, Code, CopyButton, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { FolderOpen } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { engineWords } from '../../i18n/engine-words.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { useFolderPicker } from '../../parts/folder-picker.ts';
import { whole } from '../../parts/numbers.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import type { Filter } from './address.ts';
import css from './datasets.module.css';
import type { DatasetRow } from './dataset-list.tsx';
import { type FormatName, formatNames } from './formats.ts';

type Exported = Calls<AppContract>['datasets.export']['output'];

/** Samples to a file of this machine, in a format. */
export function ExportDialog({ dataset, filter, onClose }: { readonly dataset: DatasetRow; readonly filter: Filter; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const filtered = Object.keys(filter).length > 0;
  const own = formatNames.find((each) => each === dataset.format);
  const [format, setFormat] = useState<FormatName | ''>(own ? '' : 'samples');
  const [folder, setFolder] = useState('');
  const [images, setImages] = useState(false);
  const [onlyFound, setOnlyFound] = useState(filtered);
  const [done, setDone] = useState<Exported>();
  const [fault, setFault] = useState<unknown>();
  const [abort, setAbort] = useState<AbortController>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const info = useEngine('app.info', undefined);
  const write = async (): Promise<void> => {
    const own = new AbortController();
    running.current = own;
    setAbort(own);
    setFault(undefined);
    try {
      setDone(await engine.call('datasets.export', { dataset: dataset.id, filter: onlyFound ? filter : {}, format: format === '' ? null : format, folder, images }, own.signal));
    } catch (error) {
      if (!own.signal.aborted) setFault(error);
    } finally {
      setAbort(undefined);
    }
  };
  const pick = useFolderPicker(setFolder);
  return (
    <Dialog onClose={onClose} size="lg" title={t('datasets.export.title', { name: visibleText(dataset.name) })}>
      {done ? (
        <ExportDone done={done} onClose={onClose} />
      ) : (
        <Stack gap="md">
          <Select label={t('datasets.format')} value={format} allowDeselect={false} data={[...(own ? [{ value: '', label: t('datasets.export.asImported', { format: t(`datasets.formats.${own}`) }) }] : []), ...formatNames.map((value) => ({ value, label: t(`datasets.formats.${value}`) }))]} onChange={(next) => setFormat((next ?? '') as FormatName | '')} data-autofocus />
          <Group align="flex-end" wrap="nowrap" gap="sm">
            <TextInput flex={1} label={t('datasets.export.folder')} description={t('datasets.export.folderHelp')} placeholder={info.data ? `${info.data.home}/exports` : ''} value={folder} onChange={({ currentTarget: { value } }) => setFolder(value)} />
            {pick && (
              <Button variant="default" leftSection={<FolderOpen size={14} aria-hidden />} onClick={pick}>
                {t('datasets.import.pick')}
              </Button>
            )}
          </Group>
          <Checkbox label={t('datasets.export.images')} description={t('datasets.export.imagesHelp')} checked={images} onChange={({ currentTarget: { checked } }) => setImages(checked)} />
          {filtered && <Checkbox label={t('datasets.export.onlyFound')} checked={onlyFound} onChange={({ currentTarget: { checked } }) => setOnlyFound(checked)} />}
          {fault !== undefined && <FaultNote error={fault} />}
          <Group justify="flex-end">
            {abort && (
              <Button variant="default" onClick={() => abort.abort()}>
                {t('datasets.import.cancel')}
              </Button>
            )}
            <Button loading={abort !== undefined} onClick={() => void write()}>
              {t('datasets.export.action')}
            </Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}

/** What was written and where, and what the format could not hold. */
function ExportDone({ done, onClose }: { readonly done: Exported; readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" role="status">
      <Text>{t('datasets.export.done', { count: done.rows, rows: whole(done.rows) })} {done.images > 0 && t('datasets.export.doneImages', { count: done.images, images: whole(done.images) })}</Text>
      <Code block className="foreign">{done.file}</Code>
      {done.left > 0 && (
        <details className={css.faultList}>
          <summary>{t('datasets.export.left', { count: done.left, left: whole(done.left) })}</summary>
          <ul>
            {done.reasons.map(({ id, reason }) => (
              <li key={id} className="foreign">
                <b>{visibleText(id)}</b> {visibleText(engineWords(reason))}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Group justify="flex-end">
        <CopyButton value={done.file}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {t(copied ? 'turns.copied' : 'datasets.export.copy')}
            </Button>
          )}
        </CopyButton>
        <Button data-autofocus onClick={onClose}>
          {t('datasets.close')}
        </Button>
      </Group>
    </Stack>
  );
}
