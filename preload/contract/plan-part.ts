import { z } from 'zod';

/** A part of the memory that a plan adds up, with what it serves. */
export const planPart = z.object({ name: z.string(), kind: z.enum(['weights', 'trained', 'caches', 'activations', 'programs']), bytes: z.number().min(0) });

export type PlanPart = z.infer<typeof planPart>;
