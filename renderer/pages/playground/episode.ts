import type { Happening, Question } from '../../../preload/contract/playground.ts';
import type { Turn, Trajectory } from '../../../main/records/trajectory.ts';

/** An episode as the page knows it. */
export type Episode = {
  readonly question: Question;
  readonly turns: readonly Turn[];
  /** What of the turn under way is written. */
  readonly written: string;
  readonly state: 'opening' | 'reading' | 'writing' | 'acting' | 'ended' | 'interrupted' | 'failed';
  readonly loading?: { readonly label: string; readonly done: number; readonly total: number };
  readonly notes: readonly string[];
  readonly id?: string;
  readonly trajectory?: Trajectory;
  readonly error?: unknown;
};

export const begun = (question: Question): Episode => ({ question, turns: [], written: '', state: 'opening', notes: [] });

/** The episode after something happened in it. */
export function after(episode: Episode, happening: Happening): Episode {
  const { loading: _, ...rest } = episode;
  switch (happening.kind) {
    case 'progress':
      return { ...episode, loading: happening };
    case 'note':
      return { ...episode, notes: [...episode.notes, happening.text] };
    case 'step':
      return { ...rest, state: 'reading', written: '' };
    case 'text':
      return { ...rest, state: 'writing', written: episode.written + happening.piece };
    case 'turn':
      return { ...rest, state: 'acting', written: '', turns: [...episode.turns, happening.turn] };
    case 'ended':
      return { ...rest, state: 'ended', written: '', id: happening.id, trajectory: happening.trajectory, turns: happening.trajectory.turns };
  }
}

export const isRunning = ({ state }: Episode): boolean => state !== 'ended' && state !== 'interrupted' && state !== 'failed';
