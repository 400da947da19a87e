import { z } from 'zod';
import { reward, score } from '../../main/records/score.ts';
import { sample } from '../../main/records/sample.ts';
import { trajectory } from '../../main/records/trajectory.ts';
import { call } from '../rpc/frames.ts';

const run = z.string().min(1).max(200);
const whole = z.int().min(0).max(2 ** 31);
/** Steps are counted from 1. */
const step = z.int().min(1).max(2 ** 31);
const place = z.object({ run, step, group: whole, member: whole });

const row = z.object({
  step,
  group: z.int(),
  member: z.int(),
  /** The sample's id. */
  sample: z.string(),
  /** null: ended by a fault of ours. */
  reward: z.number().nullable(),
  advantage: z.number(),
  toolError: z.boolean(),
  zeroSpread: z.boolean(),
  truncated: z.boolean(),
  invalid: z.boolean(),
  /** Of its record. */
  bytes: z.number(),
});

/** Tokens of one writer, in columns. `texts` are what the ids spell; null where the model's vocabulary is not to be had. */
const tokens = z.object({ ids: z.array(z.int()), texts: z.array(z.string()).nullable() });

const { shape } = sample;

export const rolloutsContract = {
  /** Runs to choose from, the newest first. */
  'rollouts.runs': call(z.undefined(), z.array(z.object({ name: run, title: z.string(), status: z.enum(['running', 'stopped', 'finished', 'failed', 'interrupted']), step: z.int(), steps: z.int(), startedAt: z.string().nullable() }))),
  /** Steps that have trajectories, in order. */
  'rollouts.steps': call(z.object({ run }), z.object({
    steps: z.array(step),
    /** Whether the run learns nothing from episodes that were cut off. */
    maskTruncated: z.boolean(),
    /** Whether the run holds its policy against the reference. */
    measuresKl: z.boolean(),
  })),
  /** The trajectories of a step, by group and member, without their text. */
  'rollouts.step': call(z.object({ run, step }), z.array(row)),
  /** Every trajectory of a sample in the run, by step. */
  'rollouts.drawn': call(z.object({ run, sample: z.string().min(1).max(2000) }), z.array(row)),
  /** A whole trajectory, its tokens left out. */
  'rollouts.trajectory': call(place, z.object({
    /** null in logs that do not say it. */
    asked: z.object({ task: shape.task, question: shape.question, answers: shape.answers, images: shape.images, step: z.object({ kind: z.string(), context: z.string(), solution: z.string() }).optional() }).nullable(),
    trajectory,
    reward: reward.nullable(),
    advantage: z.number(),
    /** The answer against the gold ones, by the standard scorer; null where there is nothing to compare. */
    score: score.nullable(),
    hasTokens: z.boolean(),
    /** Whether the log has the divergence to the reference at its tokens. */
    hasKl: z.boolean(),
  })),
  /** The tokens of a trajectory: for each turn what came before the completion, and the completion. */
  'rollouts.tokens': call(place, z.object({
    /** The folder whose vocabulary spells the ids. */
    model: z.string(),
    /** Why there are no texts. */
    without: z.string().nullable(),
    turns: z.array(z.object({
      context: tokens,
      /** `kl`: to the reference at each token, k3 in nats; null where the log has none. */
      sampled: tokens.extend({ logprobs: z.array(z.number().nullable()), kl: z.array(z.number().nullable()).nullable() }),
    }).nullable()),
  })),
} as const;
