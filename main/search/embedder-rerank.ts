import { type Embedder, cosine } from '../model/embedder/embedder.ts';
import type { Rerank } from './open.ts';

/** Orders passages by the cosine of their embedding and the query's. */
export const embedderRerank = (embedder: Embedder): Rerank =>
  async (query, passages) => {
    const [asked, ...found] = await embedder.embed([query.slice(0, 2000), ...passages.map(({ title, text }) => `${title}\n${text}`.trim())]);
    return found.map((vector) => cosine(asked as Float32Array, vector));
  };
