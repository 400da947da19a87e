import { useState } from 'react';
import css from './image.module.css';

/** A part of an image, 0–1000 of its width and height: [x0, y0, x1, y1]. */
export type ImageBox = readonly [number, number, number, number];

/** An image as large as its frame allows, with boxes over it. */
export function Picture({ src, alt, boxes = [], onLost }: { readonly src: string; readonly alt: string; readonly boxes?: readonly ImageBox[]; readonly onLost?: () => void }) {
  const [size, setSize] = useState<{ readonly width: number; readonly height: number }>();
  return (
    <>
      <img
        className={css.picture}
        data-small={(size && Math.max(size.width, size.height) < 200) || undefined}
        src={src}
        alt={alt}
        draggable={false}
        onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => setSize({ width, height })}
        onError={onLost}
      />
      {size && boxes.length > 0 && (
        // The same fit as the image's own: contained and in the middle.
        <svg className={css.boxes} viewBox={`0 0 ${size.width} ${size.height}`} preserveAspectRatio="xMidYMid meet" aria-hidden>
          {boxes.map(([x0, y0, x1, y1], i) => (
            <rect key={i} x={(x0 / 1000) * size.width} y={(y0 / 1000) * size.height} width={((x1 - x0) / 1000) * size.width} height={((y1 - y0) / 1000) * size.height} vectorEffect="non-scaling-stroke" />
          ))}
        </svg>
      )}
    </>
  );
}
