import { ActionIcon, Button, FileButton, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Camera, X } from 'lucide-react';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { uploadFile } from '../../connection/upload.ts';
import { errorWords } from '../../i18n/engine-words.ts';
import { ImageFigure } from '../../parts/image-figure.tsx';
import { CameraModal } from './camera.tsx';
import css from './playground.module.css';

/** As many as a question may have. */
const most = 8;

type ImageInputProps = { readonly images: readonly string[]; readonly onChange: (images: readonly string[]) => void };

/** Images by dropping, pasting, choosing or photographing. */
export function ImageInput({ images, onChange }: ImageInputProps) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const [camera, setCamera] = useState(false);

  const newest = useRef(images);
  newest.current = images;
  const add = async (files: readonly File[]): Promise<void> => {
    if (images.length + files.length > most) notifications.show({ color: 'orange', message: t('playground.images.tooMany') });
    const kept: string[] = [];
    for (const file of files.slice(0, most - images.length)) {
      try {
        kept.push((await engine.call('playground.keepImage', { upload: await uploadFile(file) })).reference);
      } catch (error) {
        notifications.show({ color: 'red', title: file.name, message: errorWords(error) });
      }
    }
    if (kept.length === 0) return;
    // Others may have come meanwhile.
    newest.current = [...newest.current, ...kept].slice(0, most);
    onChange(newest.current);
  };

  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
      if (files.length === 0) return;
      event.preventDefault();
      void add(files);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  });

  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void add([...event.dataTransfer.files]);
  };
  return (
    <section className={css.drop} data-over={over || undefined} aria-label={t('playground.images.label')} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
      {images.length > 0 && (
        <div className={css.thumbnails}>
          {images.map((reference, i) => (
            <div key={reference} className={css.thumbnail}>
              <ImageFigure reference={reference} name={t('playground.images.image', { number: i + 1 })} side={72} />
              <ActionIcon className={css.remove} size="xs" radius="xl" variant="default" onClick={() => onChange(images.filter((_, j) => j !== i))} aria-label={t('playground.images.remove', { number: i + 1 })} title={t('playground.images.remove', { number: i + 1 })}>
                <X size={12} />
              </ActionIcon>
            </div>
          ))}
        </div>
      )}
      {images.length === 0 && (
        <Text size="sm" className="faint">
          {t('playground.images.drop')}
        </Text>
      )}
      <Group gap="sm">
        <FileButton multiple accept="image/*" onChange={(files) => void add(files)}>
          {(props) => (
            <Button variant="default" size="compact-sm" {...props}>
              {t('playground.images.choose')}
            </Button>
          )}
        </FileButton>
        <Button variant="default" size="compact-sm" leftSection={<Camera size={14} aria-hidden />} onClick={() => setCamera(true)}>
          {t('playground.images.camera')}
        </Button>
      </Group>
      {camera && <CameraModal onClose={() => setCamera(false)} onPicture={(file) => void add([file])} />}
    </section>
  );
}
