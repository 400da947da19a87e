import { useSearch } from '@tanstack/react-router';
import { useNavigateFrom } from '../../parts/navigate-from.ts';
import { type Filter, filters } from './groups.ts';

// Everything that the page shows is in the address: a link, back and reload lead to the same trajectories.

const colourings = ['logprob', 'advantage', 'kl', 'mask'] as const;
export type Colouring = (typeof colourings)[number];

export type Address = {
  readonly run: string | undefined;
  readonly step: number | undefined;
  readonly filter: Filter;
  /** The group, where it was chosen; else the sample tells it. */
  readonly group: number | undefined;
  readonly sample: string | undefined;
  /** Members whose trajectories stand beside each other; the page chooses where this is undefined. */
  readonly lanes: readonly number[] | undefined;
  /** How tokens are coloured; undefined: text. */
  readonly tokens: Colouring | undefined;
  readonly follow: boolean;
  /** What stands beside each other while a sample is followed: `step,group,member`. */
  readonly left: FollowPick | undefined;
  readonly right: FollowPick | undefined;
};

export type FollowPick = { readonly step: number; readonly group: number | undefined; readonly member: number | undefined };

type Search = Readonly<Record<string, string | number | boolean | undefined>>;
type Wish = { readonly [K in 'run' | 'step' | 'filter' | 'group' | 'sample' | 'lane' | 'tokens' | 'follow' | 'left' | 'right']?: string | number | boolean | undefined };

export function readAddress(search: Search): Address {
  const text = (name: string): string | undefined => (search[name] === undefined || search[name] === '' ? undefined : String(search[name]));
  const whole = (name: string): number | undefined => wholeNumber(text(name));
  const pick = (name: string): FollowPick | undefined => {
    const [step, group, member] = (text(name) ?? '').split(',').map(wholeNumber);
    return step === undefined ? undefined : { step, group, member };
  };
  const lanes = text('lane')?.split(',').flatMap((each) => wholeNumber(each) ?? []);
  return {
    run: text('run'),
    step: whole('step'),
    filter: filters.find((each) => each === text('filter')) ?? 'all',
    group: whole('group'),
    sample: text('sample'),
    lanes: lanes && lanes.length > 0 ? [...new Set(lanes)] : undefined,
    tokens: colourings.find((each) => each === text('tokens')),
    follow: search['follow'] === true || search['follow'] === 1,
    left: pick('left'),
    right: pick('right'),
  };
}

const wholeNumber = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined);

/** The address, and a way to change parts of it; `replace` leaves no step back. */
export function useAddress(): readonly [Address, (wish: Wish, replace?: boolean) => void] {
  const search = useSearch({ from: '/rollouts' });
  const navigate = useNavigateFrom('/rollouts');
  return [readAddress(search), (wish, replace = false) => void navigate({ to: '/rollouts', search: (before: Search) => ({ ...before, ...wish }), replace })];
}
