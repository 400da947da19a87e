import { z } from 'zod';
import { call } from '../rpc/frames.ts';
import { planPart } from './plan-part.ts';

const folder = z.string().trim().min(1).max(4096);
const bytes = z.number().min(0);
const count = z.int().min(0);

const origin = z.enum(['builtin', 'own', 'opened']);
const dtype = z.enum(['bfloat16', 'float16', 'float32']);

const model = z.object({ folder: z.string(), name: z.string(), origin, /** False while its disk is away. */ there: z.boolean(), preferred: z.boolean(), bytes, parameters: z.number().nullable(), dtype: dtype.nullable(), missing: count });

const adapter = z.object({
  /** An adapter, or the weights of a run that trained them all. */
  kind: z.enum(['lora', 'full']),
  folder: z.string(), name: z.string(), there: z.boolean(),
  run: z.object({ name: z.string(), step: count }).nullable(),
  /** Whether it scored highest on held-out samples of its run. */
  best: z.boolean(),
  /** Folder of its base model, and what that is called. */
  base: z.string().nullable(), baseName: z.string().nullable(),
  rank: z.int().nullable(), bytes,
  at: z.iso.datetime(),
});

const text = z.object({ layers: count, hiddenSize: count, heads: count, kvHeads: count, headDim: count, intermediateSize: count, vocabSize: count, maxPositions: count, tiedHead: z.boolean() });
const vision = z.object({ depth: count, hiddenSize: count, heads: count, intermediateSize: count, patchSize: count, mergeSize: count, windowSize: count, fullAttentionBlocks: z.array(count).readonly() });

/** What is to be planned: a prompt with an image and its completions, and with `train` a step that learns from them. */
export const plannedWork = z.strictObject({
  folder,
  provider: z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']),
  quantize: z.enum(['', 'int4', 'int4-block64', 'int4-block128', 'int8']),
  /** Of the image as the model sees it; 0 for none. */
  imagePixels: z.int().min(0).max(20_000_000),
  /** Tokens of the prompt's words, the image's not among them. */
  words: z.int().min(1).max(100_000),
  completionTokens: z.int().min(1).max(32_768),
  group: z.int().min(1).max(128),
  /** Completions of a training step that are written together; 0 for the whole group. */
  slots: z.int().min(0).max(128),
  train: z.enum(['', 'lora', 'full']),
  rank: z.int().min(1).max(512),
});

const change = z.object({ setting: z.enum(['quantize', 'slots', 'completionTokens', 'imagePixels', 'group', 'rank']), value: z.union([z.string(), z.number()]) });
/** Changes that go together, and what is needed with all of them. */
const remedy = z.object({ changes: z.array(change).readonly(), peakBytes: bytes, fits: z.boolean() });

export const modelsContract = {
  'models.list': call(z.undefined(), z.object({ models: z.array(model), adapters: z.array(adapter) })),
  /** What a folder holds and what it lacks, whether it is known or not. */
  'models.inspect': call(
    z.strictObject({ folder }),
    z.object({
      folder: z.string(), name: z.string(), origin: origin.nullable(), preferred: z.boolean(),
      dtype: dtype.nullable(), text: text.nullable(), vision: vision.nullable(),
      parameters: z.object({ total: z.number(), text: z.number(), vision: z.number() }).nullable(),
      files: z.array(z.object({ name: z.string(), bytes })).readonly(),
      has: z.object({ weights: z.boolean(), tokenizer: z.boolean(), chatTemplate: z.boolean(), imageProcessor: z.boolean(), generationConfig: z.boolean() }),
      surplusTensors: count,
      /** What is missing, in words: the thing, what was expected and found, what to do. */
      missing: z.array(z.object({ thing: z.string(), expected: z.string(), found: z.string(), remedy: z.string() })).readonly(),
      chatTemplate: z.object({ file: z.string(), text: z.string() }).nullable(),
      /** The prompt set that it was trained on, where that is known. */
      prompts: z.string(),
    }),
  ),
  /** Puts a folder among the models. */
  'models.open': call(z.strictObject({ folder }), z.object({ folder: z.string(), name: z.string(), missing: count })),
  /** Takes an opened folder off the list; nothing on the disk is touched. */
  'models.forget': call(z.strictObject({ folder }), z.null()),
  /** Puts back what was forgotten, a model or an adapter, as it was. */
  'models.remember': call(z.strictObject({ folder }), z.null()),
  /** Puts a model first wherever one is chosen. */
  'models.prefer': call(z.strictObject({ folder }), z.object({ before: z.string() })),

  'models.adapter': call(
    z.strictObject({ folder }),
    z.object({
      kind: z.enum(['lora', 'full']), folder: z.string(), name: z.string(), run: z.object({ name: z.string(), step: count }).nullable(),
      base: z.string().nullable(), baseName: z.string().nullable(), /** Whether the base is on the disk. */ baseThere: z.boolean(), /** As the adapter itself names its base. */ namedBase: z.string().nullable(),
      lora: z.object({ rank: z.int(), alpha: z.number(), dropout: z.number(), rslora: z.boolean(), targets: z.array(z.string()).readonly(), modules: count }).nullable(), /** Numbers in it. */ parameters: z.number(),
      files: z.array(z.object({ name: z.string(), bytes })).readonly(), at: z.iso.datetime(),
      /** Other checkpoints of its run. */
      siblings: z.array(z.object({ folder: z.string(), step: count })).readonly(),
    }),
  ),
  /** Puts an adapter among those that are known, held against its base tensor by tensor. */
  'models.bring': call(z.strictObject({ folder, base: folder }), z.object({ folder: z.string(), modules: count })),
  'models.forgetAdapter': call(z.strictObject({ folder }), z.null()),

  /** What it would need, from the folder's configuration alone. */
  'models.plan': call(
    plannedWork,
    z.object({
      where: z.enum(['memory', 'device']),
      parts: z.array(planPart).readonly(),
      peakBytes: bytes,
      /** Of the process's memory besides a device. */
      processBytes: bytes.nullable(),
      /** Numbers that are trained. */
      trained: z.number().nullable(),
      machine: z.object({ total: bytes, free: bytes }),
    }),
  ),
  /** The cheapest changes with which it fits into so many bytes. */
  'models.fit': call(plannedWork.extend({ bytes: bytes.max(1e15) }), remedy),
  /** What GPUs of these sizes could do; nine tenths of their memory are counted on. */
  'models.gpus': call(
    plannedWork.extend({ gib: z.array(z.number().min(1).max(1024)).min(1).max(6) }),
    z.array(z.object({ gib: z.number(), usableBytes: bytes, peakBytes: bytes, fits: z.boolean(), remedy: remedy.nullable(), /** With which the groups are counted. */ quantize: z.string(), /** For each length of completions the largest group that fits; 0 for none. */ groups: z.array(z.object({ completionTokens: count, group: count })).readonly() })).readonly(),
  ),

  /** Quantised copies in the data folder; `folder` is null where it was not noted which model one is of. */
  'models.copies': call(z.undefined(), z.array(z.object({ key: z.string(), bytes, folder: z.string().nullable(), scheme: z.string().nullable(), made: z.string().nullable(), usedAt: z.iso.datetime() }))),
  'models.removeCopy': call(z.strictObject({ key: z.string().regex(/^[0-9a-f]{32}$/) }), z.object({ bytes })),

  /** Begins to write an adapter or a checkpoint that is on the list, or the whole model with it merged in, into a new folder. */
  'models.export': call(z.strictObject({ adapter: folder, form: z.enum(['adapter', 'merged']), folder }), z.object({ id: z.int() })),
  'models.exports': call(z.undefined(), z.array(z.object({
    id: z.int(), name: z.string(), run: z.object({ name: z.string(), step: count }).nullable(), form: z.enum(['adapter', 'merged']), folder: z.string(), state: z.enum(['writing', 'done', 'failed', 'cancelled']), doneBytes: bytes, /** About. */ totalBytes: bytes,
    fault: z.object({ thing: z.string(), expected: z.string(), found: z.string(), remedy: z.string() }).nullable(),
  }))),
  /** Ends one that is being written and takes away what it wrote; or takes one that has ended off the list. */
  'models.endExport': call(z.strictObject({ id: z.int().min(1) }), z.null()),
} as const;

export type PlannedWork = z.infer<typeof plannedWork>;
