import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readModelConfig } from '../../../../main/model/folder/config.ts';
import { expectedTensors } from '../../../../main/model/folder/expected-tensors.ts';
import { openSafetensors } from '../../../../main/model/folder/safetensors.ts';
import { writeSafetensors } from '../../../../main/model/folder/safetensors-writer.ts';
import type { TensorToWrite } from '../../../../main/model/folder/safetensors-writer.ts';
import { openWeights } from '../../../../main/model/folder/weights.ts';
import type { Weights } from '../../../../main/model/folder/weights.ts';
import { editHeader, editJson, expectInputError, makeFolder, SIZES } from './make-folder.ts';

const SHARD_1 = 'model-00001-of-00002.safetensors';
const SHARD_2 = 'model-00002-of-00002.safetensors';
const INDEX = 'model.safetensors.index.json';

const open = (folder: string): Weights => openWeights(folder, readModelConfig(folder));

/** Writes the one weight file of a folder again, each tensor changed. */
function rewrite(folder: string, change: (tensor: TensorToWrite) => TensorToWrite | readonly TensorToWrite[]): void {
  const name = path.join(folder, 'model.safetensors');
  const file = openSafetensors(name);
  const tensors = [...file.tensors].map(([tensor, { shape }]) => ({ name: tensor, dtype: 'BF16' as const, shape, values: () => [file.readFloat32(tensor)] }));
  writeSafetensors(name, tensors.flatMap(change));
  file.close();
}

/** All values by canonical name. */
function allValues(folder: string): ReadonlyMap<string, Float32Array> {
  const weights = open(folder);
  onTestFinished(weights.close);
  return new Map([...expectedTensors(readModelConfig(folder)).keys()].map((name) => [name, weights.readFloat32(name)]));
}

describe('openWeights', () => {
  test('shards with an index, one file, and the newer names hold the same model', () => {
    const sharded = allValues(makeFolder());
    expect(sharded.size).toBe(1 + 12 * SIZES.layers + 1 + 1 + 1 + 12 * SIZES.vision.depth + 5);
    expect(allValues(makeFolder({}, { layout: 'flat', shards: 1 }))).toEqual(sharded);
    const nested = makeFolder({}, { layout: 'nested', shards: 3 });
    expect(readdirSync(nested).filter((name) => name.endsWith('.safetensors'))).toHaveLength(3);
    expect(allValues(nested)).toEqual(sharded);
  });

  test('names with language_model in front, and a head there', () => {
    const folder = makeFolder({}, { layout: 'flat', shards: 1 });
    const before = allValues(folder);
    rewrite(folder, (tensor) => ({ ...tensor, name: tensor.name.replace(/^(model|lm_head)\./, 'language_model.$1.') }));
    expect(allValues(folder)).toEqual(before);
  });

  test('float16 and float32 as well as bfloat16', () => {
    const folder = makeFolder({}, { layout: 'flat', shards: 1 });
    const before = allValues(folder).get('model.norm.weight');
    rewrite(folder, (tensor) => ({ ...tensor, dtype: tensor.name.startsWith('visual.') ? 'F16' : 'F32' }));
    const weights = open(folder);
    expect(weights.dtypeOf('model.norm.weight')).toBe('F32');
    expect(weights.dtypeOf('visual.merger.ln_q.weight')).toBe('F16');
    expect(weights.readFloat32('model.norm.weight')).toEqual(before);
    weights.close();
  });

  test('rows are a part of the matrix', () => {
    const weights = open(makeFolder());
    const whole = weights.readFloat32('model.embed_tokens.weight');
    expect(weights.readRows('model.embed_tokens.weight', 300, 20)).toEqual(whole.subarray(300 * SIZES.hiddenSize));
    expect(() => weights.readRows('model.embed_tokens.weight', 300, 21)).toThrow('rows 300 to 321 of 320');
    expect(() => weights.readFloat32('model.layers.2.mlp.up_proj.weight')).toThrow('no tensor model.layers.2');
    weights.close();
  });

  test('a tied model has no head; a head stored all the same is no surplus, other tensors are', () => {
    const folder = makeFolder({ tiedHead: true }, { layout: 'flat', shards: 1 });
    const head = { name: 'lm_head.weight', dtype: 'BF16' as const, shape: [320, 48], values: () => [new Float32Array(320 * 48)] };
    const frequencies = { name: 'model.rotary_emb.inv_freq', dtype: 'F32' as const, shape: [4], values: () => [new Float32Array(4)] };
    rewrite(folder, (tensor) => (tensor.name === 'model.norm.weight' ? [tensor, head, frequencies] : tensor));
    const weights = open(folder);
    expect(weights.surplus).toEqual(['model.rotary_emb.inv_freq']);
    expect(() => weights.readFloat32('lm_head.weight')).toThrow('no tensor lm_head.weight');
    weights.close();
  });

  test('model.safetensors counts where there is an index too, as in Transformers', () => {
    const folder = makeFolder({}, { layout: 'flat', shards: 1 });
    writeFileSync(path.join(folder, INDEX), '{"weight_map": {"model.norm.weight": "gone.safetensors"}}');
    expect(() => open(folder).close()).not.toThrow();
  });
});

describe('openWeights refuses', () => {
  test('a missing shard', () => {
    const folder = makeFolder();
    rmSync(path.join(folder, SHARD_2));
    expectInputError(() => open(folder), { thing: [path.join(folder, SHARD_2)], expected: 'a shard with', found: 'no such file' });
  });

  test('a truncated shard', () => {
    const folder = makeFolder();
    const shard = path.join(folder, SHARD_2);
    const bytes = readFileSync(shard).length;
    truncateSync(shard, bytes - 1);
    expectInputError(() => open(folder), { thing: [shard, 'tensor visual.merger.mlp.2.bias'], expected: `to ${bytes} of the file`, found: `${bytes - 1} bytes: it is truncated` });
  });

  test('an index that names a tensor which no shard has', () => {
    const folder = makeFolder();
    editJson(folder, INDEX, (index) => (index['weight_map']['model.layers.2.input_layernorm.weight'] = SHARD_2));
    expectInputError(() => open(folder), { thing: [INDEX, 'tensor model.layers.2.input_layernorm.weight'], expected: SHARD_2, found: 'not this one' });
  });

  test('an index that leads out of the folder, or is none', () => {
    const folder = makeFolder();
    editJson(folder, INDEX, (index) => (index['weight_map']['model.norm.weight'] = '../other.safetensors'));
    expectInputError(() => open(folder), { thing: [INDEX, 'tensor model.norm.weight'], expected: 'same folder', found: '../other.safetensors' });
    writeFileSync(path.join(folder, INDEX), '{"weight_map": [1]}');
    expectInputError(() => open(folder), { thing: [INDEX], expected: 'weight_map', found: 'not an object' });
  });

  test('a header length that lies, overlapping offsets', () => {
    const lying = makeFolder();
    const bytes = readFileSync(path.join(lying, SHARD_1));
    bytes.writeBigUInt64LE(BigInt(bytes.length), 0);
    writeFileSync(path.join(lying, SHARD_1), bytes);
    expectInputError(() => open(lying), { thing: [SHARD_1], expected: `a header of ${bytes.length} bytes`, found: `a file of ${bytes.length} bytes` });

    const overlapping = makeFolder();
    editHeader(path.join(overlapping, SHARD_1), (header) => {
      const { data_offsets: offsets } = header['model.layers.0.input_layernorm.weight'];
      header['model.layers.0.input_layernorm.weight'].data_offsets = [offsets[0] - 2, offsets[1] - 2];
    });
    expectInputError(() => open(overlapping), { thing: [SHARD_1, 'tensor model.layers.0.input_layernorm.weight'], expected: 'where tensor model.embed_tokens.weight ends', found: 'overlap' });
  });

  test('a missing tensor', () => {
    const folder = makeFolder({}, { layout: 'flat', shards: 1 });
    rewrite(folder, (tensor) => (tensor.name.startsWith('visual.blocks.2.norm') ? [] : tensor));
    expectInputError(() => open(folder), { thing: [folder, 'tensor visual.blocks.2.norm1.weight'], expected: 'shape [32]', found: '2 tensors are missing' });
  });

  test('an untied model without a head', () => {
    const folder = makeFolder({ tiedHead: true });
    editJson(folder, 'config.json', (config) => (config['tie_word_embeddings'] = false));
    expectInputError(() => open(folder), { thing: [folder, 'tensor lm_head.weight'], expected: 'shape [320, 48]', found: 'none of that name' });
  });

  test('a wrong shape', () => {
    const folder = makeFolder();
    editJson(folder, 'config.json', (config) => (config['intermediate_size'] = 96));
    expectInputError(() => open(folder), { thing: [SHARD_1, 'tensor model.layers.0.mlp.gate_proj.weight'], expected: 'shape [96, 48]', found: '[80, 48]' });
  });

  test('the same numbers in another shape', () => {
    const folder = makeFolder();
    editHeader(path.join(folder, SHARD_1), (header) => header['model.layers.0.mlp.up_proj.weight'].shape.reverse());
    expectInputError(() => open(folder), { thing: [SHARD_1, 'tensor model.layers.0.mlp.up_proj.weight'], expected: 'shape [80, 48]', found: '[48, 80]' });
  });

  test.each([352, 308])('a vocabulary of %i where the weights have 320 rows', (vocabSize) => {
    const folder = makeFolder();
    editJson(folder, 'config.json', (config) => (config['vocab_size'] = vocabSize));
    expectInputError(() => open(folder), { thing: [SHARD_1, 'tensor model.embed_tokens.weight'], expected: `shape [${vocabSize}, 48]`, found: '[320, 48]' });
    expect(() => open(folder)).toThrow('Set vocab_size in config.json to 320');
  });

  test('a dtype that is no weight’s', () => {
    const folder = makeFolder();
    editHeader(path.join(folder, SHARD_1), (header) => (header['model.layers.1.self_attn.q_proj.weight'].dtype = 'I16'));
    expectInputError(() => open(folder), { thing: [SHARD_1, 'tensor model.layers.1.self_attn.q_proj.weight'], expected: 'BF16, F16 or F32', found: 'I16' });
  });

  test('a tensor under two names', () => {
    const folder = makeFolder({}, { layout: 'flat', shards: 1 });
    rewrite(folder, (tensor) => (tensor.name === 'model.norm.weight' ? [tensor, { ...tensor, name: 'model.language_model.norm.weight' }] : tensor));
    expectInputError(() => open(folder), { thing: ['model.safetensors', 'tensor model.language_model.norm.weight'], expected: 'one tensor that is model.norm.weight', found: 'tensor model.norm.weight' });
  });

  test('a folder without weights, and one whose weights are of another kind', () => {
    const folder = makeFolder({}, { layout: 'flat', shards: 1 });
    renameSync(path.join(folder, 'model.safetensors'), path.join(folder, 'pytorch_model.bin'));
    expectInputError(() => open(folder), { thing: [folder], expected: 'model.safetensors', found: 'pytorch_model.bin' });
    rmSync(path.join(folder, 'pytorch_model.bin'));
    expectInputError(() => open(folder), { thing: [folder], expected: INDEX, found: 'no weight files' });
  });

  test('NaN and infinite weights, naming the first', () => {
    const folder = makeFolder({}, { layout: 'flat', shards: 1 });
    rewrite(folder, (tensor) => ({
      ...tensor,
      values: () => [...tensor.values()].map((values) => {
        if (tensor.name === 'visual.blocks.1.attn.qkv.weight') values[32 * 5 + 3] = values[32 * 6] = NaN;
        if (tensor.name === 'model.embed_tokens.weight') values[48 * 10 + 1] = -Infinity;
        return values;
      }),
    }));
    const weights = open(folder);
    const expected = 'finite numbers';
    expectInputError(() => weights.readFloat32('visual.blocks.1.attn.qkv.weight'), { thing: ['model.safetensors', 'tensor visual.blocks.1.attn.qkv.weight'], expected, found: 'NaN at index 163' });
    expectInputError(() => weights.readRows('model.embed_tokens.weight', 9, 3), { thing: ['tensor model.embed_tokens.weight'], expected, found: '-Infinity at index 481' });
    expect(weights.readRows('model.embed_tokens.weight', 11, 3)).toHaveLength(3 * 48);
    weights.close();
  });

  test('a folder and a shard without permission', () => {
    const folder = makeFolder();
    const config = readModelConfig(folder);
    chmodSync(folder, 0o755);
    chmodSync(path.join(folder, SHARD_1), 0o000);
    expectInputError(() => withoutPrivileges(() => openWeights(folder, config)), { thing: [path.join(folder, SHARD_1)], expected: 'can be read', found: 'no permission (EACCES)' });
    chmodSync(folder, 0o000);
    expectInputError(() => withoutPrivileges(() => openWeights(folder, config)), { thing: [folder], expected: 'a model folder that can be read', found: 'no permission (EACCES)' });
    expectInputError(() => withoutPrivileges(() => readModelConfig(folder)), { thing: ['config.json'], expected: 'can be read', found: 'no permission (EACCES)' });
    chmodSync(folder, 0o755);
  });

  test.skipIf(process.platform !== 'linux')('and leaves no file open', () => {
    const openFiles = (): number => readdirSync('/proc/self/fd').length;
    const folder = makeFolder();
    editJson(folder, 'config.json', (config) => (config['intermediate_size'] = 96));
    const config = readModelConfig(folder);
    const before = openFiles();
    for (let i = 0; i < 5; i++) expect(() => openWeights(folder, config)).toThrow();
    rmSync(path.join(folder, SHARD_2));
    for (let i = 0; i < 5; i++) expect(() => openWeights(folder, config)).toThrow();
    expect(openFiles()).toBe(before);
  });
});

/** Runs as the user "nobody" where the tests run as root, whom permissions do not stop. */
function withoutPrivileges<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid!(65534);
  try {
    return run();
  } finally {
    process.seteuid!(0);
  }
}
