import { expect, test } from 'vitest';
import { readAddress } from '../../../renderer/pages/rollouts/address.ts';
import { type Row, countOf, firstLanes, groupsOf, nearest, rangeOf } from '../../../renderer/pages/rollouts/groups.ts';
import { klGround } from '../../../renderer/pages/rollouts/scale.ts';
import { tokensOf } from '../../../renderer/pages/rollouts/tokens.ts';

const row = (group: number, member: number, reward: number | null, flags: Partial<Row> = {}): Row => ({ step: 0, group, member, sample: `s${group}`, reward, advantage: 0, toolError: false, zeroSpread: false, truncated: false, invalid: reward === null, bytes: 1, ...flags });

const rows = [row(0, 0, 1), row(0, 1, 2, { toolError: true }), row(0, 2, 0.5, { toolError: true }), row(0, 3, 3), row(1, 0, 4), row(1, 1, null), row(2, 0, 1, { zeroSpread: true }), row(2, 1, 1, { zeroSpread: true })];

test('a filter keeps the groups that have such a trajectory, and tells which', () => {
  expect(groupsOf(rows, 'toolError').map(({ group, wanted }) => [group, [...wanted]])).toEqual([[0, [1, 2]]]);
  expect(groupsOf(rows, 'invalid').map(({ group }) => group)).toEqual([1]);
  expect(groupsOf(rows, 'highest').map(({ group }) => group)).toEqual([1, 0, 2]);
  expect(groupsOf(rows, 'lowest').map(({ group }) => group)).toEqual([0, 2, 1]);
  expect([countOf(rows, 'toolError'), countOf(rows, 'all')]).toEqual([2, 8]);
});

test('the best and the worst stand beside each other, of those that were sought first', () => {
  const lanes = (filter: 'all' | 'toolError' | 'invalid') => groupsOf(rows, filter).map(firstLanes);
  expect(lanes('all')).toEqual([[3, 2], [0, 1], [0, 1]]);
  expect(lanes('toolError')).toEqual([[1, 2]]);
  expect(lanes('invalid')).toEqual([[1, 0]]);
  expect(firstLanes({ group: 0, sample: 's', members: [row(0, 0, 1)], wanted: new Set([0]) })).toEqual([0]);
});

test('bars begin at 0, and have a height where all rewards are 0', () => {
  expect(rangeOf(rows)).toEqual([0, 4]);
  expect(rangeOf([row(0, 0, -1), row(0, 1, 0)])).toEqual([-1, 0]);
  expect(rangeOf([row(0, 0, 0)])).toEqual([0, 1]);
  expect([nearest([0, 5, 9], 6), nearest([], 6)]).toEqual([5, undefined]);
});

test('an address that somebody wrote by hand is read as far as it makes sense', () => {
  expect(readAddress({ run: 7, step: 'x', filter: 'no', lane: '1,1,q,3', tokens: 'heat', left: '4,1,2', right: 5 })).toEqual({ run: '7', step: undefined, filter: 'all', group: undefined, sample: undefined, lanes: [1, 3], tokens: undefined, follow: false, left: { step: 4, group: 1, member: 2 }, right: { step: 5, group: undefined, member: undefined } });
});

test('the places of an image are one token with its number; ids without a text are shown as numbers', () => {
  const tokens = tokensOf({ context: { ids: [1, 9, 9, 9, 9, 9, 2, 2], texts: ['a', 'p', 'p', 'p', 'p', 'p', 'b', 'b'] }, sampled: { ids: [3, 3, 3, 3], texts: null, logprobs: [-1, null, -2, -3], kl: [0, 0.5, null, 1e-7] } });
  expect(tokens.map(({ text, times, logprob }) => [text, times, logprob])).toEqual([['a', 1, undefined], ['p', 5, undefined], ['b', 1, undefined], ['b', 1, undefined], [' 3', 1, -1], [' 3', 1, null], [' 3', 1, -2], [' 3', 1, -3]]);
  expect(tokens.map(({ kl }) => kl)).toEqual([undefined, undefined, undefined, undefined, 0, 0.5, undefined, 1e-7]);
});

test('KL colours by powers of ten, from 0.0001 nats to 1', () => {
  const share = (kl: number) => Number(/ (\d+)%/.exec(klGround(kl))?.[1]);
  // A quarter of 45 % for each power.
  expect([0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 30].map(share)).toEqual([0, 0, 0, 11, 23, 34, 45, 45]);
});
