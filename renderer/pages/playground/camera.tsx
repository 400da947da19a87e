import { Alert, Button, Stack } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../parts/dialog.tsx';
import css from './playground.module.css';

/** One picture from the camera; nothing is kept of what it saw before. */
export function CameraModal({ onClose, onPicture }: { readonly onClose: () => void; readonly onPicture: (file: File) => void }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    let left = false;
    let stream: MediaStream | undefined;
    const open = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } } });
      if (left || !video.current) return stream.getTracks().forEach((track) => track.stop());
      video.current.srcObject = stream;
      await video.current.play();
    };
    open().catch((error: unknown) => {
      if (!left) setFault((error as Error).message);
    });
    return () => {
      left = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);

  const take = (): void => {
    const { current: seen } = video;
    if (!seen) return;
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [seen.videoWidth, seen.videoHeight];
    canvas.getContext('2d')?.drawImage(seen, 0, 0);
    canvas.toBlob((blob) => {
      if (blob) onPicture(new File([blob], 'camera.png', { type: 'image/png' }));
      onClose();
    });
  };
  return (
    <Dialog onClose={onClose} size="lg" title={t('playground.camera.title')}>
      {fault === undefined ? (
        <Stack>
          <video ref={video} className={css.camera} muted playsInline aria-label={t('playground.camera.view')} />
          <Button onClick={take} data-autofocus>
            {t('playground.camera.take')}
          </Button>
        </Stack>
      ) : (
        <Alert color="orange">{t('playground.camera.denied', { reason: fault })}</Alert>
      )}
    </Dialog>
  );
}
