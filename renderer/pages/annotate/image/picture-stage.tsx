import { ImageOff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { imageAddress } from '../../../parts/image-address.ts';
import { ImageCompare } from '../../../parts/image-compare.tsx';
import { type ImageBox, Picture } from '../../../parts/image-picture.tsx';
import type { ViewedImage } from '../../../parts/image-viewer.tsx';
import css from './image.module.css';

type PictureStageProps = { readonly image: string | undefined; readonly clean: string | undefined; readonly boxes: readonly ImageBox[] };

/** The image as large as its place; beside the clean one where it was spoilt. */
export function PictureStage({ image, clean, boxes }: PictureStageProps) {
  const { t } = useTranslation();
  const [lost, setLost] = useState<string>();
  const address = image === undefined ? undefined : imageAddress(image, 1024);
  if (image !== undefined && address !== undefined && clean !== undefined && clean !== image) return <ImageCompare before={clean} after={image} boxes={boxes} fill captions={[t('annotate.image.clean'), t('annotate.image.shown')]} />;
  return (
    <div className={css.stage} data-none={address === undefined || lost === image || undefined}>
      {image === undefined || address === undefined || lost === image ? (
        <span className={css.none}>
          <ImageOff size={24} aria-hidden />
          {t(image === undefined ? 'annotate.image.none' : 'turns.image.lost')}
        </span>
      ) : (
        <Picture key={image} src={address} alt={t('annotate.image.name')} boxes={boxes} onLost={() => setLost(image)} />
      )}
    </div>
  );
}

/** The images of a sample for the viewer: as the agent sees it first. */
export const viewed = (image: string | undefined, clean: string | undefined, boxes: readonly ImageBox[], names: { readonly shown: string; readonly clean: string }): readonly ViewedImage[] => [
  ...(image === undefined ? [] : [{ reference: image, name: names.shown, boxes }]),
  ...(clean === undefined || clean === image ? [] : [{ reference: clean, name: names.clean, boxes }]),
];
