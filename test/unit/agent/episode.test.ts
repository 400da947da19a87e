import { describe, expect, it, vi } from 'vitest';
import { type EpisodeSettings, defaultLimits, runEpisode } from '../../../main/agent/episode.ts';
import { openPromptSet } from '../../../main/agent/prompts.ts';
import { scriptedPolicy } from '../../../main/policy/scripted.ts';
import type { CompletionRequest, ImageSource } from '../../../main/records/policy.ts';
import type { Sample } from '../../../main/records/sample.ts';
import { ContextFull, type RunCode, type Search, ToolFault } from '../../../main/records/tools.ts';
import { trajectory as schema } from '../../../main/records/trajectory.ts';

const sample: Sample = { version: 1, id: 's1', task: 'coding', question: 'which digit {question}?', answers: ['7'], images: ['first'] };
const say = (body: string): string => `<think>hm</think>${body}`;

class Pictures implements ImageSource {
  readonly kept = new Map<string, Uint8Array>([['first', Uint8Array.of(1)]]);
  async read(reference: string): Promise<Uint8Array> {
    return this.kept.get(reference) ?? Promise.reject(new Error(`no ${reference}`));
  }
  async put(bytes: Uint8Array): Promise<string> {
    const reference = `kept${this.kept.size}`;
    this.kept.set(reference, bytes);
    return reference;
  }
}

const search: Search = async (query) => [{ id: '1', title: 'K', text: `about ${query}` }];
const ran = { status: 'ok', stdout: '', stderr: '', ms: 1, outputs: [] };

function settings(completions: readonly string[], more: Partial<EpisodeSettings> & { readonly runCode?: RunCode; readonly search?: Search; readonly seen?: CompletionRequest[] } = {}): EpisodeSettings {
  const { runCode = async () => ran, seen, search: engine = search, ...rest } = more;
  return {
    mode: 'agent',
    policy: scriptedPolicy('test', (request) => {
      seen?.push(request);
      return completions[request.turns.length];
    }),
    prompts: openPromptSet('tags-en'),
    tools: { images: new Pictures(), runCode, search: engine },
    sampling: { temperature: 0, topP: 1, maxNewTokens: 100, seed: 0 },
    limits: defaultLimits,
    ...rest,
  };
}

const lastText = (request: CompletionRequest | undefined): string => JSON.stringify(request?.messages.at(-1));

describe('an episode', () => {
  it('ends with the answer, its turns recorded', async () => {
    const made = await runEpisode(sample, settings([say('<search>K</search>'), say('<answer>7</answer>')]));
    expect(made.ending).toEqual({ kind: 'answered', answer: '7' });
    expect(made.turns.map(({ action, observation }) => [action.kind, observation?.kind])).toEqual([['search', 'information'], ['answer', undefined]]);
    expect(schema.parse(made)).toEqual(made);
  });

  it.each([-1, 24])('takes as long as it takes, though the clock is set by %i h meanwhile', async (hours) => {
    const setting = settings([]);
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const policy = scriptedPolicy('test', () => {
        vi.setSystemTime(Date.now() + hours * 3_600_000);
        return say('<answer>7</answer>');
      });
      const made = await runEpisode(sample, { ...setting, policy });
      expect(schema.parse(made)).toEqual(made);
      expect(made.ms).toBeLessThan(60_000);
    } finally {
      vi.useRealTimers();
    }
  });

  it('shows the policy what came back, and fills a question in once', async () => {
    const seen: CompletionRequest[] = [];
    await runEpisode(sample, settings([say('<search>K</search>'), say('<answer>7</answer>')], { seen }));
    expect(JSON.stringify(seen[0]?.messages)).toContain('which digit {question}?');
    expect(seen[1]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(lastText(seen[1])).toContain('1. Content: K: about K');
  });

  it('tells the policy of a strip that no model reads, which is its code’s fault, and goes on with the image before', async () => {
    const seen: CompletionRequest[] = [];
    const strip = (height: number): RunCode => async () => ({ ...ran, outputs: [{ name: 'a.png', image: { width: 1, height, data: new Uint8Array(3 * height) } }] });
    const completions = [say('<code>x</code>'), say('<answer>7</answer>')];
    const made = await runEpisode(sample, settings(completions, { runCode: strip(201), seen }));
    expect(made.ending).toEqual({ kind: 'answered', answer: '7' });
    expect(lastText(seen[1])).toContain('a.png is 1 × 201');
    expect(lastText(seen[1])).not.toContain('"image"');
    await runEpisode(sample, settings(completions, { runCode: strip(200), seen }));
    expect(lastText(seen[3])).toContain('"image"');
  });

  it('hands the last image on: code sees what code before it wrote', async () => {
    const inputs: (Uint8Array | undefined)[] = [];
    const runCode: RunCode = async ({ image }) => {
      inputs.push(image);
      return { ...ran, outputs: [{ name: 'a.png', image: { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) } }, { name: 'b.png', image: { width: 1, height: 1, data: Uint8Array.of(4, 5, 6) } }] };
    };
    const seen: CompletionRequest[] = [];
    const base = settings([say('<code>a</code>'), say('<code>b</code>'), say('<answer>7</answer>')], { runCode, seen });
    const made = await runEpisode(sample, base);
    const [first, second] = made.turns.map(({ observation }) => (observation?.kind === 'code' ? observation.outputs : []));
    expect(first?.map(({ image }) => image)).toEqual(['kept1', 'kept2']);
    expect(inputs[0]).toEqual(Uint8Array.of(1));
    expect(inputs[1]).toEqual(await base.tools.images.read('kept2'));
    expect(lastText(seen[1])).toContain('"image":"kept2"');
    expect(second).toHaveLength(2);
  });

  it('gives the fault of the agent’s code back to it', async () => {
    const seen: CompletionRequest[] = [];
    const runCode: RunCode = async () => ({ ...ran, status: 'exit 1', stderr: 'NameError: x' });
    const made = await runEpisode(sample, settings([say('<code>x</code>'), say('<answer>7</answer>')], { runCode, seen }));
    expect(made.ending.kind).toBe('answered');
    expect(lastText(seen[1])).toContain('exit 1: NameError: x');
  });

  it('tells why a completion is no action, and goes on', async () => {
    const seen: CompletionRequest[] = [];
    const made = await runEpisode(sample, settings(['7', say('<answer>7</answer>')], { seen }));
    expect(made.turns[0]?.action).toMatchObject({ kind: 'invalid', reason: 'no-action' });
    expect(lastText(seen[1])).toContain('That is not one action');
    expect(made.ending.kind).toBe('answered');
  });

  it('says that a tool is off', async () => {
    const seen: CompletionRequest[] = [];
    const base = settings([say('<code>x</code>'), say('<answer>7</answer>')], { seen });
    await runEpisode(sample, { ...base, tools: { ...base.tools, runCode: { off: 'there is no Python' } } });
    expect(lastText(seen[1])).toContain('there is no Python');
  });
});

describe('our own faults make an episode invalid', () => {
  it('of the sandbox', async () => {
    const made = await runEpisode(sample, settings([say('<code>x</code>')], { runCode: async () => Promise.reject(new ToolFault('sandbox', 'the zygote died')) }));
    expect(made.ending).toEqual({ kind: 'invalid', where: 'sandbox', reason: 'the zygote died' });
    expect(made.turns).toHaveLength(1);
  });

  it('of the policy', async () => {
    const made = await runEpisode(sample, settings([say('<search>K</search>')]));
    expect(made.ending).toMatchObject({ kind: 'invalid', where: 'policy' });
    expect(made.turns).toHaveLength(1);
  });

  it('but an error of the program is thrown', async () => {
    await expect(runEpisode(sample, settings([say('<code>x</code>')], { runCode: async () => Promise.reject(new TypeError('a bug')) }))).rejects.toThrow('a bug');
  });
});

describe('limits', () => {
  const forever = Array.from({ length: 20 }, () => say('<search>K</search>'));

  it('five steps, and the last one is announced', async () => {
    const seen: CompletionRequest[] = [];
    const made = await runEpisode(sample, settings(forever, { seen }));
    expect(made.ending).toEqual({ kind: 'stepLimit', steps: 5 });
    expect(seen.map((request) => lastText(request).includes('last step'))).toEqual([false, false, false, false, true]);
  });

  it('tokens of all steps together', async () => {
    const asked: number[] = [];
    const base = settings(forever);
    const policy = { ...base.policy, complete: async ({ sampling }: CompletionRequest) => {
      asked.push(sampling.maxNewTokens);
      return { text: say('<search>K</search>'), finishReason: 'stop' as const, usage: { promptTokens: 0, completionTokens: 60, ms: 0 } };
    } };
    const made = await runEpisode(sample, { ...base, policy, limits: { ...defaultLimits, tokens: 130 } });
    expect(asked).toEqual([100, 70, 10]);
    expect(made.ending).toEqual({ kind: 'tokenLimit', tokens: 130 });
  });

  it('what the model can read: its turns so far count, and it is no fault of ours', async () => {
    const base = settings(forever);
    const policy = { ...base.policy, complete: (request: CompletionRequest) => (request.turns.length < 2 ? base.policy.complete(request) : Promise.reject(new ContextFull(1024))) };
    const made = await runEpisode(sample, { ...base, policy });
    expect(made.ending).toEqual({ kind: 'tokenLimit', tokens: 1024 });
    expect(made.turns).toHaveLength(2);
  });

  it('time, while the agent’s code runs', async () => {
    const runCode: RunCode = (_, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    const made = await runEpisode(sample, settings([say('<code>x</code>')], { runCode, limits: { ...defaultLimits, ms: 40 } }));
    expect(made.ending).toEqual({ kind: 'timeLimit', ms: 40 });
  });

  it('time that a search takes is not the agent’s', async () => {
    const hangs: Search = (_, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    const made = await runEpisode(sample, settings([say('<search>K</search>')], { search: hangs, limits: { ...defaultLimits, ms: 40 } }));
    expect(made.ending).toEqual({ kind: 'invalid', where: 'search', reason: "no answer before the episode's 0.04 s are over" });
    expect(made.turns).toHaveLength(1);
  });

  it('nor is time that an engine takes which does not hear that it is over', async () => {
    const slow: Search = () => new Promise((resolve) => setTimeout(() => resolve([]), 60));
    const made = await runEpisode(sample, settings([say('<search>K</search>')], { search: slow, limits: { ...defaultLimits, ms: 40 } }));
    expect(made.ending).toMatchObject({ kind: 'invalid', where: 'search' });
  });

  it('a cancelled episode throws', async () => {
    const controller = new AbortController();
    const runCode: RunCode = async () => {
      controller.abort(new Error('stop it'));
      return ran;
    };
    await expect(runEpisode(sample, settings([say('<code>x</code>'), say('<answer>7</answer>')], { runCode, signal: controller.signal }))).rejects.toThrow('stop it');
  });
});

describe('direct answers', () => {
  it.each([['7', '7'], ['<think>hm</think> It is 7. ', 'It is 7.'], ['<answer>7</answer>', '7']])('%s', async (text, answer) => {
    const made = await runEpisode(sample, settings([text], { mode: 'direct' }));
    expect(made.ending).toEqual({ kind: 'answered', answer });
  });

  it('one completion only', async () => {
    expect((await runEpisode(sample, settings(['<answer>7'], { mode: 'direct' }))).ending).toEqual({ kind: 'stepLimit', steps: 1 });
  });
});
