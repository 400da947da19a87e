import { describe, expect, it, vi } from 'vitest';
import { openPromptSet } from '../../../main/agent/prompts.ts';
import { runChainStep, solutionOf } from '../../../main/agent/step-mode.ts';
import { scriptedPolicy } from '../../../main/policy/scripted.ts';
import type { CompletionRequest } from '../../../main/records/policy.ts';
import type { ChainStep, Sample } from '../../../main/records/sample.ts';
import { ToolFault } from '../../../main/records/tools.ts';
import { paperWeights, scoreTrajectory } from '../../../main/reward/score-trajectory.ts';

const sample: Sample = { version: 1, id: 's', task: 'search', question: 'who built it?', answers: ['Eiffel'], images: ['a.png'] };
const annotated: ChainStep = { kind: 'search', context: '<think>a tower</think><search>tower</search>\n<information>1. Content: …</information>', solution: '<think>more</think><search>who built the Eiffel tower</search>' };

async function run(completion: string, fault?: ToolFault, meanwhile = (): void => {}) {
  const seen: CompletionRequest[] = [];
  const trajectory = await runChainStep(sample, annotated, {
    policy: scriptedPolicy('t', (request) => {
      seen.push(request);
      meanwhile();
      if (fault) throw fault;
      return completion;
    }),
    prompts: openPromptSet('tags-en'),
    tools: { images: { read: async () => new Uint8Array(), put: async () => '' }, runCode: { off: '' }, search: async () => { throw new Error('must not be asked'); } },
    sampling: { temperature: 1, topP: 1, maxNewTokens: 10, seed: 1 },
  });
  return { trajectory, seen };
}

describe('a step of an annotated chain', () => {
  it('is one prompt with the chain so far, and one completion', async () => {
    const { trajectory, seen } = await run('<think>t</think><search>who built Eiffel tower</search>');
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen[0]?.messages.at(-1))).toContain('<information>1. Content');
    expect(trajectory).toMatchObject({ mode: 'step', ending: { kind: 'stepLimit' }, turns: [{ action: { kind: 'search' } }] });
    const reward = await scoreTrajectory({ sample, trajectory, step: { annotated, solution: solutionOf(annotated) } }, paperWeights, { image: async () => Promise.reject(new Error('none')) });
    // format 1, and 4 of 4 and 5 words in common ("the" is an article): F1 1 without an embedder.
    expect(reward).toMatchObject({ total: 2, parts: [{ name: 'format', value: 1 }, { name: 'query', value: 1 }] });
  });

  it('has a solution that may lack the thought, as MAT’s do', () => {
    const solution = (text: string) => solutionOf({ kind: 'problem', context: '', solution: text });
    expect(solution("<problem> {'dark', 'rotation90'} </problem>")).toMatchObject({ kind: 'problem', issues: ['dark', 'rotation90'] });
    expect(solution('<think>two</think><think>thoughts</think>')).toMatchObject({ kind: 'invalid' });
  });

  it.each([-1, 24])('takes as long as it takes, though the clock is set by %i h meanwhile', async (hours) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { trajectory: { ms } } = await run('<think>t</think><answer>Eiffel</answer>', undefined, () => void vi.setSystemTime(Date.now() + hours * 3_600_000));
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThan(60_000);
    } finally {
      vi.useRealTimers();
    }
  });

  it('may end with an answer, or by a fault of ours', async () => {
    expect((await run('<think>t</think><answer>Eiffel</answer>')).trajectory.ending).toEqual({ kind: 'answered', answer: 'Eiffel' });
    expect((await run('', new ToolFault('policy', 'gone'))).trajectory.ending).toMatchObject({ kind: 'invalid', reason: 'gone' });
  });
});
