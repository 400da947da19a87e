import { useQueryClient } from '@tanstack/react-query';
import { notifications } from '@mantine/notifications';
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { EditedStep } from '../../../../main/records/annotation.ts';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { engine } from '../../../connection/engine.ts';
import { useConnection } from '../../../connection/hooks.ts';
import { engineKey } from '../../../connection/queries.ts';
import { errorWords } from '../../../i18n/engine-words.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import { withoutResults } from '../chain/chain.ts';
import { type Edits, type Field, type Had, Saver, type Saving, keptEdits } from './saver.ts';

export type Opened = Calls<AppContract>['annotate.open']['output'];
export type Box = readonly [number, number, number, number];

/** What a person writes of a sample. */
export type Fields = { readonly image: string | null; readonly task: 'coding' | 'search'; readonly question: string; readonly answers: readonly string[]; readonly split: string | null; readonly box: Box | null; readonly steps: readonly EditedStep[] };

export type Editor = {
  /** The sample as the engine has it; edits that are under way are in `fields` alone. */
  readonly opened: Opened;
  readonly fields: Fields;
  readonly saving: Saving<Opened>;
  readonly edit: (change: Edits) => void;
  /** Changes the steps as they are by then: code may end while others are written. */
  readonly editSteps: (change: (steps: readonly EditedStep[]) => readonly EditedStep[]) => void;
  /** Puts another image before the agent; what code made of the one before goes. @returns whether the engine has it. */
  readonly exchange: (image: string) => Promise<boolean>;
  readonly flush: () => Promise<boolean>;
  /** Writes a refused field over what another window made of it, or gives it up for that. */
  readonly settle: (field: Field, whose: 'mine' | 'theirs') => void;
  /** Takes what the engine answered to something else than an edit. */
  readonly take: (opened: Opened) => Promise<void>;
};

/** Keeps the engine's newest word for whoever asks, over one that may still be under way. */
function useKeep(dataset: number): (opened: Opened) => Promise<void> {
  const client = useQueryClient();
  return async (opened) => {
    const queryKey = engineKey('annotate.open', { dataset, ordinal: opened.ordinal });
    await client.cancelQueries({ queryKey });
    client.setQueryData(queryKey, opened);
  };
}

export const fieldsOf = ({ sample, steps }: Opened, edits: Edits = {}): Fields => ({
  image: edits.image ?? sample.images[0] ?? null,
  task: edits.task ?? sample.task,
  question: edits.question ?? sample.question,
  answers: edits.answers ?? sample.answers,
  split: edits.split === undefined ? (sample.split ?? null) : edits.split,
  box: edits.box === undefined ? (sample.box ?? null) : edits.box,
  steps: edits.steps ?? (edits.image === undefined || edits.image === sample.images[0] ? steps : withoutResults(steps)),
});

/** The fields of a sample, saved as they are written. */
export function useEditor(dataset: number, asked: Opened, author: string): Editor {
  const { t } = useTranslation();
  const keep = useKeep(dataset);
  const { ordinal } = asked;
  const [saver] = useState(() => new Saver(asked, fieldsOf as (opened: Opened) => Had, async (change, before) => {
    const { refused, ...base } = await engine.call('annotate.change', { dataset, ordinal, author, change, before });
    await keep(base);
    return { base, refused };
  }, keptEdits(dataset, ordinal)));
  const saving = useSyncExternalStore(saver.subscribe, saver.snapshot);
  // The answer to an edit is here before the window's other answers are: whichever came last holds.
  const last = useRef(asked);
  const opened = asked === last.current ? saving.base : asked;
  useLayoutEffect(() => {
    if (asked === last.current) return;
    last.current = asked;
    saver.rebase(asked);
  }, [saver, asked]);
  const connection = useConnection();
  // What a reload interrupted, or an engine that was away.
  useEffect(() => {
    if (connection === 'open') void saver.flush();
  }, [saver, connection]);
  useEffect(() => {
    const flush = (): void => void saver.flush();
    globalThis.addEventListener('pagehide', flush);
    return () => {
      globalThis.removeEventListener('pagehide', flush);
      void saver.flush().then((done) => {
        if (!done) notifications.show({ color: 'red', title: t('annotate.saving.lostTitle', { number: ordinal + 1 }), message: visibleText(`${saver.now.state === 'refused' ? t('annotate.refused.title') : errorWords(saver.now.fault)} ${t('annotate.saving.kept')}`), autoClose: 10_000 });
      });
    };
    // Once, as the sample is left.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [saver]);
  return {
    opened,
    fields: fieldsOf(opened, saving.edits),
    saving,
    edit: (change) => saver.edit(change),
    editSteps: (change) => saver.edit({ steps: [...change(fieldsOf(saver.now.base, saver.now.edits).steps)] }),
    exchange: (image) => {
      const { steps } = saver.now.edits;
      saver.edit({ image, ...(steps && { steps: withoutResults(steps) }) });
      return saver.flush();
    },
    flush: () => saver.flush(),
    settle: (field, whose) => saver.settle(field, whose),
    take: async (answer) => {
      await keep(answer);
      saver.rebase(answer);
    },
  };
}
