import { z } from 'zod';
import { call, stream } from '../rpc/frames.ts';

/** Kinds of things that windows show; a change of one makes windows ask again. */
export const topics = ['runs', 'evaluations', 'datasets', 'models', 'settings', 'storage', 'machine', 'queue', 'playground', 'annotate'] as const;

const check = z.object({ id: z.string(), title: z.string(), status: z.enum(['ok', 'lacking', 'optional', 'unknown', 'elsewhere']), detail: z.string(), remedy: z.string().optional(), /** What the app can fetch by itself to mend it. */ fetch: z.enum(['cuda']).optional() });

const working = z.object({
  run: z.string(),
  step: z.int(),
  steps: z.int(),
  reward: z.number().nullable(),
  /** By the mean time of the last steps. */
  secondsLeft: z.number().nullable(),
});

export const appContract = {
  'app.info': call(z.undefined(), z.object({ version: z.string(), home: z.string(), platform: z.string(), process: z.int(), startedAt: z.iso.datetime(), /** What was done to the database when it was opened, in words. */ notes: z.array(z.string()) })),
  /** What the bar at the foot of the window says. Bytes. */
  /** `slept`: when nothing ran here the last time, for half a minute or more. */
  'app.status': call(z.undefined(), z.object({ memoryUsed: z.number(), memoryTotal: z.number(), diskFree: z.number(), engineMemory: z.number(), working: z.array(working), slept: z.object({ until: z.iso.datetime(), seconds: z.int() }).nullable() })),
  /** The checks of `arft doctor`; made once, and again on demand. */
  'app.machine': call(z.object({ again: z.boolean().default(false) }), z.array(check)),
  'app.changes': stream(z.undefined(), z.object({ topic: z.enum(topics), id: z.string().optional() })),
} as const;

export type Topic = (typeof topics)[number];
