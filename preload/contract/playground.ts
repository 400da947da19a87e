import { z } from 'zod';
import { trajectory, turn } from '../../main/records/trajectory.ts';
import { call, stream } from '../rpc/frames.ts';

const folder = z.string().min(1).max(4096);
const id = z.string().regex(/^[0-9TZ-]{10,40}$/);
const image = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hexadecimal digits');

/** Who answers. */
const policy = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('local'), folder, adapter: folder.nullable(), provider: z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']), quantize: z.string().max(40) }),
  /** `key`: the name of a key, never the key. */
  z.strictObject({ kind: z.literal('endpoint'), url: z.string().max(2000), model: z.string().max(300), key: z.string().max(100) }),
]);

const question = z.strictObject({
  policy,
  question: z.string().min(1).max(20_000),
  images: z.array(image).max(8),
  task: z.enum(['coding', 'search']),
  direct: z.boolean(),
  code: z.boolean(),
  /** Name of a corpus, mini:SEED for the built-in task's; empty: searching is off. */
  corpus: z.string().max(64),
  prompts: z.string().min(1).max(300),
  temperature: z.number().min(0).max(2),
  maxNewTokens: z.int().min(1).max(100_000),
  steps: z.int().min(1).max(64),
  seed: z.int().min(0).max(2 ** 31 - 1),
});

const asked = z.object({ id, at: z.iso.datetime(), question: z.string(), images: z.array(z.string()), task: z.enum(['coding', 'search']), trajectory });
const row = z.object({ id, at: z.iso.datetime(), question: z.string(), images: z.array(z.string()), policy: z.string(), ending: z.string(), answer: z.string().nullable() });

const happening = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), label: z.string(), done: z.number(), total: z.number() }),
  z.object({ kind: z.literal('note'), text: z.string() }),
  z.object({ kind: z.literal('step'), step: z.int() }),
  z.object({ kind: z.literal('text'), piece: z.string() }),
  z.object({ kind: z.literal('turn'), turn }),
  z.object({ kind: z.literal('ended'), id, trajectory }),
]);

const example = z.strictObject({ title: z.string().min(1).max(80), asked: id });
const demo = z.strictObject({
  title: z.string().max(80),
  examples: z.array(example).max(12),
  /** Seconds without a touch after which the loop begins. */
  idleSeconds: z.int().min(5).max(3600),
  /** Asks a model anew; otherwise what is stored is replayed at reading speed. */
  live: z.boolean(),
});

export const playgroundContract = {
  /** What can be chosen: models and adapters that are known, prompt sets, corpora. */
  'playground.choices': call(z.undefined(), z.object({
    models: z.array(z.object({ folder: z.string(), name: z.string(), prompts: z.string() })),
    adapters: z.array(z.object({ folder: z.string(), name: z.string(), base: z.string().nullable() })),
    prompts: z.array(z.string()),
    corpora: z.array(z.string()),
  })),
  /** An image that was dropped, kept by its hash. */
  'playground.keepImage': call(z.strictObject({ upload: z.string().min(1).max(4096) }), z.object({ reference: z.string(), width: z.int(), height: z.int() })),
  /** A question of the built-in task that no split holds, with its image; `corpus` searches in its passages. */
  'playground.example': call(z.strictObject({ number: z.int().min(0).max(1_000_000) }), z.object({ question: z.string(), images: z.array(z.string()), task: z.enum(['coding', 'search']), answers: z.array(z.string()), corpus: z.string() })),
  /** One episode as it happens; cancelling the stream interrupts it. */
  'playground.ask': stream(question, happening),
  /** The user's own code on an image, in the agent's sandbox. */
  'playground.runCode': call(z.strictObject({ code: z.string().max(200_000), image: image.nullable() }), z.object({ status: z.string(), stdout: z.string(), stderr: z.string(), ms: z.number(), outputs: z.array(z.object({ name: z.string(), image: z.string(), width: z.int(), height: z.int() })).readonly() })),
  'playground.list': call(z.strictObject({ limit: z.int().min(1).max(500) }), z.array(row)),
  'playground.get': call(z.strictObject({ id }), asked),
  'playground.remove': call(z.strictObject({ id }), z.null()),
  'playground.restore': call(z.strictObject({ id }), z.null()),
  /** Into a dataset, made where there is none of the name. */
  'playground.save': call(z.strictObject({ id, dataset: z.string().min(1).max(200), answers: z.array(z.string().max(2000)).max(20) }), z.object({ dataset: z.int(), ordinal: z.int() })),
  'playground.demo': call(z.undefined(), demo.extend({ locked: z.boolean() })),
  /** `pin`: null leaves it, '' takes it away. */
  'playground.setDemo': call(demo.extend({ pin: z.string().regex(/^\d{0,12}$/).nullable() }), z.null()),
  'playground.unlock': call(z.strictObject({ pin: z.string().max(12) }), z.object({ right: z.boolean(), waitSeconds: z.number() })),
  /** Lets go of the model that is loaded. */
  'playground.release': call(z.undefined(), z.null()),
} as const;

export type Question = z.infer<typeof question>;
export type Happening = z.infer<typeof happening>;
