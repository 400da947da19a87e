import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTried } from '../../../parts/tried.ts';
import { type Dropped, droppedOf, mostFiles } from './dropped.ts';

export type Drop = {
  /** Files are held over it. */
  readonly over: boolean;
  readonly zone: Record<'onDragOver' | 'onDragLeave' | 'onDrop', (event: DragEvent) => void>;
};

/** A place that files and folders are dropped on, with a word where they cannot be read. What a dialog takes does not fall through to the page behind it. */
export function useDrop(take: (dropped: readonly Dropped[]) => Promise<void> | void): Drop {
  const { t } = useTranslation();
  const tried = useTried();
  const [over, setOver] = useState(false);
  const ours = (event: DragEvent, held: boolean): void => {
    event.preventDefault();
    event.stopPropagation();
    setOver(held);
  };
  return {
    over,
    zone: {
      onDragOver: (event) => ours(event, true),
      onDragLeave: () => setOver(false),
      onDrop: (event) => {
        ours(event, false);
        void tried(async () => take(await droppedOf(event.dataTransfer, t('datasets.import.tooMany', { files: mostFiles }))));
      },
    },
  };
}
