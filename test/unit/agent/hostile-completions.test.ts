import { describe, expect, it } from 'vitest';
import { protocols } from '../../../main/agent/protocols/table.ts';
import { openEpisode, step } from '../../../main/agent/environment.ts';
import { openPromptSet } from '../../../main/agent/prompts.ts';
import { messagesOf } from '../../../main/agent/conversation.ts';
import { action as schema } from '../../../main/records/action.ts';
import type { Sample } from '../../../main/records/sample.ts';
import { type Trajectory, trajectory as trajectorySchema } from '../../../main/records/trajectory.ts';
import { type RewardName, rewardRules } from '../../../main/reward/rules.ts';
import { scoreTrajectory } from '../../../main/reward/score-trajectory.ts';
import { RandomStream } from '../../../main/generation/random.ts';

const pieces = ['<think>', '</think>', '<search>', '</search>', '<code>', '</code>', '<problem>', '</problem>', '<answer>', '</answer>', '<tool_call>', '</tool_call>', '{"name": "search", "arguments": {"query": "', '"}}', '```python\n', '```', ' ', '\n', 'seven', '图像', '\u202e', '\u0000', '\ud800', '👩‍🚀', "{'dark', 'blur'}", '<', '>', '</', '<thi', 'nk>', '‹answer›', '<ａnswer>', '<|im_end|>', 'import os\n', '\u001b[31m', '&lt;answer&gt;'];
const seeds = ['<think>a</think><answer>b</answer>', '<think>a</think><code>\n```python\nx = 1\n```\n</code>', '<tool_call>{"name": "search", "arguments": {"query": "b"}}</tool_call>'];

function completion(random: RandomStream): string {
  const below = (n: number): number => Math.floor(random.next() * n);
  if (below(2) === 0) return Array.from({ length: below(12) }, () => pieces[below(pieces.length)]).join('');
  let text = seeds[below(seeds.length)] as string;
  for (let i = below(4); i >= 0; i--) {
    const at = below(text.length + 1);
    const cut = below(3) === 0 ? below(6) : 0;
    text = text.slice(0, at) + (pieces[below(pieces.length)] as string) + text.slice(at + cut);
  }
  return text;
}

describe.each(Object.entries(protocols))('%s', (_, parse) => {
  it('classifies 10,000 random and mutated completions without an exception', () => {
    const random = new RandomStream(7, 0);
    const kinds = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const read = parse(completion(random));
      expect(schema.safeParse(read).success).toBe(true);
      const kind = read.kind === 'invalid' ? read.reason : read.kind;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    // The generator reaches most of what there is to say.
    expect(kinds.size).toBeGreaterThan(7);
  });

  // Time that grows with the square of the length would not end within the test's limit.
  it.each(['<think>', '</think><think>', '<answer>', '</answer>a<answer>', '<tool_call>', '\n', ' '])('reads a megabyte of %j', { timeout: 20_000 }, (piece) => {
    expect(schema.safeParse(parse(piece.repeat(Math.floor((1 << 20) / piece.length)))).success).toBe(true);
  });
});

describe('parser, environment and rewards together', () => {
  const sample: Sample = { version: 1, id: 's', task: 'coding', question: 'q', answers: ['seven', '图像'], images: ['a'], issues: ['dark'] };
  const grey = { width: 2, height: 2, data: new Uint8Array(12).fill(9) };
  const tools = {
    images: { read: async () => new Uint8Array(1), put: async () => 'a' },
    runCode: async () => ({ status: 'ok', stdout: '', stderr: '', outputs: [{ name: 'o', image: grey }], ms: 0 }),
    search: async (query: string) => [{ id: '1', title: query, text: query }],
  };
  const weights = Object.fromEntries((Object.keys(rewardRules) as RewardName[]).map((name) => [name, 1]));

  it.each(['tags-en', 'tools-en', 'mini'])('take 10,000 completions without an exception, every reward within its bounds: %s', { timeout: 120_000 }, async (name) => {
    const prompts = openPromptSet(name);
    const random = new RandomStream(8, 0);
    let state = openEpisode(sample);
    for (let i = 0; i < 10_000; i++) {
      const result = await step(state, { text: completion(random), finishReason: 'stop', usage: { promptTokens: 0, completionTokens: 0, ms: 0 } }, prompts, tools);
      state = result.state;
      if (!result.ending && state.turns.length < 5) continue;
      const trajectory: Trajectory = { version: 1, sample: 's', policy: 'p', protocol: name, mode: 'agent', seed: 0, turns: state.turns, ending: result.ending ?? { kind: 'stepLimit', steps: 5 }, startedAt: '2026-01-01T00:00:00Z', ms: 0 };
      expect(trajectorySchema.safeParse(trajectory).success).toBe(true);
      expect(messagesOf(prompts, 'agent', sample, state.turns, true).length).toBeGreaterThan(1);
      const reward = await scoreTrajectory({ sample, trajectory }, weights, { image: async () => grey });
      for (const { value } of reward?.parts ?? []) expect(value >= 0 && value <= 1).toBe(true);
      state = openEpisode(sample);
    }
  });
});
