import { ActionIcon, Group, SegmentedControl, Text } from '@mantine/core';
import { Minus, Plus, Scan } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, type ReactNode, type WheelEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './dialog.tsx';
import { imageAddress } from './image-address.ts';
import { type ImageBox, Picture } from './image-picture.tsx';
import css from './image.module.css';

export type ViewedImage = { readonly reference: string; readonly name: string; readonly boxes?: readonly ImageBox[] };

type View = { readonly scale: number; readonly x: number; readonly y: number };

const whole: View = { scale: 1, x: 0, y: 0 };
const largest = 32;

/** Images in the size of the window: zoom by wheel, keys or buttons, move by dragging or arrows. */
function ImageViewer({ images, first, onClose }: { readonly images: readonly ViewedImage[]; readonly first: number; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(first);
  const [view, setView] = useState(whole);
  const image = images[chosen] ?? images[0];
  if (!image) return null;
  const zoom = (factor: number): void => setView(({ scale, x, y }) => {
    const next = Math.min(largest, Math.max(1, scale * factor));
    return next === 1 ? whole : { scale: next, x: (x * next) / scale, y: (y * next) / scale };
  });
  const move = (x: number, y: number): void => setView((before) => (before.scale === 1 ? before : { ...before, x: before.x + x, y: before.y + y }));
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => zoom(1.5), '=': () => zoom(1.5), '-': () => zoom(1 / 1.5), '0': () => setView(whole),
    ArrowLeft: () => move(60, 0), ArrowRight: () => move(-60, 0), ArrowUp: () => move(0, 60), ArrowDown: () => move(0, -60),
  };
  const press = (event: KeyboardEvent): void => {
    // The choice of the image keeps its own arrows.
    if ((event.target as HTMLElement).tagName === 'INPUT' || event.ctrlKey || event.metaKey) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const drag = ({ buttons, movementX, movementY }: PointerEvent): void => {
    if (buttons & 1) move(movementX, movementY);
  };
  return (
    <Dialog onClose={onClose} fullScreen title={<Text fw={600}>{image.name}</Text>} classNames={{ body: css.viewerBody, content: css.viewerContent }} onKeyDown={press}>
      <div className={css.stage} tabIndex={0} role="group" aria-label={t('turns.image.stage')} data-zoomed={view.scale > 1 || undefined} onWheel={({ deltaY }: WheelEvent) => zoom(deltaY < 0 ? 1.2 : 1 / 1.2)} onPointerMove={drag} onDoubleClick={() => (view.scale > 1 ? setView(whole) : zoom(4))} data-autofocus>
        <div className={css.moved} style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` }}>
          <Picture key={image.reference} src={imageAddress(image.reference) ?? ''} alt={image.name} boxes={image.boxes ?? []} />
        </div>
      </div>
      <Group justify="center" gap="sm" p="sm">
        {images.length > 1 && <SegmentedControl size="xs" value={String(chosen)} onChange={(value) => setChosen(Number(value))} data={images.map(({ name }, i) => ({ value: String(i), label: name }))} aria-label={t('turns.image.choice')} />}
        <ActionIcon variant="default" onClick={() => zoom(1 / 1.5)} disabled={view.scale === 1} aria-label={t('turns.image.smaller')} title={`${t('turns.image.smaller')}  −`}>
          <Minus size={16} />
        </ActionIcon>
        <Text size="sm" w={56} ta="center">{`${Math.round(view.scale * 100)} %`}</Text>
        <ActionIcon variant="default" onClick={() => zoom(1.5)} disabled={view.scale === largest} aria-label={t('turns.image.larger')} title={`${t('turns.image.larger')}  +`}>
          <Plus size={16} />
        </ActionIcon>
        <ActionIcon variant="default" onClick={() => setView(whole)} aria-label={t('turns.image.whole')} title={`${t('turns.image.whole')}  0`}>
          <Scan size={16} />
        </ActionIcon>
      </Group>
    </Dialog>
  );
}

/** Opens the viewer: `open(i)` shows the image i of those given to `viewer`, which stands wherever it is drawn. */
export function useViewer(): { readonly open: (first?: number) => void; readonly viewer: (images: readonly ViewedImage[]) => ReactNode } {
  const [first, setFirst] = useState<number>();
  return {
    open: (i = 0) => setFirst(i),
    viewer: (images) => (first === undefined ? null : <ImageViewer images={images} first={first} onClose={() => setFirst(undefined)} />),
  };
}
