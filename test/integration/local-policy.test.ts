import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagesOf } from '../../main/agent/conversation.ts';
import { openPromptSet } from '../../main/agent/prompts.ts';
import { openConversationEncoder } from '../../main/model/conversation.ts';
import { openLocalPolicy } from '../../main/policy/local.ts';
import type { Completion, ImageSource, Policy } from '../../main/records/policy.ts';
import type { Sample } from '../../main/records/sample.ts';
import { ToolFault } from '../../main/records/tools.ts';
import type { Turn } from '../../main/records/trajectory.ts';
import { goldenFolder } from '../golden/folder.ts';

const folder = path.join(goldenFolder(), 'model');
const picture = path.join(goldenFolder(), 'images/0.png');
const images: ImageSource = { read: (reference) => readFile(reference), put: async () => '' };
const sample: Sample = { version: 1, id: 's', task: 'coding', question: 'which digit?', answers: ['7'], images: [picture] };
const prompts = openPromptSet('mini');
const sampling = { temperature: 0, topP: 1, maxNewTokens: 6, seed: 4 };

let policy: Policy;
beforeAll(async () => {
  policy = await openLocalPolicy({ folder, load: {} }, images);
});
afterAll(() => policy.close());

const turnOf = (completion: Completion): Turn => ({
  completion: completion.text,
  finishReason: completion.finishReason,
  action: { kind: 'code', think: '', code: '' },
  observation: { kind: 'code', status: 'ok', stdout: '', stderr: '', outputs: [{ name: 'o', image: picture, width: 1, height: 1 }], ms: 0 },
  usage: completion.usage,
  ...(completion.tokens && { tokens: completion.tokens }),
});

const ask = (turns: readonly Turn[], from = policy): Promise<Completion> => from.complete({ messages: messagesOf(prompts, 'agent', sample, turns, false), sample, turns, sampling });

describe('a local policy', () => {
  it('reads the prompt as the chat template writes it', async () => {
    const { tokens, usage } = await ask([]);
    const { ids } = await openConversationEncoder(folder).encode(messagesOf(prompts, 'agent', sample, [], false));
    expect(tokens?.context).toEqual(ids);
    expect(tokens?.sampled).toHaveLength(usage.completionTokens);
    expect(tokens?.logprobs.every((logprob) => logprob <= 0)).toBe(true);
  });

  it('continues by ids: a kept conversation says what one built anew from its ids says', async () => {
    const first = turnOf(await ask([]));
    const second = await ask([first]);
    const third = await ask([first, turnOf(second)]);
    const fresh = await openLocalPolicy({ folder, load: {} }, images);
    const [secondAnew, thirdAnew] = [await ask([first], fresh), await ask([first, turnOf(second)], fresh)];
    await fresh.close();
    expect(secondAnew.tokens).toEqual({ ...second.tokens, logprobs: second.tokens?.logprobs.map((logprob) => expect.closeTo(logprob, 4)) });
    expect(thirdAnew.tokens?.sampled).toEqual(third.tokens?.sampled);
  });

  it('adds only what the template writes after the model’s own words', async () => {
    const first = turnOf(await ask([]));
    const second = await ask([first]);
    const { tokenizer } = openConversationEncoder(folder);
    const added = tokenizer.decode(second.tokens?.context ?? []);
    expect(added).toMatch(/^<\|im_end\|>\n<\|im_start\|>user\n<\|vision_start\|>(<\|image_pad\|>)+<\|vision_end\|><\|im_end\|>\n<\|im_start\|>assistant\n$/);
  });

  it('keeps conversations of several seeds apart', async () => {
    const other = { ...sampling, seed: 5 };
    const first = turnOf(await ask([]));
    await policy.complete({ messages: messagesOf(prompts, 'agent', sample, [], false), sample, turns: [], sampling: other });
    const second = await ask([first]);
    expect(second.tokens?.sampled).toEqual((await ask([first])).tokens?.sampled);
  });

  it('refuses to continue what another policy wrote', async () => {
    const { tokens: _, ...first } = turnOf(await ask([]));
    await expect(ask([first])).rejects.toThrow(/no token ids/);
  });

  it('hands no noise out as the model’s words: logits that are no numbers are a fault', async () => {
    const spoilt = await mkdtemp(path.join(os.tmpdir(), 'arft-spoilt-'));
    await cp(folder, spoilt, { recursive: true });
    const file = path.join(spoilt, 'preprocessor_config.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), image_mean: [1e38, 1e38, 1e38], image_std: [1e-30, 1, 1] }));
    const broken = await openLocalPolicy({ folder: spoilt, load: {} }, images);
    const fault = await ask([], broken).catch((error: unknown) => error);
    await broken.close();
    await rm(spoilt, { recursive: true });
    expect(fault).toBeInstanceOf(ToolFault);
    expect(fault).toMatchObject({ where: 'policy', message: expect.stringMatching(/logits.*finite numbers, found NaN/) });
  });
});
