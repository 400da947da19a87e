import { z } from 'zod';

/** Why a job did not end by itself. */
const endings = ['seccomp_kill', 'cpu_limit', 'killed_oom', 'wall_timeout', 'output_flood', 'disk_flood', 'setup_failed', 'cancelled'] as const;

/** What the zygote says when it can take jobs. */
export const greeting = z.strictObject({
  tier: z.enum(['L1', 'L2', 'L3', 'macOS', 'Windows']),
  /** Version of Landlock's interface; 0 where there is none. */
  landlock: z.int().nonnegative(),
  versions: z.record(z.string(), z.string()),
});

/** How a job ended. */
export const facts = z.strictObject({
  ended: z.enum(endings).nullable(),
  /** Words of our own set-up, where it failed. */
  reason: z.string(),
  exit: z.int().nullable(),
  signal: z.int().nullable(),
  ms: z.number().nonnegative(),
  output_bytes: z.int().nonnegative(),
  error_bytes: z.int().nonnegative(),
  result_bytes: z.int().nonnegative(),
  /** Whether the result lies in the outbox; where that is full it comes behind the captured streams. */
  result_in_outbox: z.boolean(),
});

export type Greeting = z.infer<typeof greeting>;
export type Facts = z.infer<typeof facts>;

/** `ok`, `exit N`, `signal N`, or one of the endings above. */
export function statusOf({ ended, exit, signal }: Pick<Facts, 'ended' | 'exit' | 'signal'>): string {
  if (ended !== null) return ended;
  if (signal === badSystemCall) return 'seccomp_kill';
  if (signal !== null) return `signal ${signal}`;
  return exit === 0 ? 'ok' : `exit ${exit}`;
}

// SIGSYS on every architecture of Linux that is served.
const badSystemCall = 31;
