import { useEffect, useRef, useState } from 'react';
import { EngineError } from '../../../preload/rpc/connect.ts';
import type { Question } from '../../../preload/contract/playground.ts';
import { engine } from '../../connection/engine.ts';
import { type Episode, after, begun } from './episode.ts';

/** Asks the engine and follows what happens; asking anew or leaving interrupts what is under way. */
export function useEpisode(): { readonly episode: Episode | undefined; readonly ask: (question: Question) => void; readonly interrupt: () => void; readonly show: (episode: Episode | undefined) => void } {
  const [episode, show] = useState<Episode>();
  const under = useRef<AbortController>(undefined);
  useEffect(() => () => under.current?.abort(), []);

  const follow = async (question: Question, abort: AbortController): Promise<void> => {
    let now = begun(question);
    const tell = (next: Episode): void => {
      now = next;
      if (under.current === abort) show(now);
    };
    tell(now);
    try {
      for await (const happening of engine.stream('playground.ask', question, abort.signal)) tell(after(now, happening));
    } catch (error) {
      tell({ ...now, ...(error instanceof EngineError && error.code === 'CANCELLED' ? { state: 'interrupted' } : { state: 'failed', error }) });
    }
  };
  return {
    episode,
    ask: (question) => {
      under.current?.abort();
      const abort = new AbortController();
      under.current = abort;
      void follow(question, abort);
    },
    interrupt: () => under.current?.abort(),
    show: (next) => {
      under.current?.abort();
      under.current = undefined;
      show(next);
    },
  };
}
