import { z } from 'zod';
import { parseJson } from '../records/parse-json.ts';
import type { RunEvent } from '../records/run-events.ts';

// What is read of a run's log: the fields that lists, resumed runs and alarms look at. Only they are checked, since a line
// may be long and from another version.

const step = z.int().min(0);
const at = z.string();

const logLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), at, step, resumed: z.boolean(), changes: z.array(z.object({ key: z.string() })).optional(), parameters: z.number(), tools: z.object({ code: z.string(), search: z.string() }) }),
  z.object({ kind: z.literal('trajectory'), step }),
  z.object({ kind: z.literal('metrics'), step, metrics: z.object({ rewardMean: z.number().optional(), parts: z.record(z.string(), z.number()), toolUse: z.number(), zeroSpread: z.number(), entropy: z.number().optional(), seconds: z.object({ step: z.number() }) }) }),
  z.object({ kind: z.literal('supervised'), step, leftOut: z.array(z.object({ reason: z.string() })), metrics: z.object({ loss: z.number().optional(), entropy: z.number().optional(), tokens: z.number(), gradNorm: z.number().optional(), seconds: z.object({ step: z.number() }) }) }),
  z.object({ kind: z.literal('evaluation'), step, heldOut: z.object({ items: z.number(), f1: z.number(), em: z.number(), rightTool: z.number().optional() }), items: z.array(z.object({ id: z.string(), f1: z.number() })) }),
  z.object({ kind: z.literal('checkpoint'), step, best: z.boolean() }),
  z.object({ kind: z.literal('alarm'), step, name: z.string(), message: z.string() }),
  z.object({ kind: z.literal('stopped'), at, step, why: z.enum(['asked', 'now', 'alarm']) }),
  z.object({ kind: z.literal('finished'), at, step, seconds: z.number() }),
  z.object({ kind: z.literal('failed'), at, step, reason: z.string() }),
]);

/** The event of a line; undefined for one that a crash cut off, or that was changed from outside. */
export function readLogLine(text: string): RunEvent | undefined {
  const value = parseJson(text);
  return logLine.safeParse(value).success ? (value as RunEvent) : undefined;
}
