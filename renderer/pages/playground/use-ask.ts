import { useRef } from 'react';
import type { Question } from '../../../preload/contract/playground.ts';
import { engine } from '../../connection/engine.ts';
import { asking } from './asking.ts';
import { type Models, type Setup, questionOf } from './setup.ts';
import type { Written } from './use-question.ts';

type AskOptions = {
  readonly setup: Setup;
  readonly change: (change: Partial<Setup>) => void;
  readonly models: Models | undefined;
  readonly written: Written;
  readonly write: (change: Partial<Written>) => void;
  readonly running: boolean;
  /** What was shown before goes from the page and its address. */
  readonly leave: () => void;
  readonly setFault: (fault: unknown) => void;
};

type Ask = {
  readonly ready: boolean;
  readonly ask: (question: Question) => void;
  /** Asks what is written, where something is. */
  readonly send: () => void;
  readonly tryExample: () => void;
};

/** Asking: what is written, something shown before, or an example. */
export function useAsk({ setup, change, models, written: { text, images }, write, running, leave, setFault }: AskOptions): Ask {
  const ready = models !== undefined && text.trim() !== '' && !running;
  const ask = (question: Question): void => {
    setFault(undefined);
    asking.ask(question);
    leave();
  };
  const newest = useRef(text);
  newest.current = text;
  const example = async (): Promise<void> => {
    const before = asking.episode;
    const { question, images: shown, task, corpus } = await engine.call('playground.example', { number: Math.floor(Math.random() * 1e6) });
    // Who wrote or asked something meanwhile goes on with that.
    if (asking.episode !== before || newest.current !== text) return;
    const now = { ...setup, task, corpus, direct: false };
    change({ task, corpus, direct: false });
    write({ text: question, images: shown });
    ask(questionOf(now, models ?? [], question, shown));
  };
  return {
    ready,
    ask,
    send: () => {
      if (ready) ask(questionOf(setup, models, text.trim(), images));
    },
    tryExample: () => void example().catch(setFault),
  };
}
