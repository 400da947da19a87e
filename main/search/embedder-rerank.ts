import { type Embedder, cosine } from '../model/embedder/embedder.ts';
import type { Rerank } from './open.ts';

/** Scores for passages: the cosine of each one's embedding and the query's, −1…1, in their order. Of a long query the first 2,000 characters count. */
export const embedderRerank = (embedder: Embedder): Rerank =>
  async (query, passages) => {
    const [asked, ...found] = await embedder.embed([query.slice(0, 2000), ...passages.map(({ title, text }) => `${title}\n${text}`.trim())]);
    return found.map((vector) => cosine(asked as Float32Array, vector));
  };
