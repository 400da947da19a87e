import { describe, expect, it } from 'vitest';
import { runConfig } from '../../../main/records/run-config.ts';
import { type Fingerprint, assertSameBeginnings, changedRewards } from '../../../main/train/fingerprint.ts';

const config = runConfig.parse({});
const tools = { code: 'sandbox L1', search: 'off' };
const began: Fingerprint = { model: 'm', train: 't', heldOut: 'h', prompts: 'p', search: 'corpus a (2 passages, 0123)', code: 'on', embedder: 'e', rewards: { 'a.mjs': '1' } };
const asked = (before: Fingerprint, now: Fingerprint, described = tools) => () => assertSameBeginnings('r', config, before, now, described);

describe('what a run goes on with', () => {
  it('is what it began with', () => expect(asked(began, began)).not.toThrow());

  it.each([
    [{ prompts: 'q' }, 'the same prompts'],
    [{ embedder: 'f' }, 'the same embedder'],
    [{ search: 'off' }, 'what it was when the run began: corpus a (2 passages, 0123), found off'],
  ])('%o', (other, words) => expect(asked(began, { ...began, ...other })).toThrow(words));

  it('has the code tool, or has it not, as then', () => {
    expect(asked(began, { ...began, code: 'off' }, { ...tools, code: 'off: no Python was found' })).toThrow(/the code tool: expected on, as when the run began, found off: no Python was found/);
    expect(asked({ ...began, code: 'off' }, began)).toThrow(/expected off.*found sandbox L1/s);
  });

  it('is not held to what earlier versions did not note', () => expect(asked({ model: 'm', train: 't', heldOut: 'h' }, began)).not.toThrow());

  it('may be another reward of one’s own, which is told', () => {
    expect(changedRewards(began.rewards, { 'a.mjs': '2' })).toEqual([{ key: 'reward.custom: a.mjs', from: '1', to: '2' }]);
    expect(changedRewards(began.rewards, began.rewards)).toEqual([]);
    expect(changedRewards(undefined, began.rewards)).toEqual([]);
  });
});
