import { expertCompletion } from '../data/mini/expert.ts';
import { guessCompletion } from '../data/mini/guess.ts';
import type { Scripts } from '../policy/open.ts';

/** Policies without a model that are built in: the two ends of what can be reached on MAT-mini. */
export const scripts: Scripts = {
  'mini-expert': ({ sample, turns }) => expertCompletion(sample, turns.flatMap(({ observation }) => (observation ? [observation] : []))),
  'mini-guess': ({ sample, sampling }) => guessCompletion(sample, sampling.seed),
};
