import { z } from 'zod';
import { parseJson } from '../../records/parse-json.ts';

// What the index takes from a line of a run's log. Only that is checked, since a line may be long and from another version.

const step = z.int().nonnegative();
const at = z.string();

const logEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('trajectory'),
    step,
    group: z.int(),
    member: z.int(),
    advantage: z.number().nullable(),
    reward: z.object({ total: z.number().nullable() }).nullable(),
    trajectory: z.object({
      sample: z.string(),
      ending: z.object({ kind: z.string() }),
      turns: z.array(z.object({ finishReason: z.string(), observation: z.object({ kind: z.string(), status: z.string().optional() }).nullable() })),
    }),
  }),
  z.object({ kind: z.literal('metrics'), step, metrics: z.record(z.string(), z.unknown()) }),
  z.object({ kind: z.literal('evaluation'), step, at: at.optional(), heldOut: z.record(z.string(), z.unknown()) }),
  z.object({ kind: z.literal('started'), step, at, resumed: z.boolean() }),
  z.object({ kind: z.literal('checkpoint'), step, at: at.optional(), folder: z.string(), best: z.boolean() }),
  z.object({ kind: z.literal('alarm'), step, at: at.optional(), name: z.string(), message: z.string() }),
  z.object({ kind: z.literal('stopped'), step, at, why: z.string() }),
  z.object({ kind: z.literal('finished'), step, at, seconds: z.number() }),
  z.object({ kind: z.literal('failed'), step, at, reason: z.string() }),
]);

export type LogEvent = Readonly<z.infer<typeof logEvent>>;
export type LoggedTrajectory = Extract<LogEvent, { kind: 'trajectory' }>;

/** The event of a line; nothing for a torn line, or one of a kind that is not known here. */
export const readLogEvent = (text: string): LogEvent | undefined => logEvent.safeParse(parseJson(text)).data;

/** Numbers by path: { seconds: { step: 2 } } is seconds.step = 2. What is no number (NaN is written as null) is no point. */
export function flatNumbers(value: Readonly<Record<string, unknown>>, prefix = ''): readonly (readonly [name: string, value: number])[] {
  return Object.entries(value).flatMap(([key, each]) => {
    if (typeof each === 'number' && Number.isFinite(each)) return [[prefix + key, each] as const];
    return typeof each === 'object' && each !== null && !Array.isArray(each) ? flatNumbers(each as Readonly<Record<string, unknown>>, `${prefix}${key}.`) : [];
  });
}

export type TrajectoryFlags = { readonly toolError: boolean; readonly truncated: boolean; readonly invalid: boolean };

export const flagsOf = ({ reward, trajectory: { ending, turns } }: LoggedTrajectory): TrajectoryFlags => ({
  toolError: turns.some(({ observation }) => observation?.kind === 'code' && observation.status !== 'ok'),
  truncated: ending.kind === 'tokenLimit' || turns.at(-1)?.finishReason === 'length',
  invalid: reward === null || ending.kind === 'invalid',
});
