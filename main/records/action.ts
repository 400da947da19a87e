import { z } from 'zod';

/** Why a completion is not exactly one action of the protocol. */
export const invalidReasons = [
  'empty', // nothing, or white space only
  'too-long', // more text than the parser reads
  'no-action', // no tag of an action
  'missing-think', // an action that no <think>…</think> precedes
  'several-thinks',
  'empty-think',
  'unclosed', // a tag is opened and not closed, or closed and not opened
  'nested', // a tag inside another
  'several-actions',
  'text-between', // text before <think>, or between it and the action
  'text-after',
  'empty-action',
  'bad-call', // a tool call that is no JSON, or names no tool
] as const;

export type InvalidReason = (typeof invalidReasons)[number];

const thought = { think: z.string() };

/** What an agent does in one turn (Visual-ARFT, section 4.1). */
export const action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('search'), ...thought, query: z.string() }),
  z.strictObject({ kind: z.literal('code'), ...thought, code: z.string() }),
  /** What is wrong with the image: names as the agent wrote them, in its order. */
  z.strictObject({ kind: z.literal('problem'), ...thought, issues: z.array(z.string()).readonly() }),
  z.strictObject({ kind: z.literal('answer'), ...thought, answer: z.string() }),
  z.strictObject({ kind: z.literal('invalid'), reason: z.enum(invalidReasons), detail: z.string() }),
]);

export type Action = Readonly<z.infer<typeof action>>;
