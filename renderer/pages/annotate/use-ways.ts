import { type RefObject, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { usePageKeys } from '../../frame/page-keys.ts';
import { redoKeys, undoKeys } from '../../frame/keys.ts';
import { type Tried, useTried } from '../../parts/tried.ts';
import { type Address, type Go, useLatestAddress } from './address.ts';
import type { Rows } from './use-rows.ts';

export type Ways = {
  readonly open: (ordinal: number) => void;
  /** Whether nothing else was opened meanwhile. */
  readonly isOpen: (ordinal: number | undefined) => boolean;
  readonly next: () => void;
  readonly before: () => void;
  readonly undo: () => void;
  readonly redo: () => void;
  /** What was just undone, in words; empty after another change. */
  readonly said: string;
  readonly say: (words: string) => void;
  readonly tried: Tried;
};

/** The ways between the samples of a dataset, and back in time; `flush` saves what is being written. */
export function useWays(dataset: number, { state }: Address, go: Go, rows: Rows, place: number | undefined, flush: RefObject<() => Promise<boolean>>): Ways {
  const { t } = useTranslation();
  const [said, say] = useState('');
  const open = (ordinal: number, replace = false): void => go({ sample: ordinal, view: undefined }, replace);
  const tried = useTried();
  const latest = useLatestAddress();
  const isOpen = (ordinal: number | undefined): boolean => {
    const now = latest();
    return now.dataset === dataset && now.sample === ordinal && now.state === state && now.view === 'samples';
  };
  /** Keys may come faster than samples: each begins where the one before has led. */
  const turn = useRef(Promise.resolve());
  const inTurn = (work: (from: number | undefined) => Promise<void>): Promise<void> => (turn.current = turn.current.then(() => tried(() => work(latest().sample))));
  const step = (by: number) => inTurn(async (from) => {
    if (from === undefined) return;
    const { index, there } = await rows.locate(from, state === null ? place : undefined);
    const row = await rows.fetch(by > 0 ? index + (there ? 1 : 0) : index - 1);
    if (!row || !isOpen(from)) return;
    say('');
    open(row.ordinal, true);
  });
  const back = (what: 'undo' | 'redo') => inTurn(async (from) => {
    if (!(await flush.current())) return;
    const done = await engine.call(`annotate.${what}`, { dataset });
    if (!done) return say(t(`annotate.${what}.nothing`));
    say(t(`annotate.${what}.done`, { what: t(`annotate.doings.${done.what}`), number: done.ordinal + 1 }));
    if (done.ordinal !== from && isOpen(from)) open(done.ordinal);
  });
  const ways: Ways = { open, isOpen, next: () => void step(1), before: () => void step(-1), undo: () => void back('undo'), redo: () => void back('redo'), said, say, tried };
  usePageKeys({
    title: t('annotate.title'),
    keys: [
      { keys: ['j'], words: t('annotate.keys.next'), act: ways.next },
      { keys: ['k'], words: t('annotate.keys.before'), act: ways.before },
      { keys: ['mod + Z'], shown: undoKeys, words: t('annotate.keys.undo'), act: ways.undo },
      { keys: ['mod + shift + Z'], shown: redoKeys, words: t('annotate.keys.redo'), act: ways.redo },
      { keys: ['e'], words: t('annotate.keys.export'), act: () => (location.hash = exportAddress(dataset)) },
    ],
  });
  return ways;
}

/** The export of what was accepted, on the page of datasets. */
export const exportAddress = (dataset: number): string => `#/datasets?dataset=${dataset}&annotation=accepted&export=true`;
