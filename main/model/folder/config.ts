import { existsSync } from 'node:fs';
import path from 'node:path';
import { dtypeField, fieldError, generationFields, identityFields, parseFields, textFields, tieField, tokenFields, visionFields } from './config-fields.ts';
import { readJsonFile } from './file-errors.ts';

/** The sizes and constants of a Qwen2.5-VL, from config.json and generation_config.json of its folder. */
export type ModelConfig = {
  readonly modelType: 'qwen2_5_vl';
  /** What the weights are stored in. */
  readonly dtype: 'bfloat16' | 'float16' | 'float32';
  readonly text: TextConfig;
  readonly vision: VisionConfig;
  readonly tokens: TokenIds;
  readonly sampling: SamplingDefaults;
};

export type TextConfig = {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  /** Rows of the embedding and of the head; the tokenizer may know fewer. */
  readonly vocabSize: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  /** Frequencies that turn with the time, height and width position; they add up to headDim / 2. */
  readonly mropeSection: readonly number[];
  readonly maxPositions: number;
  /** The head is the embedding matrix. */
  readonly tiedHead: boolean;
};

export type VisionConfig = {
  readonly depth: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly intermediateSize: number;
  /** Width after the merger: the text model's hidden size. */
  readonly outHiddenSize: number;
  /** Pixels of a patch's side. */
  readonly patchSize: number;
  /** Patches of a side that the merger makes into one token. */
  readonly mergeSize: number;
  /** Frames of a patch. */
  readonly temporalPatchSize: number;
  /** Pixels of an attention window's side. */
  readonly windowSize: number;
  /** Blocks that attend to the whole image; the others attend within windows. */
  readonly fullAttentionBlocks: readonly number[];
  readonly channels: number;
};

export type TokenIds = {
  readonly image: number;
  readonly video: number;
  readonly visionStart: number;
  readonly visionEnd: number;
  /** Any of them ends a completion. */
  readonly eos: readonly number[];
  readonly bos?: number;
  readonly pad?: number;
};

/** What generation_config.json recommends. */
export type SamplingDefaults = {
  readonly doSample?: boolean;
  /** 0 means greedy. */
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly repetitionPenalty?: number;
};

/** Every RMSNorm of the vision tower; fixed in the reference (modeling_qwen2_5_vl.py, Qwen2_5_VLVisionBlock). */
export const VISION_RMS_NORM_EPS = 1e-6;

type Fields = Readonly<Record<string, unknown>>;

/**
 * What Transformers leaves out of a saved vision_config, because it equals its defaults
 * (configuration_qwen2_5_vl.py, Qwen2_5_VLVisionConfig). They describe the released tower, which is 1280 wide;
 * a tower of another width has to say all of its sizes.
 */
const RELEASED_TOWER: Fields = {
  depth: 32, num_heads: 16, intermediate_size: 3420, out_hidden_size: 3584, patch_size: 14, spatial_merge_size: 2,
  temporal_patch_size: 2, window_size: 112, fullatt_block_indexes: [7, 15, 23, 31], in_channels: 3,
};
const RELEASED_TOWER_WIDTH = 1280;

/**
 * Reads config.json in both layouts, text fields at the top (as released) or in text_config (as Transformers 5 saves
 * them), and generation_config.json where there is one.
 * @throws InputError naming the file and the field.
 */
export function readModelConfig(folder: string): ModelConfig {
  const file = path.join(folder, 'config.json');
  const top = readJsonFile(file) as Fields;
  parseFields(file, '', identityFields, top);
  const nested = top['text_config'] !== undefined && top['text_config'] !== null;
  const textFieldsOf = nested ? (top['text_config'] as Fields) : top;
  const text = textConfig(file, nested ? 'text_config.' : '', textFieldsOf, tiedHead(file, top, textFieldsOf));
  const vision = visionConfig(file, top['vision_config'], text);
  // Earlier Transformers wrote the same field as torch_dtype.
  const dtypes = [top['dtype'], top['torch_dtype'], textFieldsOf['dtype'], textFieldsOf['torch_dtype']];
  const { dtype } = parseFields(file, '', dtypeField, { dtype: dtypes.find((name) => typeof name === 'string') });
  const generation = generationConfig(folder, text.vocabSize);
  return {
    modelType: 'qwen2_5_vl',
    dtype: dtype ?? 'float32', // as PyTorch
    text,
    vision,
    tokens: tokenIds(file, top, textFieldsOf, generation.eos, text.vocabSize),
    sampling: generation.sampling,
  };
}

function textConfig(file: string, where: string, fields: Fields, tied: boolean): TextConfig {
  const text = parseFields(file, where, textFields, fields);
  const { hidden_size: hiddenSize, num_attention_heads: heads } = text;
  const kvHeads = text.num_key_value_heads ?? heads;
  if (heads % kvHeads !== 0) throw fieldError(file, `${where}num_key_value_heads`, `a divisor of num_attention_heads (${heads})`, kvHeads);
  if (!text.head_dim && hiddenSize % (2 * heads) !== 0) {
    throw fieldError(file, `${where}hidden_size`, `a multiple of twice num_attention_heads (2 × ${heads})`, hiddenSize);
  }
  const headDim = text.head_dim ?? hiddenSize / heads;
  const ropeField = text.rope_parameters ? 'rope_parameters' : 'rope_scaling';
  const rope = text.rope_parameters ?? text.rope_scaling;
  const ropeTheta = rope?.rope_theta ?? text.rope_theta;
  if (ropeTheta === undefined) throw fieldError(file, `${where}rope_theta`, 'a number above 0', undefined);
  const mropeSection = rope?.mrope_section;
  if (mropeSection === undefined) throw fieldError(file, `${where}${ropeField}.mrope_section`, 'three whole numbers: time, height, width', undefined);
  const sum = mropeSection.reduce((total, section) => total + section, 0);
  if (sum !== headDim / 2) throw fieldError(file, `${where}${ropeField}.mrope_section`, `a sum of ${headDim / 2}, half a head of ${headDim}`, mropeSection);
  return {
    hiddenSize, layers: text.num_hidden_layers, heads, kvHeads, headDim, intermediateSize: text.intermediate_size,
    vocabSize: text.vocab_size, rmsNormEps: text.rms_norm_eps, ropeTheta, mropeSection, maxPositions: text.max_position_embeddings, tiedHead: tied,
  };
}

function visionConfig(file: string, found: unknown, text: TextConfig): VisionConfig {
  if (typeof found !== 'object' || found === null) throw fieldError(file, 'vision_config', 'an object with the vision tower’s sizes', found);
  const stored = found as Fields;
  const fields = {
    ...(stored['hidden_size'] === RELEASED_TOWER_WIDTH ? RELEASED_TOWER : {}),
    ...('in_chans' in stored ? { in_channels: stored['in_chans'] } : {}), // its name in the released files
    ...stored,
  };
  const vision = parseFields(file, 'vision_config.', visionFields, fields);
  const must = (holds: boolean, field: keyof typeof vision, expected: string): void => {
    if (!holds) throw fieldError(file, `vision_config.${field}`, expected, vision[field]);
  };
  // Half of a head turns with the row and half with the column, in pairs.
  must(vision.hidden_size % (4 * vision.num_heads) === 0, 'hidden_size', `a multiple of four times num_heads (4 × ${vision.num_heads})`);
  must(vision.out_hidden_size === text.hiddenSize, 'out_hidden_size', `the text model’s hidden_size (${text.hiddenSize})`);
  const tokenSide = vision.patch_size * vision.spatial_merge_size;
  must(vision.window_size >= tokenSide, 'window_size', `at least patch_size × spatial_merge_size (${tokenSide})`);
  must(vision.fullatt_block_indexes.every((block) => block < vision.depth), 'fullatt_block_indexes', `indexes below depth (${vision.depth})`);
  return {
    depth: vision.depth, hiddenSize: vision.hidden_size, heads: vision.num_heads, intermediateSize: vision.intermediate_size,
    outHiddenSize: vision.out_hidden_size, patchSize: vision.patch_size, mergeSize: vision.spatial_merge_size,
    temporalPatchSize: vision.temporal_patch_size, windowSize: vision.window_size, fullAttentionBlocks: vision.fullatt_block_indexes,
    channels: vision.in_channels,
  };
}

/** Transformers before 5 wrote the field into text_config; 5 ties when either says so (Qwen2_5_VLConfig.__post_init__). */
function tiedHead(file: string, top: Fields, text: Fields): boolean {
  const outer = parseFields(file, '', tieField, top).tie_word_embeddings;
  const inner = parseFields(file, 'text_config.', tieField, text).tie_word_embeddings;
  return outer === true || inner === true;
}

function tokenIds(file: string, top: Fields, text: Fields, generationEos: readonly number[] | undefined, vocabSize: number): TokenIds {
  const fields = Object.fromEntries(Object.keys(tokenFields.shape).map((name) => [name, top[name] ?? text[name]]));
  const ids = parseFields(file, '', tokenFields, fields);
  for (const [name, value] of Object.entries(ids)) requireInVocabulary(file, name, listOf(value) ?? [], vocabSize);
  const eos = generationEos ?? listOf(ids.eos_token_id);
  if (eos === undefined) throw fieldError(file, 'eos_token_id', 'a token id or a list of them, here or in generation_config.json', undefined);
  return {
    image: ids.image_token_id, video: ids.video_token_id, visionStart: ids.vision_start_token_id, visionEnd: ids.vision_end_token_id, eos,
    ...(typeof ids.bos_token_id === 'number' ? { bos: ids.bos_token_id } : {}),
    ...(typeof ids.pad_token_id === 'number' ? { pad: ids.pad_token_id } : {}),
  };
}

function generationConfig(folder: string, vocabSize: number): { readonly eos?: readonly number[]; readonly sampling: SamplingDefaults } {
  const file = path.join(folder, 'generation_config.json');
  if (!existsSync(file)) return { sampling: {} };
  const fields = parseFields(file, '', generationFields, readJsonFile(file));
  const eos = listOf(fields.eos_token_id);
  requireInVocabulary(file, 'eos_token_id', eos ?? [], vocabSize);
  return {
    ...(eos === undefined ? {} : { eos }),
    sampling: {
      ...(typeof fields.do_sample === 'boolean' ? { doSample: fields.do_sample } : {}),
      ...(typeof fields.temperature === 'number' ? { temperature: fields.temperature } : {}),
      ...(typeof fields.top_p === 'number' ? { topP: fields.top_p } : {}),
      ...(typeof fields.top_k === 'number' ? { topK: fields.top_k } : {}),
      ...(typeof fields.repetition_penalty === 'number' ? { repetitionPenalty: fields.repetition_penalty } : {}),
    },
  };
}

function listOf(ids: number | readonly number[] | null | undefined): readonly number[] | undefined {
  return typeof ids === 'number' ? [ids] : (ids ?? undefined);
}

function requireInVocabulary(file: string, field: string, ids: readonly number[], vocabSize: number): void {
  const outside = ids.find((tokenId) => tokenId >= vocabSize);
  if (outside !== undefined) throw fieldError(file, field, `a token id below vocab_size (${vocabSize})`, outside);
}
