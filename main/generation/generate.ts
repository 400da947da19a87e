import { InputError } from '../records/input-error.ts';
import type { PromptGroup } from './prompt-group.ts';
import { RandomStream } from './random.ts';
import { type SamplingSettings, chooseToken } from './sampler.ts';

export type GenerationSettings = SamplingSettings & {
  readonly maxNewTokens: number;
  /** The same seed gives the same completions; row i has a stream of its own. */
  readonly seed: number;
  /** Ids that end a completion; they belong to it. */
  readonly stopIds: readonly number[];
};

/** `stop`: an end token, or `stopWhen` said so. `length`: maxNewTokens reached, or the context is full. */
export type FinishReason = 'stop' | 'length' | 'cancelled';

export type Completion = {
  /** The end token included. */
  readonly ids: readonly number[];
  /** Natural logarithm of each id's probability at temperature 1, or at `logprobTemperature`. */
  readonly logprobs: readonly number[];
  readonly finishReason: FinishReason;
};

export type GenerationHooks = {
  /** Called with every token as it is chosen. */
  readonly onToken?: (row: number, id: number, logprob: number) => void;
  /** Asked after every token of a row: true ends the row there. */
  readonly stopWhen?: (row: number, id: number) => boolean;
  /** Asked before every token: true ends all rows, with what they have. */
  readonly cancelled?: () => boolean;
};

/**
 * Continues rows of a group together until each has stopped. The last token of a completion is not in the row's cache:
 * what is appended to the row later must begin with it.
 */
export async function generate(
  group: PromptGroup,
  rows: readonly number[],
  settings: GenerationSettings,
  promptIds: readonly number[],
  hooks: GenerationHooks = {},
): Promise<readonly Completion[]> {
  const stopIds = new Set(settings.stopIds);
  const states = new Map(
    rows.map((row) => {
      const seen = new Set(settings.repetitionPenalty === 1 ? [] : [...promptIds, ...(group.rows[row]?.ids ?? [])]);
      return [row, { most: Math.min(settings.maxNewTokens, group.room(row)), ids: [] as number[], logprobs: [] as number[], seen, random: new RandomStream(settings.seed, row), finishReason: 'length' as FinishReason, done: settings.maxNewTokens === 0 }];
    }),
  );
  await group.decode(rows, ({ row, scores }) => {
    const state = states.get(row);
    if (!state || state.done) return undefined;
    if (hooks.cancelled?.()) {
      state.finishReason = 'cancelled';
      return undefined;
    }
    const { id, logprob } = chooseToken(scores, settings, state.seen, state.random);
    if (!Number.isFinite(logprob)) throw notNumbers(logprob);
    state.ids.push(id);
    state.logprobs.push(logprob);
    state.seen.add(id);
    hooks.onToken?.(row, id, logprob);
    if (stopIds.has(id) || hooks.stopWhen?.(row, id)) {
      state.finishReason = 'stop';
      return undefined;
    }
    // The last token needs no run of its own: nothing follows it.
    return state.ids.length >= state.most ? undefined : id;
  });
  return rows.map((row) => {
    const { ids, logprobs, finishReason } = states.get(row) as NonNullable<ReturnType<typeof states.get>>;
    return { ids, logprobs, finishReason };
  });
}

/** What a model writes by such logits is noise. */
export const notNumbers = (found: number): InputError => new InputError({ thing: 'the logits that the model wrote', expected: 'finite numbers', found: String(found), remedy: 'Look at the weights and the adapter (inspect-model), and at the image’s settings; half precision overflows where float32 does not.' });
