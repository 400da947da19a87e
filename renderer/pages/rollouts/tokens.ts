import type { Calls } from '../../../preload/rpc/frames.ts';
import type { AppContract } from '../../../preload/contract.ts';

type TurnTokens = NonNullable<Calls<AppContract>['rollouts.tokens']['output']['turns'][number]>;

/** A token as it is drawn. `logprob` and `kl` are undefined for what the model did not write, `kl` also where it was not measured. */
export type Token = { readonly id: number; readonly text: string; readonly logprob?: number | null; readonly kl?: number; /** The same id so often in a row: the places of an image. */ readonly times: number };

/** Runs of one id, longer than this, are drawn once. */
const longRun = 3;

/** The context, then the completion, of a turn. */
export function tokensOf({ context, sampled }: TurnTokens): readonly Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < context.ids.length; ) {
    const id = context.ids[i] as number;
    let end = i + 1;
    while (context.ids[end] === id) end += 1;
    const text = context.texts?.[i] ?? ` ${id}`;
    if (end - i > longRun) tokens.push({ id, text, times: end - i });
    else for (let k = i; k < end; k++) tokens.push({ id, text, times: 1 });
    i = end;
  }
  for (const [i, id] of sampled.ids.entries()) {
    const kl = sampled.kl?.[i] ?? undefined;
    tokens.push({ id, text: sampled.texts?.[i] ?? ` ${id}`, logprob: sampled.logprobs[i] ?? null, ...(kl !== undefined && { kl }), times: 1 });
  }
  return tokens;
}
