import type { RawImage } from '../records/tools.ts';
import type { TextSimilarity } from './query.ts';

/** What rewards ask of the world, handed in as functions: so rewards stay functions of their arguments. */
export type RewardServices = {
  /** Decodes the image that a reference names. */
  readonly image: (reference: string) => Promise<RawImage>;
  /** Similarity of two texts by a sentence embedder, where one is set up. */
  readonly similarity?: TextSimilarity;
};
