import * as z from 'zod';
import { InputError } from '../../records/input-error.ts';
import { schemaFault, valueAt } from '../../records/schema-fault.ts';

/**
 * The fields of a model folder's JSON files, as schemas. A schema's error text is what was expected;
 * parseFields puts it beside what was found.
 */

const count = (expected = 'a whole number above 0') => z.int({ error: expected }).positive({ error: expected });
/** Layers of either part; a limit keeps a damaged config from filling the memory. */
const layers = count('a whole number from 1 to 1024').max(1024, { error: 'a whole number from 1 to 1024' });
const id = z.int({ error: 'a token id' }).nonnegative({ error: 'a token id' });
const positive = z.number({ error: 'a number above 0' }).positive({ error: 'a number above 0' });
const only = <const T extends string | number | boolean>(...values: readonly T[]) =>
  z.literal(values, { error: values.map((value) => JSON.stringify(value)).join(' or ') });

const object = <T extends z.ZodRawShape>(shape: T) => z.object(shape, { error: 'a JSON object' });

const supported = 'a model_type of "qwen2_5_vl"';
export const identityFields = object({
  model_type: z.literal('qwen2_5_vl', { error: supported }),
  architectures: z.array(z.literal('Qwen2_5_VLForConditionalGeneration', { error: 'the architecture "Qwen2_5_VLForConditionalGeneration"' })).nullish(),
  quantization_config: z.null({ error: 'weights that are not quantised, so no quantization_config' }).optional(),
});

/** Anything but `mrope`, which is the default rotation over three position rows, would need other angles. */
const ropeType = only('mrope', 'default').nullish();
const mropeSection = z.array(count(), { error: 'a list of whole numbers' }).length(3, { error: 'three whole numbers: time, height, width' });
const ropeFields = object({
  type: ropeType,
  rope_type: ropeType,
  rope_theta: positive.optional(),
  mrope_section: mropeSection.optional(),
  partial_rotary_factor: only(1).optional(),
});

export const textFields = object({
  hidden_size: count(),
  num_hidden_layers: layers,
  num_attention_heads: count(),
  num_key_value_heads: count().nullable(),
  head_dim: count('an even whole number').multipleOf(2, { error: 'an even whole number' }).nullish(),
  intermediate_size: count(),
  vocab_size: count(),
  rms_norm_eps: positive,
  max_position_embeddings: count(),
  hidden_act: only('silu').optional(),
  use_sliding_window: z.literal(false, { error: 'false: sliding-window attention is not supported' }).nullish(),
  layer_types: z.array(z.literal('full_attention', { error: '"full_attention": sliding-window attention is not supported' })).nullish(),
  rope_theta: positive.optional(),
  rope_scaling: ropeFields.nullish(),
  rope_parameters: ropeFields.nullish(),
});

export const visionFields = object({
  depth: layers,
  hidden_size: count(),
  num_heads: count(),
  intermediate_size: count(),
  out_hidden_size: count(),
  patch_size: count(),
  spatial_merge_size: count(),
  temporal_patch_size: count(),
  window_size: count(),
  fullatt_block_indexes: z.array(z.int({ error: 'a block index' }).nonnegative({ error: 'a block index' }), { error: 'a list of block indexes' }),
  in_channels: count(),
  hidden_act: only('silu').optional(),
  rope_parameters: object({ rope_theta: only(10_000).optional() }).nullish(),
});

export const tokenFields = object({
  image_token_id: id,
  video_token_id: id,
  vision_start_token_id: id,
  vision_end_token_id: id,
  bos_token_id: id.nullish(),
  pad_token_id: id.nullish(),
  eos_token_id: z.union([id, z.array(id).nonempty()], { error: 'a token id or a list of them' }).nullish(),
});

export const dtypeField = object({ dtype: only('bfloat16', 'float16', 'float32').nullish() });
export const tieField = object({ tie_word_embeddings: z.boolean({ error: 'true or false' }).nullish() });

export const generationFields = object({
  eos_token_id: tokenFields.shape.eos_token_id,
  do_sample: z.boolean({ error: 'true or false' }).nullish(),
  temperature: z.number({ error: 'a number, 0 or above' }).nonnegative({ error: 'a number, 0 or above' }).nullish(),
  top_p: positive.max(1, { error: 'a number above 0, at most 1' }).nullish(),
  top_k: z.int({ error: 'a whole number, 0 for none' }).nonnegative({ error: 'a whole number, 0 for none' }).nullish(),
  repetition_penalty: positive.nullish(),
});

/**
 * Reads `fields` with a schema of this file.
 * @param where prefix of the field's name, e.g. "vision_config."
 * @throws InputError naming the file and the field.
 */
export function parseFields<T extends z.ZodType>(file: string, where: string, schema: T, fields: unknown): z.infer<T> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const { field, expected } = schemaFault(result.error, fields);
  throw fieldError(file, (where + field).replace(/\.$/, ''), expected, valueAt(fields, field === '' ? [] : field.split('.')));
}

/** The error of one field, or of the whole file where `field` is empty; `found` undefined says that it is missing. */
export function fieldError(file: string, field: string, expected: string, found: unknown): InputError {
  const text = JSON.stringify(found) ?? 'no such field';
  return new InputError({
    thing: field === '' ? file : `${file}: field ${field}`, expected, found: text.length > 100 ? `${text.slice(0, 100)}…` : text,
    remedy: 'Use a Qwen2.5-VL folder as Transformers saves it, or correct the field.',
  });
}
