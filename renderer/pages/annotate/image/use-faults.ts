import { useState } from 'react';
import { imageIssues } from '../../../parts/sample-names.ts';
import type { Editor } from '../edit/use-editor.ts';
import { withIssue } from './issues.ts';
import { type Strength, useSpoil } from './use-spoil.ts';

/** What is wrong with the image and how strongly, by buttons and by keys. @param onBox Begins to draw the part that is asked for, without which an image is not cropped. */
export function useFaults(dataset: number, author: string, editor: Editor, onBox: () => void) {
  const spoiling = useSpoil(dataset, author, editor);
  const { issues } = spoiling;
  const [strength, setStrength] = useState<Strength>(2);
  const { image, box } = editor.fields;
  const spoil = (next: typeof issues): void => {
    if (next.includes('crop') && !issues.includes('crop') && box === null) onBox();
    spoiling.spoil(next, strength);
  };
  return {
    ...spoiling,
    spoil,
    strength,
    /** Puts on, or takes off, the issue of this place in the list. */
    toggle: (i: number): void => {
      const name = imageIssues[i];
      if (name !== undefined && image !== null) spoil(withIssue(issues, name));
    },
    strengthen: (next: Strength): void => {
      setStrength(next);
      if (issues.some((each) => each !== 'crop' && each !== 'none')) spoiling.spoil(issues, next);
    },
  };
}

export type Faults = ReturnType<typeof useFaults>;
