import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readModelConfig } from '../../../../main/model/folder/config.ts';
import { openWeights } from '../../../../main/model/folder/weights.ts';
import { modelIdentity, textMatrices, textVectors } from '../../../../main/model/quantize/model-matrices.ts';
import { goldenFolder } from '../../../golden/folder.ts';

const work = mkdtempSync(path.join(os.tmpdir(), 'arft-matrices-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const source = path.join(goldenFolder(), 'model');
const config = readModelConfig(source);
const { layers, hiddenSize, vocabSize, tiedHead, intermediateSize, kvHeads, headDim } = config.text;

test('the matrices are seven of each layer and the head, which may be the embedding', () => {
  const weights = openWeights(source, config);
  const matrices = new Map(textMatrices(config, weights.readRows).map((matrix) => [matrix.name, matrix]));
  expect(matrices.size).toBe(7 * layers + 1);
  expect(matrices.get('model.layers.0.self_attn.k_proj.weight')).toMatchObject({ rows: kvHeads * headDim, columns: hiddenSize });
  expect(matrices.get('model.layers.0.mlp.down_proj.weight')).toMatchObject({ rows: hiddenSize, columns: intermediateSize });
  const head = matrices.get('lm_head.weight')!;
  expect(head).toMatchObject({ rows: vocabSize, columns: hiddenSize });
  expect(head.read(3, 2)).toEqual(weights.readRows(tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight', 3, 2));
  const target = new Float32Array(2 * hiddenSize);
  expect(head.read(3, 2, target)).toBe(target);
  weights.close();
});

test('the vectors are two norms and three biases of each layer and the last norm, none of the vision tower', () => {
  const weights = openWeights(source, config);
  const vectors = textVectors(config, (name) => weights.readFloat32(name));
  expect(vectors).toHaveLength(5 * layers + 1);
  for (const { name, size, read } of vectors) {
    expect(name).toMatch(/^model\.(layers|norm)/);
    expect(read()).toHaveLength(size);
  }
  weights.close();
});

/** Identity of a copy of the model after a change to it that keeps every file's time. */
function identityAfter(change: (folder: string, shard: string) => void): readonly string[] {
  const folder = mkdtempSync(path.join(work, 'model-'));
  cpSync(source, folder, { recursive: true, preserveTimestamps: true });
  const weights = openWeights(folder, config);
  const shard = weights.files[0]!;
  const { atime, mtime } = statSync(shard);
  change(folder, shard);
  utimesSync(shard, atime, mtime);
  const identity = modelIdentity(folder, weights);
  weights.close();
  return identity;
}

function changeByte(file: string, place: (length: number) => number): void {
  const bytes = readFileSync(file);
  bytes[place(bytes.length)]! ^= 1;
  writeFileSync(file, bytes);
}

const unchanged = identityAfter(() => {});
const headerBytes = (shard: string): number => 8 + Number(readFileSync(shard).readBigUInt64LE(0));

test('a copy of a model has its identity', () => {
  expect(identityAfter(() => {})).toEqual(unchanged);
});

test.each<[string, (folder: string, shard: string) => void]>([
  ['the config', (folder) => writeFileSync(path.join(folder, 'config.json'), `${readFileSync(path.join(folder, 'config.json'), 'utf8')}\n`)],
  ['a weight at the start of a shard', (_, shard) => changeByte(shard, () => headerBytes(shard) + 1)],
  ['a weight at the end of a shard', (_, shard) => changeByte(shard, (length) => length - 1)],
  ['the last byte of a header', (_, shard) => changeByte(shard, () => headerBytes(shard) - 1)],
  ['the size of a shard', (_, shard) => writeFileSync(shard, Buffer.concat([readFileSync(shard), Buffer.alloc(8)]))],
])('%s makes it another', (_, change) => {
  expect(identityAfter(change)).not.toEqual(unchanged);
});

test('the time of a shard makes it another', () => {
  const folder = mkdtempSync(path.join(work, 'model-'));
  cpSync(source, folder, { recursive: true, preserveTimestamps: true });
  const weights = openWeights(folder, config);
  const before = modelIdentity(folder, weights);
  utimesSync(weights.files[0]!, 1, 1);
  expect(modelIdentity(folder, weights)).not.toEqual(before);
  weights.close();
});
