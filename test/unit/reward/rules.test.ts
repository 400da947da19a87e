import { describe, expect, it } from 'vitest';
import { parseTags } from '../../../main/agent/protocols/tags.ts';
import type { ChainStep, Sample } from '../../../main/records/sample.ts';
import type { Ending, Observation, Trajectory } from '../../../main/records/trajectory.ts';
import { paperProblemReward, problemReward } from '../../../main/reward/problem.ts';
import { lexicalSimilarity, queryReward } from '../../../main/reward/query.ts';
import type { Scored } from '../../../main/reward/rules.ts';
import { defaultWeights, paperWeights, scoreTrajectory } from '../../../main/reward/score-trajectory.ts';
import type { RawImage } from '../../../main/records/tools.ts';

const sample: Sample = { version: 1, id: '1', task: 'coding', question: 'what does it say?', answers: ['New York City'], images: ['dark'], cleanImage: 'clean', issues: ['dark'] };

const picture = (shade: number): RawImage => ({ width: 24, height: 24, data: Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => Math.floor(((Math.floor(i / 3) * 37) % 251) * shade)) });
const services = { image: async (reference: string) => picture(reference === 'dark' ? 0.1 : 1) };

const wrote = (image: string): Observation => ({ kind: 'code', status: 'ok', stdout: '', stderr: '', outputs: [{ name: 'o', image, width: 24, height: 24 }], ms: 1 });
const usage = { promptTokens: 0, completionTokens: 0, ms: 0 };

function trajectory(turns: readonly (readonly [completion: string, observation?: Observation])[], ending?: Ending): Trajectory {
  const made = turns.map(([completion, observation]) => ({ completion, finishReason: 'stop' as const, action: parseTags(completion), observation: observation ?? null, usage }));
  const last = made.at(-1)?.action;
  return { version: 1, sample: '1', policy: 'p', protocol: 'tags', mode: 'agent', seed: 0, turns: made, ending: ending ?? (last?.kind === 'answer' ? { kind: 'answered', answer: last.answer } : { kind: 'stepLimit', steps: 5 }), startedAt: '2026-01-01T00:00:00Z', ms: 1 };
}

const total = async (scored: Scored, weights = defaultWeights): Promise<number | undefined> => (await scoreTrajectory(scored, weights, services))?.total;
const say = (body: string): string => `<think>t</think>${body}`;

describe('an episode', () => {
  it('earns its format, its answer and its code', async () => {
    const perfect = { sample, trajectory: trajectory([[say("<problem>{'dark'}</problem>"), { kind: 'notice', text: '' }], [say('<code>x</code>'), wrote('clean')], [say('<answer>New York City</answer>')]]) };
    expect(await scoreTrajectory(perfect, defaultWeights, services)).toMatchObject({ total: expect.closeTo(4, 6), parts: [{ name: 'format', value: 1 }, { name: 'answer', value: 1 }, { name: 'problem', value: 1 }, { name: 'code', value: expect.closeTo(1, 6) }] });
  });

  it('earns little for code that changes nothing', async () => {
    const idle = { sample, trajectory: trajectory([[say('<code>pass</code>'), wrote('dark')], [say('<answer>x</answer>')]]) };
    expect(await total(idle, { code: 1 })).toBeCloseTo(0.4, 6);
  });

  it('earns nothing for code that fails, and code is no duty', async () => {
    const failed = { sample, trajectory: trajectory([[say('<code>1/0</code>'), { kind: 'code', status: 'exit 1', stdout: '', stderr: '', outputs: [], ms: 1 }], [say('<answer>x</answer>')]]) };
    expect(await total(failed, { code: 1 })).toBe(0);
    expect((await scoreTrajectory({ sample, trajectory: trajectory([[say('<answer>x</answer>')]]) }, { code: 1 }, services))?.parts).toEqual([]);
  });

  it('has no reward when it ended by a fault of ours', async () => {
    expect(await total({ sample, trajectory: trajectory([[say('<code>x</code>')]], { kind: 'invalid', where: 'sandbox', reason: 'r' }) })).toBeUndefined();
  });
});

describe('a step of the paper', () => {
  const step = (kind: ChainStep['kind'], solution: string): NonNullable<Scored['step']> => ({ annotated: { kind, context: '', solution }, solution: parseTags(solution) });
  it.each([
    ['problem', say("<problem>{'dark', 'blur'}</problem>"), say("<problem>{'blur', 'dark'}</problem>"), 2],
    ['problem', say("<problem>{'dark', 'blur'}</problem>"), say("<problem>{'dark'}</problem>"), 1.5],
    ['problem', say("<problem>{'dark'}</problem>"), say('<code>x</code>'), 1],
    ['code', say('<code>x</code>'), say('<code>y</code>'), 1.9],
    ['code', say('<code>x</code>'), say('<answer>y</answer>'), 1],
    ['search', say('<search>who built the eiffel tower</search>'), say('<search>who built eiffel tower</search>'), 2],
    ['search', say('<search>who built the eiffel tower</search>'), say('<search>cheese</search>'), 1],
    ['answer', say('<answer>New York City</answer>'), say('<answer>New York</answer>'), 1.8],
    ['answer', say('<answer>New York City</answer>'), 'New York City', 0],
  ] as const)('%s', async (kind, solution, completion, expected) => {
    expect(await total({ sample, trajectory: trajectory([[completion]]), step: step(kind, solution) }, paperWeights)).toBeCloseTo(expected, 9);
  });
});

describe('naming problems', () => {
  const all = ['rotation90', 'rotation180', 'dark', 'overexposure', 'blur', 'noise', 'crop', 'none'];
  it.each([
    [['dark'], ['dark'], 1, 1],
    [['dark', 'blur'], ['dark'], 0.5, 0.5],
    [['dark', 'dark'], ['dark'], 1, 1],
    [['blur'], ['dark'], 0, 0],
    [all, ['dark'], 0.5, 0],
    [[], [], 0, 0],
  ])('%j for %j', (named, gold, paper, ours) => expect([paperProblemReward(named, gold), problemReward(named, gold)]).toEqual([paper, ours]));
});

describe('queries', () => {
  it('below a similarity of one half earn nothing', async () => {
    expect(await queryReward('a', 'b', async () => 0.49)).toBe(0);
    expect(await queryReward('a', 'b', async () => 0.73)).toBe(0.73);
    expect(await queryReward(' ', 'b', async () => 1)).toBe(0);
  });
  it('without an embedder are compared by words', () => expect(lexicalSimilarity('animal K likes', 'which animal does K like')).toBeCloseTo(4 / 8, 12));
});

describe('attacks earn no more than they should', () => {
  const answers = async (text: string): Promise<number> => (await total({ sample, trajectory: trajectory([[text]]) }, { format: 1, answer: 1 })) as number;
  const honest = 1.8; // "New York" for "New York City": format 1, F1 0.8
  it.each([
    ['an empty answer', say('<answer></answer>'), 0],
    ['punctuation', say('<answer>...</answer>'), 1],
    ['an article', say('<answer>the</answer>'), 1],
    ['the gold many times over', say(`<answer>${'New York City '.repeat(50)}</answer>`), 1.1],
    ['many guesses', say(`<answer>${Array.from({ length: 500 }, (_, i) => `city${i}`).join(' ')} New York City</answer>`), 1.05],
    ['several answers', say('<answer>Boston</answer><answer>New York City</answer>'), 0],
    ['tags inside tags', say('<answer><answer>New York City</answer></answer>'), 0],
    ['look-alikes', say('<answer>Nеw Yоrk Сity</answer>'), 1],
    ['zero-width padding', say(`<answer>New York${'\u200b'.repeat(1000)}</answer>`), honest],
    ['an answer in the thought', '<think>New York City</think>', 0],
    ['half a megabyte', say(`<answer>${'x '.repeat(1 << 18)}New York City</answer>`), 1.001],
    ['ten megabytes', say(`<answer>${'New York City '.repeat(700_000)}</answer>`), 0],
  ])('%s', async (_, text, most) => expect(await answers(text)).toBeLessThanOrEqual(most + 1e-9));
});
