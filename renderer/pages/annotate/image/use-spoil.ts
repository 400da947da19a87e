import { useRef, useState } from 'react';
import type { ImageIssue } from '../../../../main/records/sample.ts';
import { engine } from '../../../connection/engine.ts';
import type { Editor } from '../edit/use-editor.ts';

type Wish = { readonly issues: readonly ImageIssue[]; readonly strength: Strength };

export type Strength = 1 | 2 | 3;

/** What is wrong with the image, as it is wished; the last wish is done when several come fast. */
export function useSpoil(dataset: number, author: string, editor: Editor) {
  const { ordinal, sample } = editor.opened;
  const [wish, setWish] = useState<Wish>();
  const [fault, setFault] = useState<unknown>();
  const next = useRef<Wish>(undefined);
  const busy = useRef(false);
  const work = async (): Promise<void> => {
    busy.current = true;
    setFault(undefined);
    try {
      for (let now = next.current; now; now = next.current) {
        next.current = undefined;
        if (!(await editor.flush())) break;
        await editor.take(await engine.call('annotate.spoil', { dataset, ordinal, author, issues: [...now.issues], strength: now.strength }));
      }
    } catch (error) {
      setFault(error);
    } finally {
      busy.current = false;
      setWish(undefined);
    }
  };
  return {
    issues: wish?.issues ?? sample.issues ?? [],
    spoiling: wish !== undefined,
    fault,
    spoil: (issues: readonly ImageIssue[], strength: Strength): void => {
      next.current = { issues, strength };
      setWish(next.current);
      if (!busy.current) void work();
    },
  };
}
