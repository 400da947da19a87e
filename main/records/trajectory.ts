import { z } from 'zod';
import { action } from './action.ts';

const passage = z.strictObject({
  id: z.string(),
  title: z.string(),
  text: z.string(),
  /** Where it is from, for a page of the web. */
  url: z.string().exactOptional(),
  /** Higher is better; comparable within one result only. */
  score: z.number().exactOptional(),
});

const outputImage = z.strictObject({ name: z.string(), image: z.string(), width: z.int().positive(), height: z.int().positive() });

/** What the world answers to an action. Faults of the agent's own code are observations; faults of ours end an episode. */
export const observation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('information'), query: z.string(), passages: z.array(passage).readonly() }),
  z.strictObject({
    kind: z.literal('code'),
    /** `ok`, or how the sandbox ended the job: `exit 1`, `wall_timeout` … */
    status: z.string(),
    stdout: z.string(),
    stderr: z.string(),
    /** In the order in which they were written; the last one is the image that the agent sees next. */
    outputs: z.array(outputImage).readonly(),
    ms: z.number(),
  }),
  /** Words of the environment: a problem noted, a completion that is no action, a tool that is off. */
  z.strictObject({ kind: z.literal('notice'), text: z.string() }),
]);

/** Token ids of a turn, from a local policy. They are the truth: a conversation grows by ids, text is never encoded again. */
export const turnTokens = z.strictObject({
  /** Ids that came before the completion since the last one: the prompt, or what the world answered. Not trained on. */
  context: z.array(z.int().nonnegative()).readonly(),
  /** Ids that the policy sampled. */
  sampled: z.array(z.int().nonnegative()).readonly(),
  /** Log-probability of each sampled id under the sampler. */
  logprobs: z.array(z.number()).readonly(),
});

export const usage = z.strictObject({
  promptTokens: z.int().nonnegative(),
  completionTokens: z.int().nonnegative(),
  ms: z.number().nonnegative(),
  /** The server did not count: the numbers above are what could be seen of them. */
  uncounted: z.literal(true).exactOptional(),
  /** In US dollars, where the policy has a price. */
  cost: z.number().nonnegative().exactOptional(),
});

export const turn = z.strictObject({
  completion: z.string(),
  finishReason: z.enum(['stop', 'length']),
  action,
  /** Nothing after the last turn. */
  observation: observation.nullable(),
  usage,
  tokens: turnTokens.exactOptional(),
});

/** How an episode ended. `invalid` is our own failure: such an episode has no reward, not a reward of 0. */
export const ending = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answered'), answer: z.string() }),
  z.strictObject({ kind: z.literal('stepLimit'), steps: z.int() }),
  z.strictObject({ kind: z.literal('tokenLimit'), tokens: z.int() }),
  z.strictObject({ kind: z.literal('timeLimit'), ms: z.number() }),
  z.strictObject({ kind: z.literal('invalid'), where: z.enum(['policy', 'sandbox', 'search', 'data']), reason: z.string() }),
]);

/** One episode: a sample, and what a policy and the world said until it ended. */
export const trajectory = z.strictObject({
  version: z.literal(1),
  sample: z.string(),
  policy: z.string(),
  protocol: z.string(),
  mode: z.enum(['agent', 'direct', 'step']),
  seed: z.int().nonnegative(),
  turns: z.array(turn).readonly(),
  ending,
  startedAt: z.iso.datetime(),
  ms: z.number().nonnegative(),
});

export type Passage = Readonly<z.infer<typeof passage>>;
export type Observation = Readonly<z.infer<typeof observation>>;
export type TurnTokens = Readonly<z.infer<typeof turnTokens>>;
export type Usage = Readonly<z.infer<typeof usage>>;
export type Turn = Readonly<z.infer<typeof turn>>;
export type Ending = Readonly<z.infer<typeof ending>>;
export type Trajectory = Readonly<z.infer<typeof trajectory>>;
