import { z } from 'zod';

/** One part of what a trajectory earned, before its weight. */
export const rewardPart = z.strictObject({ name: z.string(), value: z.number(), weight: z.number(), detail: z.string().exactOptional() });

/** The parts and their weighted sum. */
export const reward = z.strictObject({ total: z.number(), parts: z.array(rewardPart).readonly() });

/** How a prediction compares with the gold answers, each in 0…1. */
export const score = z.strictObject({ f1: z.number().min(0).max(1), em: z.number().min(0).max(1) });

export type RewardPart = Readonly<z.infer<typeof rewardPart>>;
export type Reward = Readonly<z.infer<typeof reward>>;
export type Score = Readonly<z.infer<typeof score>>;
