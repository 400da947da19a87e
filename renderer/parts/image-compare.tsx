import { ActionIcon } from '@mantine/core';
import { Maximize2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { imageAddress } from './image-address.ts';
import { ImageFigure } from './image-figure.tsx';
import { type ImageBox, Picture } from './image-picture.tsx';
import css from './image.module.css';
import { useViewer } from './image-viewer.tsx';

type ImageCompareProps = {
  readonly before: string;
  readonly after: string;
  /** Height of the pictures, in pixels of the page. */
  readonly height?: number;
  /** As large as its place, which is a column of a flex box, whatever `height` says. */
  readonly fill?: boolean;
  /** What stands under the two, such as their sizes. */
  readonly captions?: readonly [string, string];
  readonly boxes?: readonly ImageBox[];
};

/** Two pictures over each other; a slider, by pointer or arrows, uncovers one or the other. */
export function ImageCompare({ before, after, height = 200, fill = false, captions, boxes = [] }: ImageCompareProps) {
  const { t } = useTranslation();
  const view = useViewer();
  const [share, setShare] = useState(50);
  const addresses = [imageAddress(before, 1024), imageAddress(after, 1024)];
  const [left, right] = addresses;
  const names = [t('turns.image.before'), t('turns.image.after')] as const;
  if (left === undefined || right === undefined) {
    return (
      <div className={css.pair}>
        <ImageFigure reference={before} name={names[0]} />
        <ImageFigure reference={after} name={names[1]} />
      </div>
    );
  }
  return (
    <div className={css.compare} data-fill={fill || undefined}>
      <div className={css.two} {...(!fill && { style: { height } })}>
        <div className={css.layer}>
          <Picture src={right} alt={names[1]} boxes={boxes} />
        </div>
        <div className={css.layer} style={{ clipPath: `inset(0 ${100 - share}% 0 0)` }}>
          <Picture src={left} alt={names[0]} boxes={boxes} />
        </div>
        <div className={css.divider} style={{ left: `${share}%` }} aria-hidden />
        <input className={css.range} type="range" min={0} max={100} value={share} onChange={({ currentTarget: { value } }) => setShare(Number(value))} aria-label={t('turns.image.slider')} aria-valuetext={t('turns.image.sliderValue', { share })} />
        <ActionIcon className={css.enlarge} size="sm" variant="default" onClick={() => view.open(1)} aria-label={t('turns.image.open', { name: names[1] })} title={t('turns.image.open', { name: names[1] })}>
          <Maximize2 size={12} />
        </ActionIcon>
      </div>
      <div className={css.captions}>
        {names.map((name, i) => (
          <span key={name}>{captions?.[i] ? `${name} · ${captions[i]}` : name}</span>
        ))}
      </div>
      {view.viewer([{ reference: before, name: names[0], boxes }, { reference: after, name: names[1], boxes }])}
    </div>
  );
}
