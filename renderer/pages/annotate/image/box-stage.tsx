import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { imageAddress } from '../../../parts/image-address.ts';
import type { Box } from '../edit/use-editor.ts';
import css from './image.module.css';
import { type Point, boxBetween, boxText, gripOf, moved, resized } from './box.ts';

type BoxStageProps = { readonly image: string; readonly box: Box | null; readonly onBox: (box: Box | null) => void; readonly onEnd: () => void };

type Drag = { readonly from: Point; readonly fixed: Point | undefined; readonly before: Box | null };

/** A first box, where the keyboard draws one. */
const middle: Box = [300, 300, 700, 700];
/** A press of an arrow, in thousandths of the image. */
const stride = 10;
/** How near to a corner takes hold of it, in pixels of the page. */
const reach = 10;

/** The image, to draw a box on: by dragging, or by the arrows. */
export function BoxStage({ image, box, onBox, onEnd }: BoxStageProps) {
  const { t } = useTranslation();
  const { ref, width, height } = useElementSize();
  const [size, setSize] = useState<Point>();
  const plane = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<Drag>();
  const scale = size ? Math.min(width / size[0], height / size[1]) : 0;
  const [w, h] = size ? [size[0] * scale, size[1] * scale] : [0, 0];

  const pointOf = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width: across, height: down } = (plane.current as SVGSVGElement).getBoundingClientRect();
    return [((clientX - left) / across) * 1000, ((clientY - top) / down) * 1000];
  };
  const press = (event: PointerEvent<SVGSVGElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const from = pointOf(event);
    const grip = gripOf(box, from, [(reach / w) * 1000, (reach / h) * 1000]);
    setDrag({ from, before: grip.kind === 'inside' ? box : null, fixed: grip.kind === 'corner' ? grip.fixed : grip.kind === 'outside' ? from : undefined });
  };
  const pull = (event: PointerEvent): void => {
    if (!drag) return;
    const to = pointOf(event);
    const next = drag.before ? moved(drag.before, to[0] - drag.from[0], to[1] - drag.from[1]) : boxBetween(drag.fixed ?? drag.from, to);
    if (next) onBox(next);
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows: Readonly<Record<string, Point>> = { ArrowLeft: [-stride, 0], ArrowRight: [stride, 0], ArrowUp: [0, -stride], ArrowDown: [0, stride] };
    const arrow = arrows[event.key];
    if (arrow) onBox(box ? (event.shiftKey ? resized : moved)(box, ...arrow) : middle);
    else if (event.key === 'Delete' || event.key === 'Backspace') onBox(null);
    else if (event.key === 'Escape' || event.key === 'Enter') onEnd();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={ref} className={css.stage} data-box-stage role="application" tabIndex={0} aria-label={t('annotate.box.stage')} onKeyDown={keys}>
      <img className={css.boxImage} src={imageAddress(image, 1024)} alt="" draggable={false} onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSize([naturalWidth, naturalHeight])} />
      {size && width > 0 && (
        <svg ref={plane} className={css.plane} style={{ width: w, height: h, left: (width - w) / 2, top: (height - h) / 2 }} viewBox="0 0 1000 1000" preserveAspectRatio="none" onPointerDown={press} onPointerMove={pull} onPointerUp={() => setDrag(undefined)} onPointerCancel={() => setDrag(undefined)} aria-hidden>
          {box && (
            <>
              <path className={css.outside} fillRule="evenodd" d={`M0 0H1000V1000H0Z M${box[0]} ${box[1]}V${box[3]}H${box[2]}V${box[1]}Z`} />
              <rect x={box[0]} y={box[1]} width={box[2] - box[0]} height={box[3] - box[1]} vectorEffect="non-scaling-stroke" />
            </>
          )}
        </svg>
      )}
      <span className="unseen" role="status">
        {box ? t('annotate.box.at', { box: boxText(box) }) : t('annotate.box.none')}
      </span>
    </div>
  );
}
