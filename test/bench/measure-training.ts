import { readFileSync } from 'node:fs';
import type { LoadOptions } from '../../main/model/load.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { loraDefaults } from '../../main/model/training/lora.ts';
import { adamWDefaults } from '../../main/model/training/adamw.ts';
import { WorkerClient } from '../../main/worker/client.ts';
import { someIds } from './models.ts';

// A process of its own: a step of training as a run makes it, through the worker: a group is written from one prompt with
// an image, then learnt from, twice. Prints what the process held at most. argv: folder, load options as JSON, sizes as JSON.

export type TrainingSizes = {
  readonly kind: 'lora' | 'full';
  readonly rank: number;
  /** Of the image, rows and columns; 0 for none. */
  readonly patches: number;
  readonly prompt: number;
  readonly completion: number;
  readonly group: number;
  /** Whether the reference's logprobs are wanted too. */
  readonly reference: boolean;
};

const [folder, options, sizes] = process.argv.slice(2) as [string, string, string];
const { kind, rank, patches, prompt, completion, group, reference } = JSON.parse(sizes) as TrainingSizes;
const config = readModelConfig(folder);
const worker = new WorkerClient();

const peaks: Record<string, number> = {};
/** What the process held at most until the end of a stage. */
const stage = (name: string): void => {
  peaks[name] = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
};

const imageTokens = patches ** 2 / config.vision.mergeSize ** 2;
const { channels, temporalPatchSize, patchSize } = config.vision;
const images = patches === 0 ? [] : [{ grid: [1, patches, patches] as const, pixels: new Float32Array(patches ** 2 * channels * temporalPatchSize * patchSize ** 2).fill(0.1) }];
const passage = { ids: [...new Array<number>(imageTokens).fill(config.tokens.image), ...someIds(prompt - imageTokens, config.text.vocabSize)], images };

await worker.call('load', { folder, options: { ...(JSON.parse(options) as LoadOptions), adapters: kind === 'lora', packed: kind === 'lora' }, slots: group });
stage('load');
const parameters = kind === 'lora' ? ({ kind, settings: { ...loraDefaults, rank }, seed: 1 } as const) : ({ kind, vision: false } as const);
await worker.call('trainOpen', { parameters, optimizer: adamWDefaults });
stage('open');
for (let step = 0; step < 2; step++) {
  const written = await Promise.all(
    Array.from({ length: group }, (_, seed) => worker.call('complete', { passage, promptKey: `${step}`, shared: true, settings: { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens: completion, seed, stopIds: [] } })),
  );
  for (const { conversation } of written) await worker.call('release', { conversation });
  stage(`rollout ${step}`);
  // A random model writes image tokens too; what is learnt from is of the same lengths.
  const rows = written.map(({ completion: { ids } }) => ({ ids: someIds(ids.length, config.text.vocabSize), mask: Uint8Array.from(ids, () => 1), images: [] }));
  const batch = { prompt: passage, rows };
  if (reference) await worker.call('trainForward', { batch, adapter: false });
  stage(`reference ${step}`);
  const { pass, logprobs } = await worker.call('trainForward', { batch, adapter: true });
  stage(`forward ${step}`);
  await worker.call('trainBackward', { pass, derivatives: { logprobs: logprobs.map((_, i) => (i % 2 ? 1e-3 : -1e-3)), entropies: new Float32Array(logprobs.length) } });
  stage(`backward ${step}`);
  await worker.call('trainUpdate', { learningRate: 1e-5, maxGradNorm: 1 });
  stage(`update ${step}`);
}
console.log(JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024, peaks }));
process.exit(0);
