import { ImageOff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { imageAddress } from './image-address.ts';
import { type ImageBox, Picture } from './image-picture.tsx';
import css from './image.module.css';
import { useViewer } from './image-viewer.tsx';
import { visibleText } from './turns/visible.ts';

type ImageFigureProps = { readonly reference: string; readonly name: string; /** Largest side, in pixels of the page. */ readonly side?: number; readonly boxes?: readonly ImageBox[] };

/** An image that opens in the viewer. Small ones are drawn with their pixels, in a frame of the final size from the start. */
export function ImageFigure({ reference, name, side = 160, boxes = [] }: ImageFigureProps) {
  const { t } = useTranslation();
  const view = useViewer();
  const address = imageAddress(reference, side <= 128 ? 256 : 512);
  const [lost, setLost] = useState(false);
  if (address === undefined || lost) {
    return (
      <div className={css.lost} style={{ width: side, height: side }} title={visibleText(reference)}>
        <ImageOff size={20} aria-hidden />
        {t('turns.image.lost')}
      </div>
    );
  }
  return (
    <>
      <button type="button" className={css.figure} style={{ width: side, height: side }} onClick={() => view.open()} aria-label={t('turns.image.open', { name })} title={t('turns.image.open', { name })}>
        <Picture src={address} alt={name} boxes={boxes} onLost={() => setLost(true)} />
      </button>
      {view.viewer([{ reference, name, boxes }])}
    </>
  );
}
