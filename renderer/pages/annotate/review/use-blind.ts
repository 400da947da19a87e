import { useState } from 'react';
import type { ImageIssue } from '../../../../main/records/sample.ts';

/** What a reviewer says before they see the annotation, and what they write about it. */
export type Blind = { readonly answer: string; readonly issues: readonly ImageIssue[]; readonly shown: boolean; readonly note: string };

const first: Blind = { answer: '', issues: [], shown: false, note: '' };

/** It outlives a reload: what was seen cannot be unseen, and what was written stays. */
export function useBlind(dataset: number, ordinal: number, me: string): readonly [Blind, (change: Partial<Blind>) => void, () => void] {
  const key = `arft-review-${dataset}-${ordinal}-${me}`;
  const [blind, setBlind] = useState<Blind>(() => {
    try {
      return { ...first, ...(JSON.parse(sessionStorage.getItem(key) ?? '{}') as Partial<Blind>) };
    } catch {
      return first;
    }
  });
  const change = (wish: Partial<Blind>): void => {
    const next = { ...blind, ...wish };
    setBlind(next);
    sessionStorage.setItem(key, JSON.stringify(next));
  };
  return [blind, change, () => sessionStorage.removeItem(key)];
}
