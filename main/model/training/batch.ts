import type { PatchedImage } from '../vision-model.ts';

/** Token ids, with the images whose places are among them. */
export type TrainingPassage = { readonly ids: readonly number[]; readonly images: readonly PatchedImage[] };

/** A prompt and its continuations: what the policy wrote, and what tools answered, new images among it. */
export type TrainingBatch = {
  /** One token or more. */
  readonly prompt: TrainingPassage;
  readonly rows: readonly (TrainingPassage & {
    /** 1 for tokens that the policy wrote, which get a logprob; for each of ids. */
    readonly mask: ArrayLike<number>;
  })[];
};

/** One number for each token of the rows, row after row, 0 where the mask is 0: [tokens]. */
export type TokenValues = {
  readonly logprobs: Float32Array;
  /** Of the whole distribution before the token, in nats. */
  readonly entropies: Float32Array;
};
