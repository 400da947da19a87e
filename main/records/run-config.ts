import { z } from 'zod';

// What a run is: one schema with defaults, bounds, units and help. `arft train --help` prints it, forms are made from it.

type Help = { readonly help: string; readonly unit?: string };

const whole = (least: number, value: number, help: Help, most = Number.MAX_SAFE_INTEGER) => z.int().min(least).max(most).default(value).meta(help);
const real = (least: number, most: number, value: number, help: Help) => z.number().min(least).max(most).default(value).meta(help);
const flag = (value: boolean, help: string) => z.boolean().default(value).meta({ help });
const text = (value: string, help: string) => z.string().default(value).meta({ help });
const names = (value: readonly string[], help: string) => z.array(z.string()).readonly().default(value as string[]).meta({ help });
const sources = (help: string) => z.union([z.string(), z.array(z.string()).readonly()]).default('').meta({ help });
/** A group of fields, each with its default. */
const section = <S extends z.core.$ZodLooseShape>(shape: S) => z.strictObject(shape).prefault({} as never);

/** Bounds that a plan of a run has too. */
export const most = { rank: 1024, group: 256 } as const;

const model = section({
  folder: text('', 'Hugging Face folder of a Qwen2.5-VL'),
  adapter: text('', 'PEFT adapter to begin with, which is the reference’s too; a new one where this is empty'),
  provider: z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']).default('cpu').meta({ help: 'where to compute' }),
  quantize: text('', 'base weights in few bits: int4, int8 …; as they are where this is empty'),
  precision: z.enum(['float32', 'float16']).default('float32').meta({ help: 'other matrices, where they stay on a GPU (WebGPU, CUDA) that knows half precision' }),
  maxPixels: whole(0, 0, { help: 'images are scaled down to this area; 0: the model’s own limit', unit: 'pixels' }),
});

const parameters = section({
  kind: z.enum(['lora', 'full']).default('lora').meta({ help: 'train an adapter, or all weights of a small model' }),
  rank: whole(1, 16, { help: 'rank r of the adapter' }, most.rank),
  alpha: real(0.1, 4096, 32, { help: 'α: the adapter’s product is scaled by α/r' }),
  dropout: real(0, 0.9, 0, { help: 'share of an adapter’s inputs that is left out at random' }),
  rslora: flag(false, 'scale by α/√r instead'),
  targetModules: names(['all-linear'], 'projections with an adapter; those of the vision tower begin with visual., as in visual.all-linear'),
  excludeModules: names([], 'projections without one'),
  vision: flag(false, 'full: train the vision tower too'),
});

const data = section({
  train: sources('file or folder of samples, or a list of them; mini:SEED is the built-in task'),
  heldOut: sources('samples of the held-out evaluation, likewise'),
  items: whole(0, 0, { help: 'use only the first samples; 0 uses all' }),
  demonstrations: sources('method sft, mode episode: trajectories to learn from, as arft evaluate writes them (items.jsonl), or a list of such files'),
  mode: z.enum(['episode', 'step']).default('episode').meta({ help: 'live episodes through the tools, or single steps of annotated chains (the paper)' }),
  curriculum: z.enum(['off', 'learnable']).default('off').meta({ help: 'learnable: samples come the more often, the nearer the share of right episodes so far is to a half' }),
  coding: real(0, 1000, 1, { help: 'weight of each coding sample in the mix' }),
  search: real(0, 1000, 1, { help: 'weight of each search sample in the mix' }),
  prompts: text('tags-en', 'prompt set'),
});

const rollout = section({
  prompts: whole(1, 8, { help: 'questions of a step; demonstrations with method sft' }, 4096),
  group: whole(1, 8, { help: 'G: episodes of each question' }, most.group),
  resample: whole(0, 0, { help: 'rounds of other questions in place of those whose rewards are all equal, which are then left out (dynamic sampling, DAPO); 0: none' }, 16),
  temperature: real(0.01, 2, 1, { help: 'of the policy, as it writes and as it learns: logits are divided by it' }),
  maxNewTokens: whole(1, 512, { help: 'longest completion', unit: 'tokens' }),
  steps: whole(1, 5, { help: 'completions of an episode' }, 64),
  tokens: whole(1, 4096, { help: 'tokens that an episode may write', unit: 'tokens' }),
  seconds: real(0.1, 86_400, 300, { help: 'time that an episode may take', unit: 's' }),
  slots: whole(1, 8, { help: 'completions that are written together' }, 1024),
});

/** Sums of rewards, and the squares of their spread, stay far from where numbers end: a log has no word for infinity. */
const rewardWeight = z.number().min(-1e6).max(1e6);

const reward = section({
  weights: z.record(z.string(), rewardWeight).default({ format: 1, answer: 1 }).meta({ help: 'weight of each reward (docs/protocol.md)' }),
  embedder: text('', 'folder of a sentence embedder (all-MiniLM-L6-v2) that compares search queries; without it their words are'),
  custom: z.array(z.strictObject({ file: z.string(), weight: rewardWeight, timeoutMs: z.int().min(1).max(2 ** 31 - 1).default(1000) })).readonly().default([]).meta({ help: 'rewards of your own: {file, weight}' }),
});

const loss = section({
  name: z.enum(['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'gspo', 'luspo', 'sapo']).default('dapo').meta({ help: 'the loss, by its name in the field' }),
  advantage: z.enum(['group', 'batch', 'none']).default('group').meta({ help: 'what a reward’s distance to its group’s mean is divided by' }),
  epsilonLow: real(0, 1, 0.2, { help: 'clip of the ratio below 1' }),
  epsilonHigh: real(0, 10, 0.28, { help: 'clip of the ratio above 1; for cispo the largest weight itself, 1 or more' }),
  delta: real(0, 1000, 0, { help: 'dual clip: largest ratio for negative advantages, more than 1 + epsilonHigh; 0 is off' }),
  beta: real(0, 10, 0, { help: 'weight of the KL divergence to the reference (k3)' }),
  watchKl: flag(true, 'adapters: measure the KL divergence where beta is 0, too; one more pass forward'),
  entropy: real(-1, 1, 0, { help: 'weight of the entropy bonus' }),
  iterations: whole(1, 1, { help: 'μ: updates from the same episodes' }, 64),
  maskTruncated: flag(true, 'learn nothing from episodes that were cut off at a length limit'),
  correction: z.enum(['off', 'token', 'sequence']).default('off').meta({ help: 'importance weights of trainer over sampler' }),
  correctionCap: real(1, 100, 2, { help: 'largest importance weight' }),
});

const optimizer = section({
  learningRate: real(0, 1, 1e-5, { help: 'the highest learning rate' }),
  schedule: z.enum(['constant', 'linear', 'cosine']).default('constant').meta({ help: 'how the rate goes down to its end' }),
  warmupSteps: whole(0, 0, { help: 'steps over which the rate rises', unit: 'steps' }),
  endShare: real(0, 1, 0, { help: 'share of the rate that linear and cosine end with' }),
  beta1: real(0, 0.9999, 0.9, { help: 'AdamW: decay of the mean of gradients' }),
  beta2: real(0, 0.99999, 0.99, { help: 'AdamW: decay of the mean of their squares' }),
  epsilon: real(1e-12, 1e-2, 1e-8, { help: 'AdamW: added to the root of the squares' }),
  weightDecay: real(0, 1, 0, { help: 'AdamW: decoupled weight decay; of matrices, not of norms and biases' }),
  maxGradNorm: real(0, 1e6, 1, { help: 'gradients are scaled down to this norm; 0 is off' }),
});

const evaluation = section({
  every: whole(0, 10, { help: 'held-out evaluation every so many steps; 0: at the end only', unit: 'steps' }),
  items: whole(0, 64, { help: 'held-out samples of each evaluation; 0 is none' }),
});

const checkpoint = section({
  every: whole(1, 10, { help: 'checkpoint every so many steps, and after each evaluation that is the best so far', unit: 'steps' }),
  keep: whole(1, 2, { help: 'last checkpoints to keep, besides the best' }),
});

const alarms = section({
  pause: flag(false, 'stop with a checkpoint when an alarm sounds'),
  rollBack: flag(false, 'with pause: write none, so that the run goes on from the last checkpoint before the alarm'),
  heldOutDrop: real(0, 100, 10, { help: 'points that the held-out F1 may fall below its best while the reward rises', unit: 'points' }),
  samplerDifference: real(0, 10, 0.01, { help: 'mean |Δ logprob| between sampler and trainer' }),
  truncated: real(0, 1, 0.5, { help: 'share of episodes cut off at a limit' }),
  zeroSpread: real(0, 1, 0.9, { help: 'share of groups whose rewards are all equal' }),
  kl: real(0, 1000, 1, { help: 'KL divergence to the reference', unit: 'nats' }),
  entropyLow: real(0, 100, 0.01, { help: 'lowest mean entropy', unit: 'nats' }),
  entropyHigh: real(0, 100, 8, { help: 'highest mean entropy', unit: 'nats' }),
  invalid: real(0, 1, 0.2, { help: 'share of episodes that ended by a fault of ours' }),
});

const tools = section({
  code: z.enum(['sandbox', 'off']).default('sandbox').meta({ help: 'whether the agent’s Python runs' }),
  corpus: text('', 'passages to search in: a corpus’s name; the task’s own where it has one; off without either'),
  passages: whole(1, 3, { help: 'passages that a search shows' }, 100),
});

export const runConfig = z.strictObject({
  version: z.literal(1).default(1),
  name: z.string().max(100).default('run').meta({ help: 'what the run is called' }),
  seed: whole(0, 1, { help: 'the same seed gives the same run on the same machine (CPU)' }, 2 ** 31 - 1),
  method: z.enum(['grpo', 'sft']).default('grpo').meta({ help: 'learn by rewards from own episodes, or to write what demonstrations write: annotated chains (data.mode step) or trajectories (data.demonstrations)' }),
  steps: whole(1, 200, { help: 'updates of the run', unit: 'steps' }),
  threads: whole(0, 0, { help: 'processor threads; 0: all cores' }, 1024),
  model, parameters, data, rollout, reward, loss, optimizer, evaluation, checkpoint, alarms, tools,
});

export type RunConfig = Readonly<z.infer<typeof runConfig>>;
