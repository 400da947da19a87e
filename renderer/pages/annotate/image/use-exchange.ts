import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { useStillHere } from '../../../parts/still-here.ts';
import { type Dropped, handOver } from '../../datasets/import/dropped.ts';
import { useDrop } from '../../datasets/import/use-drop.ts';
import type { Editor } from '../edit/use-editor.ts';
import { forget } from '../use-add.ts';
import type { Ways } from '../use-ways.ts';

/** Another image in the place of the sample's, chosen or dropped; whoever leaves the sample meanwhile has it exchanged all the same. */
export function useExchange(editor: Editor, { tried }: Ways) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [last, setLast] = useState<{ readonly image: string; readonly words: readonly string[] }>();
  const under = useRef(false);
  const isHere = useStillHere();
  const now = useRef(editor);
  now.current = editor;

  /** What went with the image before. */
  const wordsOf = ({ fields: { steps, box }, opened: { sample } }: Editor): readonly string[] =>
    [
      t('annotate.image.exchanged.done'),
      sample.issues?.some((issue) => issue !== 'crop' && issue !== 'none') ? t('annotate.image.exchanged.faults') : '',
      steps.some(({ result }) => result !== null) ? t('annotate.image.exchanged.code') : '',
      box === null ? '' : t('annotate.image.exchanged.box'),
    ].filter((sentence) => sentence !== '');

  const put = async (chosen: Dropped): Promise<void> => {
    const [handed] = await handOver([chosen], () => {}, new AbortController().signal);
    if (!handed) return;
    const { image } = await engine.call('annotate.keepImage', { upload: handed.place }).catch((error: unknown) => {
      forget([handed.place]);
      throw error;
    });
    const words = wordsOf(now.current);
    if (await now.current.exchange(image)) setLast({ image, words });
  };
  const take = async (dropped: readonly Dropped[]): Promise<void> => {
    const [chosen] = dropped;
    if (under.current || chosen === undefined) return;
    under.current = true;
    setBusy(true);
    setFault(undefined);
    try {
      await put(chosen);
    } catch (error) {
      if (isHere()) setFault(error);
      else await tried(() => Promise.reject(error as Error));
    } finally {
      under.current = false;
      setBusy(false);
    }
  };
  const { over, zone } = useDrop(take);
  return { busy, over, fault, zone, take, /** What to look at, for as long as the image is the one that came. */ said: (image: string): readonly string[] | undefined => (last?.image === image ? last.words : undefined) };
}

export type Exchange = ReturnType<typeof useExchange>;
