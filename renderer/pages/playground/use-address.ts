import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { engine } from '../../connection/engine.ts';
import { useNavigateFrom } from '../../parts/navigate-from.ts';
import { asking } from './asking.ts';
import type { Episode } from './episode.ts';
import { type Models, type Setup, questionOf } from './setup.ts';
import type { Written } from './use-question.ts';

type AddressOptions = {
  readonly episode: Episode | undefined;
  readonly setup: Setup;
  readonly models: Models | undefined;
  readonly change: (change: Partial<Setup>) => void;
  readonly written: Written;
  readonly write: (change: Partial<Written>) => void;
  readonly setFault: (fault: unknown) => void;
};

/** The address names a question that was asked before, or one that another page shows. */
export function useAddress({ episode, setup, models, change, written, write, setFault }: AddressOptions): { readonly name: (asked: string | undefined, replace: boolean) => void } {
  const navigate = useNavigateFrom('/playground');
  // Both of the same moment: a visit with the parameters of the one before would show what that one named.
  const { state: { __TSR_key: visit = '' }, search } = useLocation();
  const { asked, question, images, task } = search as Readonly<Record<string, unknown>>;
  const known = models !== undefined;
  const name = (id: string | undefined, replace: boolean): void => void navigate({ to: '/playground', search: id === undefined ? {} : { asked: id }, replace });
  // A reload, or coming back, keeps what was written since the address filled it in.
  const fresh = visit === '' || visit !== written.from;

  const newest = useRef(written);
  newest.current = written;
  const showAsked = async (id: string, signal: AbortSignal): Promise<void> => {
    const kept = await engine.call('playground.get', { id }, signal);
    if (signal.aborted) return;
    asking.show({ question: questionOf({ ...setup, task: kept.task }, models ?? [], kept.question, kept.images), turns: kept.trajectory.turns, written: '', state: 'ended', notes: [kept.trajectory.policy], id, trajectory: kept.trajectory });
    const untouched = newest.current.text === written.text && newest.current.images === written.images;
    if (fresh) write({ from: visit, ...(untouched && { text: kept.question, images: kept.images }) });
  };
  useEffect(() => {
    setFault(undefined);
    if (!known || typeof asked !== 'string') return undefined;
    const leaving = new AbortController();
    if (asked === asking.episode?.id) write({ from: visit });
    else showAsked(asked, leaving.signal).catch((fault: unknown) => leaving.signal.aborted || setFault(fault));
    return () => leaving.abort();
    // Shown once for each visit.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asked, known, visit]);
  useEffect(() => {
    if (episode?.id !== undefined && asked !== episode.id && question === undefined) name(episode.id, true);
    // What was asked here has its name once it is kept: a reload shows it again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [episode?.id]);
  useEffect(() => {
    if (typeof question !== 'string' || !fresh) return;
    asking.show(undefined);
    write({ text: question, images: (typeof images === 'string' ? images : '').split(',').filter((each) => each.startsWith('sha256:')), from: visit });
    change({ task: task === 'search' ? 'search' : 'coding' });
    // Filled in once for each visit.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [question, images, task, visit]);
  return { name };
}
