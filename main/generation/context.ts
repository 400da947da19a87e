import type { LanguageModel } from '../model/language-model.ts';
import { mropePositions, rotaryTables } from '../model/positions.ts';

/** Token ids to run through the model, and the features of the images whose places are among them. */
export type Passage = {
  readonly ids: readonly number[];
  /** For each image in order: its grid of patches and its features [tokens, hidden]. */
  readonly images: readonly { readonly grid: readonly [number, number, number]; readonly features: Float32Array }[];
};

/** A passage as the decoder takes it: embeddings with the images' features in place, and rotary tables. */
export type EmbeddedPassage = {
  readonly tokens: number;
  readonly x: Float32Array;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** Position of the token after the passage. */
  readonly nextPosition: number;
};

/** Embeds a passage that starts at a position of its conversation. */
export function embedPassage(model: LanguageModel, passage: Passage, start: number): EmbeddedPassage {
  const { text, vision, tokens } = model.config;
  const x = model.embed(passage.ids);
  const features = concatFeatures(passage);
  let taken = 0;
  for (const [i, id] of passage.ids.entries()) {
    if (id !== tokens.image) continue;
    x.set(features.subarray(taken, taken + text.hiddenSize), i * text.hiddenSize);
    taken += text.hiddenSize;
  }
  const { positions, next } = mropePositions(passage.ids, passage.images.map(({ grid }) => grid), { imageToken: tokens.image, mergeSize: vision.mergeSize }, start);
  return { tokens: passage.ids.length, x, ...rotaryTables(positions, text), nextPosition: next };
}

function concatFeatures({ images }: Passage): Float32Array {
  const all = new Float32Array(images.reduce((n, { features }) => n + features.length, 0));
  let at = 0;
  for (const { features } of images) {
    all.set(features, at);
    at += features.length;
  }
  return all;
}
