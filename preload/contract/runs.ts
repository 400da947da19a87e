import { z } from 'zod';
import { runConfig } from '../../main/records/run-config.ts';
import { call, stream } from '../rpc/frames.ts';
import { planPart } from './plan-part.ts';

const name = z.string().min(1).max(200);
const step = z.int().min(0);
const figure = z.number().nullable();
const time = z.string().nullable();
const path = z.string().min(1).max(4096);
const note = z.string().max(20_000);
const tag = z.string().trim().min(1).max(60);

const status = z.enum(['running', 'stopped', 'finished', 'failed', 'interrupted']);

/** A run as a list shows it; F1 in percent, `reward` of its last step. */
const row = z.object({
  name, title: z.string(), status, reason: z.string().nullable(), step, steps: step, startedAt: time, endedAt: time, reward: figure, lastF1: figure, bestF1: figure, bestStep: figure, alarms: z.int(),
  note: z.string(), tags: z.array(z.string()).readonly(), pinned: z.boolean(), archived: z.boolean(),
});

/** A field of a configuration whose value is not the preset's (or another run's). */
const difference = z.object({ key: z.string(), value: z.json(), other: z.json() });

/** A configuration as a form has it: the engine holds it against the schema. */
const draft = z.record(z.string(), z.json());

const estimate = z.object({ mean: z.number(), low: z.number(), high: z.number() });

const finding = z.object({ title: z.string(), status: z.enum(['ok', 'warning', 'problem']), detail: z.string() });

const places = z.array(z.object({ value: z.string(), label: z.string() })).readonly();


export const runsContract = {
  'runs.list': call(
    z.strictObject({
      text: z.string().max(200).default(''),
      status: z.array(status).max(5).default([]),
      tag: z.string().max(60).default(''),
      archived: z.boolean().default(false),
      order: z.enum(['started', 'name', 'step', 'bestF1', 'reward']).default('started'),
      descending: z.boolean().default(true),
      offset: z.int().min(0).max(1e6).default(0),
      limit: z.int().min(1).max(2000).default(100),
    }),
    z.object({ total: z.int(), /** Of all runs, whatever the filter. */ all: z.int(), rows: z.array(row), tags: z.array(z.object({ tag: z.string(), count: z.int() })).readonly() }),
  ),
  /** The mean reward of each run in a few points. */
  'runs.sparks': call(z.strictObject({ runs: z.array(name).max(500) }), z.record(z.string(), z.array(z.number()))),
  'runs.get': call(
    z.strictObject({ run: name }),
    z.object({
      row,
      folder: z.string(),
      /** As it was started; nothing where the file is another version's. */
      config: runConfig.nullable(),
      preset: z.string().nullable(),
      differences: z.array(difference).readonly(),
      metrics: z.array(z.string()).readonly(),
      /** By the mean time of the last steps. */
      secondsLeft: figure,
    }),
  ),
  /** Points of metrics by their names (`parts.*`: all that begin so). Beyond `maxPoints` the lowest and the highest of each stretch of steps are there, with the mean around them. Steps are counted from 1; those of held-out figures are the steps done by then. */
  'runs.series': call(
    z.strictObject({ run: name, names: z.array(z.string().max(200)).min(1).max(64), fromStep: step.optional(), toStep: step.optional(), maxPoints: z.int().min(4).max(20_000).default(1500) }),
    z.record(z.string(), z.object({ steps: z.array(z.number()), values: z.array(z.number()), means: z.array(z.number()).optional(), total: z.int() })),
  ),
  /** Held-out figures in percent, with 95 % intervals from the items of each evaluation. */
  'runs.heldOut': call(z.strictObject({ run: name }), z.array(z.object({ step, items: z.int(), f1: estimate, em: estimate, rightTool: estimate.nullable() })).readonly()),
  'runs.events': call(z.strictObject({ run: name }), z.array(z.object({ kind: z.enum(['started', 'stopped', 'finished', 'failed', 'alarm', 'checkpoint', 'evaluation']), step, at: time, /** An alarm's name; why it stopped. */ name: z.string().nullable(), /** In the run's own words. */ text: z.string().nullable() })).readonly()),
  'runs.checkpoints': call(z.strictObject({ run: name }), z.array(z.object({ step, folder: z.string(), best: z.boolean(), bytes: z.number() })).readonly()),
  /** Fields in which runs differ, with each one's value. */
  'runs.differences': call(z.strictObject({ runs: z.array(name).min(1).max(20) }), z.array(z.object({ key: z.string(), values: z.array(z.json()).readonly() })).readonly()),

  /** JSON Schema of a configuration, with `help`, `unit`, bounds and defaults. */
  'runs.schema': call(z.undefined(), z.record(z.string(), z.json())),
  'runs.presets': call(z.undefined(), z.array(z.object({ name: z.string(), config: runConfig })).readonly()),
  /** Models and data that this machine knows, for the fields that name a path. */
  'runs.places': call(z.undefined(), z.object({ models: places, adapters: places, data: places })),
  'runs.toYaml': call(z.strictObject({ config: draft }), z.object({ text: z.string() })),
  'runs.fromYaml': call(z.strictObject({ text: z.string().max(200_000) }), z.object({ config: runConfig })),
  /** What a run would need, from its configuration alone: bytes of memory by part and of checkpoints, and the time of a step where a run like it was measured. */
  'runs.outlook': call(
    z.strictObject({ config: draft }),
    z.object({
      /** `total` is what there is; null where no driver tells a GPU's. */
      memory: z.object({ parts: z.array(planPart).readonly(), peak: z.number(), where: z.enum(['memory', 'device']), total: z.number().nullable() }).nullable(),
      /** Why nothing can be said of memory. */
      memoryUnknown: z.string().nullable(),
      disk: z.object({ checkpoint: z.number(), needed: z.number(), free: z.number() }).nullable(),
      time: z.object({ secondsPerStep: z.number(), run: z.string() }).nullable(),
      /** The cheapest changes that would make it fit, the smallest need first. */
      changes: z.array(z.object({ key: z.string(), value: z.json(), peak: z.number() })).readonly(),
    }),
  ),
  /** A look before the run, with a few real episodes; ends with the findings. */
  'runs.preflight': stream(z.strictObject({ config: draft }), z.discriminatedUnion('kind', [z.object({ kind: z.literal('said'), text: z.string() }), z.object({ kind: z.literal('findings'), ready: z.boolean(), findings: z.array(finding).readonly() })])),

  /** Begins a run, or puts it into the queue behind those at work. */
  'runs.start': call(z.strictObject({ config: draft, when: z.enum(['now', 'queue']) }), z.object({ run: z.string().nullable(), queued: z.int().nullable() })),
  /** After the present step with a checkpoint, or at once with the last one kept. Answers when the run has stopped. */
  'runs.stop': call(z.strictObject({ run: name, now: z.boolean() }), z.object({ checkpoint: z.int().nullable() })),
  'runs.resume': call(z.strictObject({ run: name }), z.object({ run: z.string() })),
  'runs.rename': call(z.strictObject({ run: name, title: z.string().trim().min(1).max(120) }), z.null()),
  'runs.annotate': call(z.strictObject({ runs: z.array(name).min(1).max(500), note: note.optional(), tags: z.array(tag).max(20).optional(), addTag: tag.optional(), pinned: z.boolean().optional(), archived: z.boolean().optional() }), z.null()),
  'runs.remove': call(z.strictObject({ runs: z.array(name).min(1).max(500) }), z.object({ bin: z.array(z.int()) })),
  'runs.restore': call(z.strictObject({ bin: z.array(z.int()).min(1).max(500) }), z.object({ runs: z.array(z.string()) })),
  'runs.export': call(z.strictObject({ run: name, step: step.optional(), form: z.enum(['adapter', 'merged']), folder: path }), z.object({ step, folder: z.string() })),
} as const;
