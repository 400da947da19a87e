import { Button, Group, Progress, Select, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { whole } from '../../../parts/numbers.ts';
import { type FormatName, formatNames } from '../formats.ts';
import { DropZone } from './drop-zone.tsx';
import { type Dropped, freeName } from './dropped.ts';
import { ImportDone } from './import-done.tsx';
import { ImportPreview } from './import-preview.tsx';
import { ImportProgress } from './import-progress.tsx';
import css from './import.module.css';
import { useImport } from './use-import.ts';
import { usePlaces } from './use-places.ts';

type ImportDialogProps = { readonly names: readonly string[]; readonly dropped: readonly Dropped[]; readonly onOpen: (dataset: number, view?: string) => void; readonly onClose: () => void };

export type Preview = Calls<AppContract>['datasets.preview']['output'];

/** Files to a dataset: choose, look at the first rows and what is wrong with them, import. */
export function ImportDialog({ names, dropped, onOpen, onClose }: ImportDialogProps) {
  const { t } = useTranslation();
  const { places, handing, fault, clear, ...zone } = usePlaces(dropped);
  const [format, setFormat] = useState<FormatName | null>(null);
  const [images, setImages] = useState('');
  const [wished, setWished] = useState<string>();
  const [state, start, cancel] = useImport();
  /** Files of a folder that are not wanted. */
  const [left, setLeft] = useState<readonly string[]>([]);
  const preview = useEngine('datasets.preview', { places: places.map(({ place }) => place), format, images: images.trim() === '' ? null : images.trim() }, { enabled: places.length > 0 && !state.running, keepPrevious: true });

  const files = places.length > 0 ? preview.data?.files.filter(({ place }) => !left.includes(place)) : undefined;
  const readable = files?.filter(({ refused }) => refused === null) ?? [];
  const name = wished ?? freeName(readable[0]?.name.replace(/\.\w+$/, '') ?? '', names);
  // A file that was not read to its end may have samples further on.
  const some = readable.some(({ found, whole: all }) => found > 0 || !all);
  const ready = some && name.trim() !== '' && !preview.isPlaceholderData && handing === undefined;
  const begin = (): void => {
    const uploadedImages = places.filter(({ place, name: each }) => place.startsWith('upload:') && /\.(png|jpe?g|webp|gif|bmp|tiff?|avif)$/i.test(each)).map(({ place }) => place);
    start((signal) => engine.stream('datasets.import', { name, files: [...readable.map(({ place }) => place), ...uploadedImages], format, images: images.trim() === '' ? null : images.trim() }, signal));
  };
  const done = state.item?.kind === 'done' ? state.item.dataset : undefined;
  useEffect(() => {
    if (done?.faults === 0) onOpen(done.id);
    // Opened once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [done]);

  return (
    <Dialog onClose={onClose} size={880} title={t('datasets.import.title')} closeOnClickOutside={!state.running && places.length === 0} closeOnEscape={!state.running}>
      {state.running ? (
        <ImportProgress state={state} onCancel={cancel} />
      ) : done ? (
        <ImportDone done={done} onOpen={onOpen} />
      ) : (
        <Stack gap="md">
          <DropZone {...zone} />
          {handing && (
            <div role="status">
              <Progress value={(100 * handing.done) / handing.total} aria-label={t('datasets.import.handing')} />
              <Text size="sm" mt={4}>
                {t('datasets.import.handed', { done: whole(handing.done), total: whole(handing.total) })}
              </Text>
            </div>
          )}
          {fault !== undefined && <FaultNote error={fault} />}
          {preview.error && places.length > 0 && <FaultNote error={preview.error} />}
          {places.length > 0 && !preview.error && <ImportPreview files={files} busy={preview.isPlaceholderData} onLeave={(place) => setLeft((before) => [...before, place])} />}
          {places.length > 0 && (
            <>
              <div className={css.importFields}>
                <TextInput label={t('datasets.name')} value={name} maxLength={200} onChange={({ currentTarget: { value } }) => setWished(value)} />
                <Select label={t('datasets.format')} value={format ?? ''} allowDeselect={false} data={[{ value: '', label: t('datasets.import.recognise') }, ...formatNames.map((value) => ({ value, label: t(`datasets.formats.${value}`) }))]} onChange={(next) => setFormat((next || null) as FormatName | null)} />
                <TextInput label={t('datasets.import.images')} placeholder={t('datasets.import.imagesBeside')} value={images} onChange={({ currentTarget: { value } }) => setImages(value)} />
              </div>
              {state.fault !== undefined && <FaultNote error={state.fault} />}
              <Group justify="flex-end">
                <Button variant="default" onClick={() => { clear(); setLeft([]); setWished(undefined); }}>
                  {t('datasets.import.other')}
                </Button>
                <Button disabled={!ready} onClick={begin}>
                  {t('datasets.import.action')}
                </Button>
              </Group>
            </>
          )}
        </Stack>
      )}
    </Dialog>
  );
}
