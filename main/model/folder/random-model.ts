import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../../home.ts';
import type { ModelConfig, TextConfig, VisionConfig } from './config.ts';
import { expectedTensors } from './expected-tensors.ts';
import { withFile } from './file-errors.ts';
import { randomTokenizer } from './random-tokenizer.ts';
import type { RandomTokenizer, TokenizerWishes } from './random-tokenizer.ts';
import { randomValues } from './random-values.ts';
import { writeSafetensors } from './safetensors-writer.ts';

/** Sizes of a random model. The rest follows: a head is hiddenSize / heads wide, the tower ends at the text's hidden size. */
export type RandomModelSizes = Pick<TextConfig, 'hiddenSize' | 'layers' | 'heads' | 'kvHeads' | 'intermediateSize' | 'mropeSection' | 'tiedHead'> & {
  readonly vision: Pick<VisionConfig, 'depth' | 'hiddenSize' | 'heads' | 'intermediateSize' | 'windowSize' | 'fullAttentionBlocks'>;
  /** At least so many rows of the embedding; more when the tokenizer needs them; rounded up to a multiple of 32. */
  readonly vocabSize?: number;
  readonly maxPositions?: number;
  readonly ropeTheta?: number;
};

export type RandomModelForm = {
  /** Text fields at the top of config.json, as released, or in text_config, as Transformers 5 saves them. */
  readonly layout: 'flat' | 'nested';
  /** Weight files; more than one come with an index. */
  readonly shards: number;
};

const MAX_PIXELS = 1280 * 28 * 28;

/**
 * Writes a complete random Qwen2.5-VL folder: bfloat16 safetensors, configs, tokenizer, chat template. Tensor by tensor, so
 * that a folder of many GiB needs little memory. The values depend on the seed, the canonical names and the shapes only:
 * the form of the folder does not change the model.
 * @throws InputError when the folder cannot be written.
 */
export function writeRandomModel(folder: string, sizes: RandomModelSizes, seed: number, form: RandomModelForm = { layout: 'flat', shards: 1 }, words: TokenizerWishes = {}): void {
  const tokenizer = randomTokenizer(words);
  const config = configOf(sizes, tokenizer);
  withFile(folder, 'a folder that can be written', () => makeFolders(folder));
  const json = (name: string, content: unknown): void => {
    const file = path.join(folder, name);
    withFile(file, 'a file that can be written', () => writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`));
  };
  json('config.json', form.layout === 'flat' ? flatFields(config) : nestedFields(config));
  json('generation_config.json', {
    bos_token_id: config.tokens.bos, pad_token_id: config.tokens.pad, eos_token_id: config.tokens.eos, do_sample: true, temperature: 0.7, top_p: 0.9,
    repetition_penalty: 1.05,
  });
  json('preprocessor_config.json', {
    image_processor_type: 'Qwen2VLImageProcessor', processor_class: 'Qwen2_5_VLProcessor', min_pixels: 56 * 56, max_pixels: MAX_PIXELS,
    patch_size: config.vision.patchSize, temporal_patch_size: config.vision.temporalPatchSize, merge_size: config.vision.mergeSize,
    image_mean: [0.48145466, 0.4578275, 0.40821073], image_std: [0.26862954, 0.26130258, 0.27577711], // CLIP's, as released
  });
  json('tokenizer.json', tokenizer.tokenizer);
  json('tokenizer_config.json', tokenizer.tokenizerConfig);
  const index = writeWeights(folder, config, seed, form);
  if (index !== undefined) json('model.safetensors.index.json', index);
}

function configOf(sizes: RandomModelSizes, tokenizer: RandomTokenizer): ModelConfig {
  const { vision, vocabSize = 0, maxPositions = 32_768, ropeTheta = 1_000_000, ...text } = sizes;
  return {
    modelType: 'qwen2_5_vl', dtype: 'bfloat16', sampling: {},
    text: {
      ...text, headDim: sizes.hiddenSize / sizes.heads, vocabSize: Math.ceil(Math.max(vocabSize, tokenizer.size) / 32) * 32, rmsNormEps: 1e-6,
      ropeTheta, maxPositions,
    },
    vision: { ...vision, outHiddenSize: sizes.hiddenSize, patchSize: 14, mergeSize: 2, temporalPatchSize: 2, channels: 3 },
    tokens: {
      image: tokenizer.idOf('<|image_pad|>'), video: tokenizer.idOf('<|video_pad|>'), visionStart: tokenizer.idOf('<|vision_start|>'),
      visionEnd: tokenizer.idOf('<|vision_end|>'), eos: [tokenizer.idOf('<|im_end|>'), tokenizer.idOf('<|endoftext|>')],
      bos: tokenizer.idOf('<|endoftext|>'), pad: tokenizer.idOf('<|endoftext|>'),
    },
  };
}

/** Names and sizes in the order of the model, cut into shards of about equal size. @returns the index of more than one shard. */
function writeWeights(folder: string, config: ModelConfig, seed: number, { layout, shards }: RandomModelForm): unknown {
  const tensors = [...expectedTensors(config)].map(([canonical, shape]) => ({
    name: layout === 'flat' ? canonical : nestedName(canonical), dtype: 'BF16' as const, shape, values: () => randomValues(canonical, shape, seed),
    bytes: 2 * shape.reduce((product, size) => product * size, 1),
  }));
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  const byShard = Map.groupBy(tensors, ({ bytes }) => {
    const shard = Math.floor((before / total) * shards);
    before += bytes;
    return shard;
  });
  const weightMap: Record<string, string> = {};
  for (const [i, part] of [...byShard.values()].entries()) {
    const file = byShard.size === 1 ? 'model.safetensors' : `model-${fiveDigits(i + 1)}-of-${fiveDigits(byShard.size)}.safetensors`;
    writeSafetensors(path.join(folder, file), part, { format: 'pt' });
    for (const { name } of part) weightMap[name] = file;
  }
  return byShard.size === 1 ? undefined : { metadata: { total_size: total }, weight_map: weightMap };
}

/** As Transformers 5 names them. */
function nestedName(canonical: string): string {
  return canonical.startsWith('visual.') ? `model.${canonical}` : canonical.replace(/^model\./, 'model.language_model.');
}

function fiveDigits(value: number): string {
  return String(value).padStart(5, '0');
}

function textFields({ text }: ModelConfig): Readonly<Record<string, unknown>> {
  return {
    hidden_size: text.hiddenSize, num_hidden_layers: text.layers, num_attention_heads: text.heads, num_key_value_heads: text.kvHeads,
    intermediate_size: text.intermediateSize, vocab_size: text.vocabSize, rms_norm_eps: text.rmsNormEps, max_position_embeddings: text.maxPositions,
    hidden_act: 'silu', use_sliding_window: false, attention_dropout: 0, use_cache: true,
  };
}

function visionFields({ vision }: ModelConfig): Readonly<Record<string, unknown>> {
  return {
    depth: vision.depth, hidden_size: vision.hiddenSize, num_heads: vision.heads, intermediate_size: vision.intermediateSize,
    out_hidden_size: vision.outHiddenSize, patch_size: vision.patchSize, spatial_merge_size: vision.mergeSize, temporal_patch_size: vision.temporalPatchSize,
    window_size: vision.windowSize, fullatt_block_indexes: vision.fullAttentionBlocks, in_channels: vision.channels, hidden_act: 'silu', tokens_per_second: 2,
  };
}

function commonFields({ text, tokens }: ModelConfig): Readonly<Record<string, unknown>> {
  return {
    model_type: 'qwen2_5_vl', architectures: ['Qwen2_5_VLForConditionalGeneration'], tie_word_embeddings: text.tiedHead, image_token_id: tokens.image,
    video_token_id: tokens.video, vision_start_token_id: tokens.visionStart, vision_end_token_id: tokens.visionEnd,
  };
}

const endTokens = ({ tokens }: ModelConfig) => ({ bos_token_id: tokens.bos, eos_token_id: tokens.eos[0], pad_token_id: tokens.pad });

function flatFields(config: ModelConfig): unknown {
  const { ropeTheta, mropeSection } = config.text;
  return {
    ...commonFields(config), ...textFields(config), ...endTokens(config), torch_dtype: 'bfloat16',
    rope_theta: ropeTheta, rope_scaling: { type: 'mrope', mrope_section: mropeSection }, vision_config: { model_type: 'qwen2_5_vl', ...visionFields(config) },
  };
}

function nestedFields(config: ModelConfig): unknown {
  const { ropeTheta, mropeSection } = config.text;
  return {
    ...commonFields(config), dtype: 'bfloat16',
    text_config: {
      model_type: 'qwen2_5_vl_text', dtype: 'bfloat16', ...textFields(config), ...endTokens(config),
      rope_parameters: { rope_type: 'default', rope_theta: ropeTheta, mrope_section: mropeSection },
    },
    vision_config: { model_type: 'qwen2_5_vl_vision', ...visionFields(config) },
  };
}
