import { z } from 'zod';
import { call } from '../rpc/frames.ts';

const id = z.int().min(1);

/** Runs that wait: the next begins when the one at work ends. */
export const queueContract = {
  'queue.list': call(z.undefined(), z.array(z.object({ id, title: z.string(), steps: z.int(), addedAt: z.string(), taken: z.boolean() })).readonly()),
  'queue.remove': call(z.strictObject({ id }), z.null()),
  'queue.move': call(z.strictObject({ id, to: z.int().min(0).max(10_000) }), z.null()),
} as const;
