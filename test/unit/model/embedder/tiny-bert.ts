import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { RandomStream } from '../../../../main/generation/random.ts';
import { writeSafetensors } from '../../../../main/model/folder/safetensors-writer.ts';

export const sizes = { hidden: 12, layers: 2, heads: 3, wide: 20, positions: 10, types: 2, epsilon: 1e-12 };

/** [PAD], [UNK], [CLS] and [SEP] come first; a piece with ## continues a word. */
export const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'the', 'night', 'watch', 'museum', '##s', 'of', 'tokyo'];

export type Tensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

/** Random weights under the names and in the shapes of a checkpoint. */
export function randomTensors(seed: number): Tensors {
  const { hidden, layers, wide, positions, types } = sizes;
  const random = new RandomStream(seed, 0);
  const tensors = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  const add = (name: string, shape: readonly number[], centre = 0): void => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => centre + random.next() - 0.5);
    tensors.set(name, { shape, values });
  };
  const linear = (name: string, inputs: number, outputs: number): void => {
    add(`${name}.weight`, [outputs, inputs]);
    add(`${name}.bias`, [outputs]);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [hidden], 1);
    add(`${name}.bias`, [hidden]);
  };
  add('embeddings.word_embeddings.weight', [vocabulary.length, hidden]);
  add('embeddings.position_embeddings.weight', [positions, hidden]);
  add('embeddings.token_type_embeddings.weight', [types, hidden]);
  norm('embeddings.LayerNorm');
  for (let i = 0; i < layers; i++) {
    for (const part of ['query', 'key', 'value']) linear(`encoder.layer.${i}.attention.self.${part}`, hidden, hidden);
    linear(`encoder.layer.${i}.attention.output.dense`, hidden, hidden);
    norm(`encoder.layer.${i}.attention.output.LayerNorm`);
    linear(`encoder.layer.${i}.intermediate.dense`, hidden, wide);
    linear(`encoder.layer.${i}.output.dense`, wide, hidden);
    norm(`encoder.layer.${i}.output.LayerNorm`);
  }
  return tensors;
}

export const config = {
  model_type: 'bert', architectures: ['BertModel'], hidden_act: 'gelu', hidden_size: sizes.hidden, num_hidden_layers: sizes.layers, num_attention_heads: sizes.heads,
  intermediate_size: sizes.wide, vocab_size: vocabulary.length, max_position_embeddings: sizes.positions, type_vocab_size: sizes.types, layer_norm_eps: sizes.epsilon,
};

/** A Hugging Face folder of the model; what is given takes the place of the file's content. */
export function writeTinyBert(folder: string, tensors: Tensors, changes: { readonly config?: object; readonly tokenizer?: object } = {}): void {
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, ...changes.config }));
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...tokenizer(), ...changes.tokenizer }));
  writeSafetensors(path.join(folder, 'model.safetensors'), [...tensors].map(([name, { shape, values }]) => ({ name, dtype: 'F32', shape, values: () => [values] })));
}

function tokenizer(): object {
  const special = ['[CLS]', '[SEP]'].map((token) => [token, { id: token, ids: [vocabulary.indexOf(token)], tokens: [token] }] as const);
  const template = [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }];
  return {
    version: '1.0', truncation: null, padding: null,
    added_tokens: vocabulary.slice(0, 4).map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'TemplateProcessing', single: template, pair: template, special_tokens: Object.fromEntries(special) },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    },
  };
}
