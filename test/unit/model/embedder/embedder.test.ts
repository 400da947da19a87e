import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cosine, openEmbedder } from '../../../../main/model/embedder/embedder.ts';
import { InputError } from '../../../../main/records/input-error.ts';
import { Runtime } from '../../../../main/runtime/session.ts';
import { temporaryFolder } from '../folder/make-folder.ts';
import { referenceEmbedding } from './reference-bert.ts';
import { type Tensors, randomTensors, sizes, vocabulary, writeTinyBert } from './tiny-bert.ts';

const runtime = new Runtime({ provider: 'cpu', threads: 1 });
afterAll(() => runtime.release());
const tensors = randomTensors(1);

function folderWith(changes: Parameters<typeof writeTinyBert>[2] = {}, weights: Tensors = tensors): string {
  const folder = temporaryFolder();
  writeTinyBert(folder, weights, changes);
  return folder;
}

/** Ids of words of the vocabulary between [CLS] and [SEP]. */
const idsOf = (...pieces: readonly string[]): readonly number[] => ['[CLS]', ...pieces, '[SEP]'].map((piece) => vocabulary.indexOf(piece));

const texts: readonly (readonly [text: string, ids: readonly number[]])[] = [
  ['The Night Watch', idsOf('the', 'night', 'watch')],
  ['', idsOf()],
  ['museums of Tokyo', idsOf('museum', '##s', 'of', 'tokyo')],
  ['tokyo', idsOf('tokyo')],
  ['zürich', idsOf('[UNK]')],
  // Ten positions: [CLS], eight tokens, [SEP].
  ['the night watch of the night watch of the night watch', idsOf('the', 'night', 'watch', 'of', 'the', 'night', 'watch', 'of')],
];

describe('the embedder', () => {
  test('tokenises, and cuts a text at the limit before its closing token', async () => {
    const embedder = await openEmbedder(folderWith(), runtime);
    expect(texts.map(([text]) => embedder.tokenize(text))).toEqual(texts.map(([, ids]) => ids));
    expect(embedder.dimensions).toBe(sizes.hidden);
  });

  test('gives the embeddings of a forward pass in double precision, whatever else is in the batch', async () => {
    const embedder = await openEmbedder(folderWith(), runtime);
    // More than one batch, long and short mixed, in an order of their own.
    const many = Array.from({ length: 70 }, (_, i) => texts[(i * 5) % texts.length] as (typeof texts)[number]);
    const found = await embedder.embed(many.map(([text]) => text));
    expect(found.length).toBe(70);
    for (const [i, [, ids]] of many.entries()) {
      const expected = referenceEmbedding(tensors, ids);
      const worst = Math.max(...expected.map((x, d) => Math.abs(x - (found[i]?.[d] as number))));
      expect(worst).toBeLessThan(2e-6);
      expect(cosine(found[i] as Float32Array, found[i] as Float32Array)).toBeCloseTo(1, 6);
    }
    expect(await embedder.embed([])).toEqual([]);
  });

  test('takes the weights of a model with a head, whose names begin with bert.', async () => {
    const prefixed = new Map([...tensors].map(([name, tensor]) => [`bert.${name}`, tensor]));
    const [plain, withHead] = await Promise.all([folderWith(), folderWith({}, prefixed)].map(async (folder) => (await openEmbedder(folder, runtime)).embed(['the museum'])));
    expect(withHead).toEqual(plain);
  });

  test('compares only vectors of one size', () => {
    expect(cosine(Float32Array.of(0.6, 0.8), Float32Array.of(1, 0))).toBeCloseTo(0.6, 6);
    expect(() => cosine(new Float32Array(3), new Float32Array(2))).toThrow('vectors of 3 and 2 numbers have no cosine');
  });
});

describe('the embedder refuses', () => {
  const word = 'embeddings.word_embeddings.weight';
  const without = (name: string): Tensors => new Map([...tensors].filter(([each]) => each !== name));
  const withTensor = (name: string, shape: readonly number[], value: number): Tensors =>
    new Map(tensors).set(name, { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) });
  const cases: Readonly<Record<string, readonly [folder: () => string, message: RegExp]>> = {
    'another architecture': [() => folderWith({ config: { model_type: 'qwen2_5_vl' } }), /config\.json: field model_type: expected .*"bert".*, found "qwen2_5_vl"/],
    'another activation': [() => folderWith({ config: { hidden_act: 'relu' } }), /config\.json: field hidden_act: expected .*"gelu".*, found "relu"/],
    'a config without a field': [() => folderWith({ config: { num_attention_heads: undefined } }), /config\.json: field num_attention_heads: .*found nothing/],
    'heads that do not divide the width': [() => folderWith({ config: { num_attention_heads: 5 } }), /field hidden_size: expected a multiple of num_attention_heads \(5\), found 12/],
    'a missing tensor': [() => folderWith({}, without('encoder.layer.1.output.dense.bias')), /tensor encoder\.layer\.1\.output\.dense\.bias: expected shape \[12\].*found no such tensor/],
    'a tensor of another size': [() => folderWith({ config: { intermediate_size: 24 } }), /tensor encoder\.layer\.0\.intermediate\.dense\.weight: expected shape \[24, 12\].*found \[20, 12\]/],
    'weights that are not finite': [() => folderWith({}, withTensor(word, [vocabulary.length, 12], Number.NaN)), /tensor embeddings\.word_embeddings\.weight: expected finite numbers, found NaN at index 0/],
    'a tokenizer of another kind': [() => folderWith({ tokenizer: { model: { type: 'BPE', vocab: {}, merges: [] } } }), /tokenizer\.json: field model\.type: expected WordPiece, found BPE/],
    'a folder without weights': [() => {
      const folder = folderWith();
      rmSync(path.join(folder, 'model.safetensors'));
      return folder;
    }, /model\.safetensors: .*no such file or folder/],
  };

  test.each(Object.entries(cases))('%s', async (_, [folder, message]) => {
    const opened = openEmbedder(folder(), runtime);
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(message);
  });

  test('a token without an embedding', async () => {
    const small = withTensor(word, [vocabulary.length - 1, 12], 0.1);
    const embedder = await openEmbedder(folderWith({ config: { vocab_size: vocabulary.length - 1 } }, small), runtime);
    await expect(embedder.embed(['tokyo'])).rejects.toThrow(/tokenizer\.json: expected token ids below 10, the vocab_size of config\.json, found 10 for "tokyo"/);
    await expect(embedder.embed(['the'])).resolves.toHaveLength(1);
  });
});
