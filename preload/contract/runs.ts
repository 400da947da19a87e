import { z } from 'zod';
import { call } from '../rpc/frames.ts';

const name = z.string().min(1).max(200);

export const runsContract = {
  /** After the present step with a checkpoint, or at once with the last one kept. Answers when the run has stopped. */
  'runs.stop': call(z.object({ run: name, now: z.boolean() }), z.object({ checkpoint: z.int().nullable() })),
} as const;
