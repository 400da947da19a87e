import type { objectives } from './objectives.ts';
import type { LossTotals } from './tokens.ts';

export const lossNames = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'gspo', 'luspo', 'sapo'] as const;

/** The losses by their names in the field. */
export type LossName = (typeof lossNames)[number];

/** What a token's share is divided by. */
export type DivisorInput = {
  readonly totals: LossTotals;
  /** Trained tokens of its completion, and of its batch. */
  readonly completionTokens: number;
  readonly batchTokens: number;
  readonly maxCompletionLength: number;
};

export type LossRule = {
  readonly objective: keyof typeof objectives;
  /** A ratio for each token, or one for a completion: the exponential of its mean log ratio (GSPO, arXiv 2507.18071, eq. 7). */
  readonly ratio: 'token' | 'sequence';
  readonly divisor: (input: DivisorInput) => number;
};

/** The mean over a completion's tokens, then over completions. */
const sequenceMean = ({ totals, completionTokens }: DivisorInput): number => totals.completions * Math.max(1, completionTokens);
/** The mean over all tokens of the step. */
const tokenMean = ({ totals }: DivisorInput): number => Math.max(1, totals.tokens);

export const lossTable: Readonly<Record<LossName, LossRule>> = {
  /** arXiv 2402.03300 */
  grpo: { objective: 'clipped', ratio: 'token', divisor: sequenceMean },
  /** The mean over the batch's tokens, then over batches, which are a step's groups: the one loss that depends on how a step is cut. */
  bnpo: { objective: 'clipped', ratio: 'token', divisor: ({ totals, batchTokens }) => totals.batches * Math.max(1, batchTokens) },
  /** A constant length, so that long and short completions weigh the same for each token (arXiv 2503.20783). */
  dr_grpo: { objective: 'clipped', ratio: 'token', divisor: ({ totals, maxCompletionLength }) => totals.completions * maxCompletionLength },
  /** arXiv 2503.14476 */
  dapo: { objective: 'clipped', ratio: 'token', divisor: tokenMean },
  /** arXiv 2506.13585 */
  cispo: { objective: 'weighted', ratio: 'token', divisor: tokenMean },
  /** arXiv 2507.18071 */
  gspo: { objective: 'clipped', ratio: 'sequence', divisor: sequenceMean },
  /** A completion weighs by its length (arXiv 2602.05261). */
  luspo: { objective: 'clipped', ratio: 'sequence', divisor: ({ totals }) => totals.completions },
  /** arXiv 2511.20347 */
  sapo: { objective: 'gated', ratio: 'token', divisor: sequenceMean },
};
