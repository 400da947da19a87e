import os from 'node:os';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { openImageProcessor } from '../../main/model/image/processor.ts';
import { openTokenizer } from '../../main/model/text/tokenizer.ts';
import { adamWDefaults } from '../../main/model/training/adamw.ts';
import { loraDefaults } from '../../main/model/training/lora.ts';
import type { PatchedImage } from '../../main/model/vision-model.ts';
import { policyLoss } from '../../main/train/losses/policy-loss.ts';
import { WorkerClient } from '../../main/worker/client.ts';
import { gemmPeak } from './gemm.ts';
import { someIds } from './models.ts';

// A process of its own: whole GRPO steps of one group through the worker, as a run makes them. Prints seconds of each
// stage of each step and what the process held at most. argv: model folder, sizes as JSON.

export type GrpoSizes = {
  readonly prompt: number;
  /** Side of the image in pixels. */
  readonly image: number;
  readonly group: number;
  readonly completion: number;
  readonly rank: number;
  /** Steps that are timed, after one that is not. */
  readonly steps: number;
};

const stages = ['rollout', 'reference', 'forward', 'backward', 'update', 'step'] as const;
export type StageSeconds = Record<(typeof stages)[number], number>;
export type GrpoMeasured = { readonly steps: readonly StageSeconds[]; readonly gemm: readonly number[]; readonly promptTokens: number; readonly imageTokens: number; readonly peakBytes: number };

const [folder, sizesText] = process.argv.slice(2) as [string, string];
const sizes = JSON.parse(sizesText) as GrpoSizes;
const config = readModelConfig(folder);
const passage = await promptOf();
const specialIds = new Set(openTokenizer(folder).added.keys());
const worker = new WorkerClient();
await worker.call('load', { folder, options: { adapters: true, packed: true, threads: os.availableParallelism() }, slots: sizes.group });
await worker.call('trainOpen', { parameters: { kind: 'lora', settings: { ...loraDefaults, rank: sizes.rank }, seed: 1 }, optimizer: adamWDefaults });
const steps: StageSeconds[] = [];
const gemm: number[] = [];
for (let step = -1; step < sizes.steps; step++) {
  const seconds = await grpoStep(step + 1);
  if (step >= 0) steps.push(seconds);
  gemm.push(await gemmPeak()); // in between, so that other work on the machine slows both
}
const { image } = config.tokens;
const measured: GrpoMeasured = { steps, gemm, promptTokens: passage.ids.length, imageTokens: passage.ids.filter((id) => id === image).length, peakBytes: process.resourceUsage().maxRSS * 1024 };
console.log(JSON.stringify(measured));
process.exit(0);

async function grpoStep(step: number): Promise<StageSeconds> {
  const start = performance.now();
  let last = start;
  const seconds: Partial<StageSeconds> = {};
  const stage = (name: keyof StageSeconds): void => {
    seconds[name] = (performance.now() - last) / 1000;
    last = performance.now();
  };
  const written = await Promise.all(Array.from({ length: sizes.group }, (_, row) => worker.call('complete', {
    passage, promptKey: `${step}`, shared: true,
    settings: { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens: sizes.completion, seed: step * sizes.group + row, stopIds: [], bannedIds: specialIds },
  })));
  for (const { conversation } of written) await worker.call('release', { conversation });
  stage('rollout');
  const rows = written.map(({ completion: { ids } }) => ({ ids, mask: ids.map(() => 1), images: [] }));
  const batch = { prompt: passage, rows };
  const reference = await worker.call('trainForward', { batch, adapter: false });
  stage('reference');
  const { pass, logprobs, entropies } = await worker.call('trainForward', { batch, adapter: true });
  const { gradients } = policyLoss(
    {
      offsets: rows.reduce<number[]>((offsets, { ids }) => [...offsets, (offsets.at(-1) as number) + ids.length], [0]),
      mask: new Uint8Array(logprobs.length).fill(1), logprobs, entropies, advantages: rows.map((_, i) => (i % 2 ? 1 : -1)), referenceLogprobs: reference.logprobs,
    },
    { loss: 'grpo', epsilonLow: 0.2, epsilonHigh: 0.2, beta: 0.04, unbiasedKl: true, entropyCoefficient: 0, maxCompletionLength: sizes.completion, sapoTemperature: { positive: 1, negative: 1.05 } },
  );
  stage('forward');
  await worker.call('trainBackward', { pass, derivatives: gradients });
  stage('backward');
  await worker.call('trainUpdate', { learningRate: 1e-6, maxGradNorm: 1 });
  stage('update');
  last = start;
  stage('step');
  return seconds as StageSeconds;
}

/** The prompt that the peer saved beside its model; of any other model a prompt without meaning, an image of stripes. */
async function promptOf(): Promise<{ readonly ids: readonly number[]; readonly images: readonly PatchedImage[] }> {
  const saved = savedPrompt();
  if (saved) {
    const name = path.join(folder, saved.image);
    const { grid, pixels } = await openImageProcessor(folder, config.vision).process(name, name);
    return { ids: saved.prompt_ids, images: [{ grid, pixels }] };
  }
  const { channels, temporalPatchSize, patchSize, mergeSize } = config.vision;
  const side = sizes.image / patchSize;
  const pixels = new Float32Array(side ** 2 * channels * temporalPatchSize * patchSize ** 2).map((_, i) => ((i * 31) % 200) / 100 - 1);
  const imageTokens = side ** 2 / mergeSize ** 2;
  return { ids: [...new Array<number>(imageTokens).fill(config.tokens.image), ...someIds(sizes.prompt - imageTokens, config.text.vocabSize)], images: [{ grid: [1, side, side], pixels }] };
}

function savedPrompt(): { readonly image: string; readonly prompt_ids: readonly number[] } | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'bench_prompt.json'), 'utf8')) as { image: string; prompt_ids: number[] };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
