import { Button, FileButton, Group, Progress, Select, Stack, Text, TextInput } from '@mantine/core';
import { FolderOpen, Upload } from 'lucide-react';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { whole } from '../../../parts/numbers.ts';
import css from '../datasets.module.css';
import { type FormatName, formatNames } from '../formats.ts';
import { type Dropped, chosenOf, droppedOf, freeName, handOver } from './dropped.ts';
import { ImportPreview } from './import-preview.tsx';
import { ImportProgress } from './import-progress.tsx';
import { useImport } from './use-import.ts';

type ImportDialogProps = { readonly names: readonly string[]; readonly dropped: readonly Dropped[]; readonly onOpen: (dataset: number, view?: string) => void; readonly onClose: () => void };

type Place = { readonly name: string; readonly place: string };

export type Preview = Calls<AppContract>['datasets.preview']['output'];

/** Files to a dataset: choose, look at the first rows and what is wrong with them, import. */
export function ImportDialog({ names, dropped, onOpen, onClose }: ImportDialogProps) {
  const { t } = useTranslation();
  const [places, setPlaces] = useState<readonly Place[]>([]);
  const [handing, setHanding] = useState<{ readonly done: number; readonly total: number }>();
  const [fault, setFault] = useState<unknown>();
  const [typed, setTyped] = useState('');
  const [format, setFormat] = useState<FormatName | null>(null);
  const [images, setImages] = useState('');
  const [wished, setWished] = useState<string>();
  const [state, start, cancel] = useImport();
  /** Files of a folder that are not wanted. */
  const [left, setLeft] = useState<readonly string[]>([]);
  const leaving = useRef(new AbortController());
  const preview = useEngine('datasets.preview', { places: places.map(({ place }) => place), format, images: images.trim() === '' ? null : images.trim() }, { enabled: places.length > 0 && !state.running, keepPrevious: true });

  const add = async (more: readonly Dropped[]): Promise<void> => {
    if (more.length === 0) return;
    setFault(undefined);
    setHanding({ done: 0, total: more.length });
    try {
      const handed = await handOver(more, (done) => setHanding({ done, total: more.length }), leaving.current.signal);
      setPlaces((before) => [...before, ...handed]);
    } catch (error) {
      if (!leaving.current.signal.aborted) setFault(error);
    } finally {
      setHanding(undefined);
    }
  };
  const kept = useRef(places);
  kept.current = places;
  useEffect(() => {
    leaving.current = new AbortController();
    void add(dropped);
    return () => {
      leaving.current.abort();
      // What was handed over and not imported does not stay.
      const uploads = kept.current.map(({ place }) => place).filter((place) => place.startsWith('upload:'));
      if (uploads.length > 0) void engine.call('datasets.forgetUploads', { places: uploads }).catch(() => {});
    };
    // What was dropped is taken once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

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

  const drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    event.stopPropagation();
    await add(await droppedOf(event.dataTransfer));
  };
  const addTyped = (): void => {
    const place = typed.trim();
    if (place === '') return;
    setPlaces((before) => [...before, { name: place, place }]);
    setTyped('');
  };
  const pick = async (): Promise<void> => {
    const place = await window.arftShell?.pickFolder();
    if (place) setPlaces((before) => [...before, { name: place, place }]);
  };
  return (
    <Dialog onClose={onClose} size={880} title={t('datasets.import.title')} closeOnClickOutside={!state.running && places.length === 0} closeOnEscape={!state.running}>
      {state.running ? (
        <ImportProgress state={state} onCancel={cancel} />
      ) : done ? (
        <Stack gap="md">
          <Text>{t('datasets.import.done', { name: done.name, samples: whole(done.samples) })}</Text>
          <Text size="sm" className="faint">
            {t('datasets.import.doneFaults', { count: done.faults, faults: whole(done.faults) })}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => onOpen(done.id, 'faults')}>
              {t('datasets.import.showFaults')}
            </Button>
            <Button data-autofocus onClick={() => onOpen(done.id)}>
              {t('datasets.openIt')}
            </Button>
          </Group>
        </Stack>
      ) : (
        <Stack gap="md">
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
              <TextInput size="xs" flex={1} aria-label={t('datasets.import.path')} placeholder={t('datasets.import.pathExample')} value={typed} onChange={({ currentTarget: { value } }) => setTyped(value)} />
              <Button size="xs" variant="default" type="submit" disabled={typed.trim() === ''}>
                {t('datasets.import.add')}
              </Button>
            </form>
          </section>
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
                <Button variant="default" onClick={() => { setPlaces([]); setLeft([]); setWished(undefined); }}>
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
