import { createHash } from 'node:crypto';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openPromptSet } from '../../main/agent/prompts.ts';
import { keepImages, miniItems } from '../../main/data/mini/items.ts';
import { openLocalPolicy } from '../../main/policy/local.ts';
import type { ImageSource } from '../../main/records/policy.ts';
import { rollOut } from '../../main/train/roll-out.ts';

const pictures = new Map<string, Uint8Array>();
const images: ImageSource = {
  read: async (reference) => pictures.get(reference) as Uint8Array,
  put: async (bytes) => {
    const name = createHash('sha256').update(bytes).digest('hex');
    pictures.set(name, bytes);
    return name;
  },
};

it('the speed of tools changes nothing, with more episodes than a policy keeps conversations', async () => {
  const folder = path.join(import.meta.dirname, '../../resources/starter');
  const policy = await openLocalPolicy({ folder, load: {}, slots: 2 }, images);
  const samples = await Promise.all(miniItems(3, 'train', 12).filter(({ kind }) => kind !== 'search').slice(0, 4).map((item) => keepImages(item, images)));
  const written = async (delayOf: (job: number) => number) => {
    let jobs = 0;
    const runCode = async () => {
      await wait(delayOf(jobs++));
      return { status: 'ok' as const, stdout: 'done', stderr: '', outputs: [], ms: 1 };
    };
    const settings = { mode: 'episode', policy, prompts: openPromptSet('mini'), tools: { images, runCode, search: { off: 'none' } }, limits: { steps: 3, tokens: 200, ms: 60_000 }, temperature: 1, maxNewTokens: 40, groupSize: 8, seed: 5 } as const;
    const rollouts = await rollOut(samples, settings);
    expect(jobs).toBeGreaterThan(8);
    return rollouts.map(({ trajectory: { turns, ending } }) => ({ ending, tokens: turns.map(({ tokens }) => tokens) }));
  };
  const even = await written(() => 0);
  expect(even).toHaveLength(32);
  expect(await written((job) => (job % 3 === 0 ? 400 : 5))).toEqual(even);
  await policy.close();
});
