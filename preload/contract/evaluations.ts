import { z } from 'zod';
import { sample } from '../../main/records/sample.ts';
import { score } from '../../main/records/score.ts';
import { trajectory } from '../../main/records/trajectory.ts';
import { call } from '../rpc/frames.ts';

const name = z.string().min(1).max(200);
const names = z.array(name).min(1).max(500);
const path = z.string().min(1).max(4096);
const benchmark = z.enum(['mat-coding', 'mat-search', '2wiki', 'hotpotqa', 'musique', 'bamboogle', 'mat-mini']);
const scorer = z.enum(['standard', 'paper']);
const mode = z.enum(['agent', 'direct']);
const outcome = z.enum(['right', 'wrong', 'unanswered', 'invalid', 'unscored']);
const text = z.string().max(500).default('');
const page = { offset: z.int().min(0).max(1e7).default(0), limit: z.int().min(1).max(1000).default(100) };

/** A mean with a 95 % interval, in percent. */
const estimate = z.object({ mean: z.number(), low: z.number(), high: z.number() });

/** Figures of all items (`all`) or of a part of the benchmark. */
const part = z.object({ name: z.string(), n: z.int(), unanswered: z.int(), f1: estimate, em: estimate });

const row = z.object({
  name,
  benchmark: z.string(),
  data: z.string(),
  policy: z.string(),
  mode,
  /** By which the figures here are counted. */
  scorer,
  prompts: z.string(),
  /** `starting`: its process has not begun to ask. `failed`: its process ended with an error before the last item. */
  state: z.enum(['starting', 'running', 'stopped', 'finished', 'failed']),
  /** Where it comes from: this app or the same command, the command line (its command is not known), a file of predictions. */
  origin: z.enum(['app', 'elsewhere', 'imported']),
  done: z.int(),
  total: z.int(),
  /** Items that ended by a fault of ours; they count nowhere. */
  invalid: z.int(),
  /** By the pace that was seen. */
  secondsLeft: z.number().nullable(),
  failure: z.string().nullable(),
  parts: z.array(part).readonly(),
  /** Share of the items that used a tool, in percent. */
  toolUse: z.number().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});

const policy = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('script'), name: z.enum(['mini-expert', 'mini-guess']) }),
  z.strictObject({ kind: z.literal('local'), folder: z.string().max(4096), adapter: z.string().max(4096).nullable(), provider: z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']), quantize: z.string().max(40) }),
  /** `key`: the name of a key, never the key. */
  z.strictObject({ kind: z.literal('endpoint'), url: z.string().max(2000), model: z.string().max(300), key: z.string().max(100).regex(/^[\w.-]*$/, 'the name of a key: letters, digits, - _ .') }),
]);

/** An evaluation before it starts. */
const draft = z.strictObject({
  benchmark,
  /** A file or folder of this machine, `upload:…`, or `mini:SEED` for questions of the built-in task. */
  data: z.string().max(4096),
  /** Of a folder with several files. */
  split: z.string().min(1).max(200).regex(/^[^/\\]+$/),
  policy,
  mode,
  limit: z.int().min(1).max(1_000_000).nullable(),
  concurrency: z.int().min(1).max(256),
  prompts: z.string().min(1).max(300),
  scorer,
  /** A corpus's name, `web`, or nothing; the built-in task brings its own passages. */
  search: z.string().max(100),
  code: z.boolean(),
  temperature: z.number().min(0).max(2),
  maxNewTokens: z.int().min(1).max(100_000),
  steps: z.int().min(1).max(64),
  seed: z.int().min(0).max(2 ** 31 - 1),
});

const finding = z.object({ id: z.enum(['data', 'images', 'policy', 'endpoint', 'prompts', 'code', 'search', 'scorer']), status: z.enum(['ok', 'warning', 'problem']), detail: z.string() });

const { shape } = sample;
const asked = z.object({ task: shape.task, question: shape.question, answers: shape.answers, images: shape.images, split: z.string().nullable() });

/** `better`, `worse`, `same` by F1; the others by exact matches. */
export const comparedKinds = ['all', 'better', 'worse', 'same', 'onlyBefore', 'onlyAfter', 'bothRight', 'bothWrong'] as const;

const side = z.object({ index: z.int(), answer: z.string().nullable(), f1: z.number(), em: z.number() });

export const evaluationsContract = {
  /** The latest first. With a scorer the figures of all rows are counted by it. */
  'evaluations.list': call(z.strictObject({ text, scorer: scorer.nullable().default(null), limit: z.int().min(1).max(1000).default(200) }), z.object({ total: z.int(), rows: z.array(row) })),
  'evaluations.get': call(z.strictObject({ name, scorer: scorer.nullable().default(null) }), z.object({
    row,
    folder: z.string(),
    /** Nothing before its process has begun. */
    settings: z.object({ prompts: z.string(), code: z.string(), search: z.string(), steps: z.int(), temperature: z.number(), maxNewTokens: z.int(), seed: z.int() }).nullable(),
    /** The scorer that it was started with. */
    ownScorer: scorer,
    counts: z.record(outcome, z.int()),
    /** How episodes ended. */
    endings: z.record(z.string(), z.int()),
    tools: z.object({ steps: z.int(), codeRuns: z.int(), codeErrors: z.int(), searches: z.int(), emptySearches: z.int(), invalidCompletions: z.int(), itemsWithTools: z.int() }).nullable(),
    usage: z.object({ promptTokens: z.number(), completionTokens: z.number(), cost: z.number() }).nullable(),
    notes: z.array(z.string()).readonly(),
    /** Who answered, as far as it can be asked again: nothing for a script; `unknown` where its folder was not kept. */
    asked: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('local'), folder: z.string(), adapter: z.string().nullable(), /** Whether both are on the lists of models. */ known: z.boolean(), prompts: z.string() }),
      z.object({ kind: z.literal('endpoint'), url: z.string(), model: z.string(), key: z.string(), prompts: z.string() }),
      z.object({ kind: z.literal('unknown') }),
    ]).nullable(),
    /** Whether it can go on from here, with what was started. */
    resumable: z.boolean(),
  })),
  'evaluations.items': call(z.strictObject({ name, scorer: scorer.nullable().default(null), outcome: outcome.nullable().default(null), text, ...page }), z.object({
    total: z.int(),
    rows: z.array(z.object({ index: z.int(), id: z.string(), outcome, question: z.string().nullable(), answer: z.string().nullable(), gold: z.string().nullable(), f1: z.number().nullable() })),
    counts: z.record(outcome, z.int()),
  })),
  'evaluations.item': call(z.strictObject({ name, index: z.int().min(0).max(1e7), scorer: scorer.nullable().default(null) }), z.object({
    index: z.int(),
    id: z.string(),
    /** Nothing where the folder does not say what was asked. */
    asked: asked.nullable(),
    trajectory,
    score: score.nullable(),
  })),
  'evaluations.check': call(draft, z.object({ ready: z.boolean(), items: z.int().nullable(), findings: z.array(finding) })),
  'evaluations.start': call(draft, z.object({ name })),
  'evaluations.stop': call(z.strictObject({ name }), z.null()),
  'evaluations.resume': call(z.strictObject({ name, retryInvalid: z.boolean().default(false) }), z.null()),
  'evaluations.remove': call(z.strictObject({ names }), z.object({ bin: z.array(z.int()) })),
  'evaluations.restore': call(z.strictObject({ bin: z.array(z.int().min(1)).min(1).max(500) }), z.object({ names: z.array(name) })),
  /** The report: Markdown, a line of CSV for each item, or the figures as JSON. */
  'evaluations.report': call(z.strictObject({ name, form: z.enum(['md', 'csv', 'json']) }), z.object({ file: z.string(), text: z.string() })),
  /** Predictions that were made elsewhere, kept as an evaluation without turns. */
  'evaluations.importPredictions': call(z.strictObject({ predictions: path, gold: z.string().max(4096).default(''), benchmark, scorer, title: z.string().max(120).default('') }), z.object({ name, items: z.int(), notes: z.array(z.string()).readonly() })),
  /** The others against the first, paired by item. */
  'evaluations.compare': call(z.strictObject({ names: z.array(name).min(2).max(12), scorer: scorer.nullable().default(null) }), z.object({
    base: row,
    others: z.array(z.object({
      row,
      /** Why it cannot be compared. */
      refused: z.object({ thing: z.string(), expected: z.string(), found: z.string(), remedy: z.string() }).nullable(),
      figures: z.object({
        n: z.int(),
        unpaired: z.int(),
        before: z.object({ f1: estimate, em: estimate }),
        after: z.object({ f1: estimate, em: estimate }),
        difference: z.object({ f1: estimate, em: estimate }),
        /** Of McNemar's exact test. */
        p: z.number(),
        counts: z.record(z.enum(comparedKinds), z.int()),
      }).nullable(),
    })),
  })),
  /** The items behind a number of a comparison. */
  'evaluations.compared': call(z.strictObject({ before: name, after: name, scorer: scorer.nullable().default(null), kind: z.enum(comparedKinds), text, ...page }), z.object({
    total: z.int(),
    rows: z.array(z.object({ id: z.string(), question: z.string().nullable(), gold: z.string(), before: side, after: side })),
  })),
} as const;

export type EvaluationDraft = z.infer<typeof draft>;
