import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { useParameters } from '../address.ts';

type Wish = Calls<AppContract>['runs.list']['input'];
type Status = NonNullable<Wish['status']>[number];
type Order = NonNullable<Wish['order']>;

export const statuses: readonly Status[] = ['running', 'stopped', 'finished', 'failed', 'interrupted'];
export const orders: readonly Order[] = ['started', 'name', 'step', 'bestF1', 'reward'];

/** Runs of a list at most. */
const limit = 2000;

/** Which runs the address asks for, in which order. */
export function useWish() {
  const [read] = useParameters();
  const [text, tag] = [read('text'), read('tag')];
  const status = statuses.find((each) => each === read('status'));
  const wish = {
    text, tag, status: status ? [status] : [], limit,
    order: orders.find((each) => each === read('order')) ?? 'started', descending: read('up') === '', archived: read('archived') !== '',
  } satisfies Wish;
  return { wish, status, /** Some may be left out. */ filtered: text !== '' || status !== undefined || tag !== '' };
}
