import { ImageOff } from 'lucide-react';
import { useState } from 'react';
import { imageAddress } from '../../parts/image-address.ts';
import { Picture } from '../../parts/image-picture.tsx';
import css from './datasets.module.css';

/** A small picture in a list, in a frame of the final size; the row's words name it. */
export function Thumbnail({ reference, count, size }: { readonly reference: string | undefined; readonly count: number; readonly size: 'row' | 'tile' }) {
  const [lost, setLost] = useState<string>();
  const address = reference === undefined ? undefined : imageAddress(reference, size === 'row' ? 128 : 256);
  return (
    <span className={css.thumbnail} data-size={size} data-none={count === 0 || undefined}>
      {address !== undefined && lost !== reference ? <Picture src={address} alt="" onLost={() => setLost(reference)} /> : count > 0 && <ImageOff size={16} aria-hidden />}
      {count > 1 && <span className={css.more}>{count}</span>}
    </span>
  );
}
