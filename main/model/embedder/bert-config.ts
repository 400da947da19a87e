import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../../records/input-error.ts';
import { schemaFault } from '../../records/schema-fault.ts';
import { readJsonFile } from '../folder/file-errors.ts';

/** Sizes of a BERT encoder. */
export type BertConfig = {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
  readonly maxPositions: number;
  readonly typeVocabSize: number;
  readonly layerNormEps: number;
};

const size = z.number().int().positive();
const schema = z.object({
  model_type: z.literal('bert'),
  hidden_act: z.literal('gelu'),
  position_embedding_type: z.literal('absolute').default('absolute'),
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  intermediate_size: size,
  vocab_size: size,
  max_position_embeddings: size,
  type_vocab_size: size,
  layer_norm_eps: z.number().positive(),
});

/** Reads config.json of a BERT sentence embedder. @throws InputError naming the file and the field. */
export function readBertConfig(folder: string): BertConfig {
  const file = path.join(folder, 'config.json');
  const content = readJsonFile(file);
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    const { field, expected, found } = schemaFault(parsed.error, content);
    throw new InputError({ thing: field === '' ? file : `${file}: field ${field}`, expected, found, remedy: 'Use a BERT sentence embedder such as all-MiniLM-L6-v2.' });
  }
  const c = parsed.data;
  if (c.hidden_size % c.num_attention_heads !== 0) {
    throw new InputError({ thing: `${file}: field hidden_size`, expected: `a multiple of num_attention_heads (${c.num_attention_heads})`, found: String(c.hidden_size), remedy: 'Take config.json from the released model.' });
  }
  return {
    hiddenSize: c.hidden_size, layers: c.num_hidden_layers, heads: c.num_attention_heads, intermediateSize: c.intermediate_size, vocabSize: c.vocab_size,
    maxPositions: c.max_position_embeddings, typeVocabSize: c.type_vocab_size, layerNormEps: c.layer_norm_eps,
  };
}
