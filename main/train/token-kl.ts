import type { RunConfig } from '../records/run-config.ts';
import type { Trajectory } from '../records/trajectory.ts';
import { klEstimate } from './losses/policy-loss.ts';
import type { Numbers } from './losses/tokens.ts';
import { type GroupTokens, offsetsOf } from './token-batches.ts';

/** Whether the steps of a run hold their policy against the reference: for the loss, or to watch an adapter, where that costs no memory. */
export const measuresKl = ({ method, loss, parameters }: Pick<RunConfig, 'method' | 'loss' | 'parameters'>): boolean => method !== 'sft' && (loss.beta !== 0 || (loss.watchKl && parameters.kind === 'lora'));

/** Below this many nats, rounding of the logprobs is a large part of what is measured. */
const least = 1e-9;

/** Four digits, which is what a log keeps. */
const rounded = (kl: number): number => (kl < least ? 0 : Number(kl.toPrecision(4)));

/**
 * k3 of each token that the members of a group wrote, by member, in nats. What a mask of the loss leaves out, such as
 * episodes that were cut off, is measured too.
 * @param logprobs Of the policy, for each token of the rows; `reference` likewise.
 */
export function tokenKl(group: GroupTokens, logprobs: Numbers, reference: Numbers): ReadonlyMap<number, readonly number[]> {
  const offsets = offsetsOf(group);
  const ofRow = (mask: ArrayLike<number>, first: number): readonly number[] =>
    Array.from(mask).flatMap((bit, i) => (bit === 1 ? [rounded(klEstimate(logprobs[first + i] as number, reference[first + i] as number).value)] : []));
  return new Map(group.members.map((member, row) => [member, ofRow((group.batch.rows[row] as GroupTokens['batch']['rows'][number]).mask, offsets[row] as number)]));
}

/** An episode's values, one for each token that it wrote, as a list for each turn. */
export function byTurn({ turns }: Pick<Trajectory, 'turns'>, values: readonly number[]): readonly (readonly number[])[] {
  let at = 0;
  return turns.map(({ tokens }) => values.slice(at, (at += tokens?.sampled.length ?? 0)));
}
