import { useEffect, useRef, useState } from 'react';
import { engine } from '../../connection/engine.ts';
import { after, begun } from '../playground/episode.ts';
import { type Setup, questionOf } from '../playground/setup.ts';
import { type Scene, replay } from './replay.ts';

type Example = { readonly title: string; readonly asked: string };
export type Playing = { readonly example: number; readonly images: readonly string[]; readonly question: string; readonly scene: Scene; /** Begun by the loop, not by a person. */ readonly looping: boolean };

const nothing: Scene = { turns: [], written: '', ended: false };
/** Time in which an answer stays before the loop goes on. */
const betweenMs = 4000;

type StandSettings = { readonly examples: readonly Example[]; readonly idleSeconds: number; readonly live: boolean; readonly setup: Setup };

/** What a stand plays: an example that somebody chose, or all of them in a loop when nobody touched it for a while. */
export function useStand({ examples, idleSeconds, live, setup }: StandSettings): { readonly playing: Playing | undefined; readonly play: (example: number) => void; readonly stop: () => void } {
  const [playing, setPlaying] = useState<Playing>();
  const under = useRef<AbortController>(undefined);
  const touchedAt = useRef(0);

  const start = async (example: number, looping: boolean): Promise<void> => {
    const chosen = examples[example];
    if (!chosen) return;
    under.current?.abort();
    const abort = new AbortController();
    under.current = abort;
    const { question, images, task, trajectory } = await engine.call('playground.get', { id: chosen.asked }, abort.signal);
    const show = (scene: Scene): void => {
      if (!abort.signal.aborted) setPlaying({ example, images, question, scene, looping });
    };
    show(nothing);
    if (live && !looping) await ask(question, images, task, show, abort.signal).catch(() => replay(trajectory, show, abort.signal));
    else await replay(trajectory, show, abort.signal);
    touchedAt.current = performance.now();
    if (!looping || abort.signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, betweenMs));
    if (!abort.signal.aborted) void start((example + 1) % examples.length, true);
  };

  const ask = async (question: string, images: readonly string[], task: 'coding' | 'search', show: (scene: Scene) => void, signal: AbortSignal): Promise<void> => {
    const { models } = await engine.call('playground.choices', undefined, signal);
    const asked = questionOf({ ...setup, task }, models, question, images);
    let episode = begun(asked);
    for await (const happening of engine.stream('playground.ask', asked, signal)) {
      episode = after(episode, happening);
      show({ turns: episode.turns, written: episode.written, ended: episode.state === 'ended' });
    }
  };

  const stop = (): void => {
    under.current?.abort();
    under.current = undefined;
    setPlaying(undefined);
  };

  useEffect(() => {
    touchedAt.current = performance.now();
    const touched = (): void => {
      touchedAt.current = performance.now();
      setPlaying((now) => {
        if (now?.looping !== true) return now;
        under.current?.abort();
        under.current = undefined;
        return undefined;
      });
    };
    const timer = setInterval(() => {
      const busy = under.current !== undefined && !under.current.signal.aborted;
      const quiet = performance.now() - touchedAt.current > 1000 * idleSeconds;
      setPlaying((now) => {
        if (quiet && examples.length > 0 && (!busy || (now?.scene.ended === true && !now.looping))) void start(0, true);
        return now;
      });
    }, 1000);
    for (const name of ['pointerdown', 'keydown'] as const) globalThis.addEventListener(name, touched, true);
    return () => {
      clearInterval(timer);
      under.current?.abort();
      for (const name of ['pointerdown', 'keydown'] as const) globalThis.removeEventListener(name, touched, true);
    };
    // The settings do not change while a stand is shown.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [examples.length, idleSeconds]);

  return { playing, play: (example) => void start(example, false), stop };
}
