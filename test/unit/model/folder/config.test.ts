import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readModelConfig } from '../../../../main/model/folder/config.ts';
import { editJson, expectInputError, makeFolder, SIZES, temporaryFolder } from './make-folder.ts';
import { RELEASED_3B, RELEASED_7B, writeConfig } from './released-configs.ts';

describe('readModelConfig', () => {
  test('reads the released 3B’s config.json', () => {
    const folder = temporaryFolder();
    writeConfig(folder, RELEASED_3B);
    expect(readModelConfig(folder)).toEqual({
      modelType: 'qwen2_5_vl',
      dtype: 'bfloat16',
      text: {
        hiddenSize: 2048, layers: 36, heads: 16, kvHeads: 2, headDim: 128, intermediateSize: 11008, vocabSize: 151936, rmsNormEps: 1e-6,
        ropeTheta: 1e6, mropeSection: [16, 24, 24], maxPositions: 128000, tiedHead: true,
      },
      vision: {
        depth: 32, hiddenSize: 1280, heads: 16, intermediateSize: 3420, outHiddenSize: 2048, patchSize: 14, mergeSize: 2, temporalPatchSize: 2,
        windowSize: 112, fullAttentionBlocks: [7, 15, 23, 31], channels: 3,
      },
      tokens: { image: 151655, video: 151656, visionStart: 151652, visionEnd: 151653, eos: [151645], bos: 151643 },
      sampling: {},
    });
  });

  test('a text_config with rope_parameters says the same as flat fields', () => {
    const folder = temporaryFolder();
    writeConfig(folder, RELEASED_3B);
    const flat = readModelConfig(folder);
    // As Transformers 5.23 saves what it read from the flat file.
    const { vision_config, rope_scaling, rope_theta, torch_dtype, architectures, tie_word_embeddings, image_token_id, video_token_id, vision_start_token_id, vision_end_token_id, model_type, ...text } = RELEASED_3B;
    const nested = {
      architectures, dtype: torch_dtype, image_token_id, video_token_id, vision_start_token_id, vision_end_token_id, model_type, tie_word_embeddings,
      text_config: { ...text, dtype: torch_dtype, model_type: 'qwen2_5_vl_text', rope_parameters: { rope_theta, rope_type: 'default', ...rope_scaling }, layer_types: Array(36).fill('full_attention'), sliding_window: null },
      vision_config: { ...vision_config, in_channels: 3, rope_parameters: { rope_theta: 10000, rope_type: 'axial' } },
    };
    writeConfig(folder, nested);
    expect(readModelConfig(folder)).toEqual(flat);

    // As Transformers 4.5x does: rope_scaling and rope_theta beside each other, the tie and the image token in text_config.
    const { rope_parameters: _parameters, ...older } = nested.text_config;
    writeConfig(folder, { ...nested, tie_word_embeddings: undefined, image_token_id: undefined, text_config: { ...older, rope_scaling: { ...rope_scaling, rope_type: 'default', type: 'default' }, rope_theta, tie_word_embeddings: true, image_token_id } });
    expect(readModelConfig(folder)).toEqual(flat);
  });

  test('a vision_config that leaves out what equals Transformers’ defaults', () => {
    const folder = temporaryFolder();
    writeConfig(folder, RELEASED_7B);
    const whole = readModelConfig(folder);
    writeConfig(folder, { ...RELEASED_7B, vision_config: { hidden_size: 1280, in_chans: 3, spatial_patch_size: 14, tokens_per_second: 2, model_type: 'qwen2_5_vl' } });
    expect(readModelConfig(folder)).toEqual(whole);
    // The defaults are the released tower's, so another tower has to say all of its sizes.
    writeConfig(folder, { ...RELEASED_7B, vision_config: { hidden_size: 640, in_chans: 3 } });
    expectInputError(() => readModelConfig(folder), { thing: ['config.json', 'field vision_config.depth'], expected: 'a whole number', found: 'no such field' });
  });

  test.each([
    [undefined, undefined, false], [true, undefined, true], [undefined, true, true], [false, undefined, false], [false, true, true], [true, false, true],
  ])('tie_word_embeddings %s outside, %s in text_config: tied is %s', (outer, inner, tied) => {
    const folder = makeFolder({}, { layout: 'nested', shards: 1 });
    editJson(folder, 'config.json', (config) => {
      config['tie_word_embeddings'] = outer;
      config['text_config'].tie_word_embeddings = inner;
    });
    expect(readModelConfig(folder).text.tiedHead).toBe(tied);
  });

  test('head_dim counts where it is given', () => {
    const folder = makeFolder();
    expect(readModelConfig(folder).text.headDim).toBe(SIZES.hiddenSize / SIZES.heads);
    editJson(folder, 'config.json', (config) => Object.assign(config, { head_dim: 16, rope_scaling: { type: 'mrope', mrope_section: [2, 3, 3] } }));
    expect(readModelConfig(folder).text).toMatchObject({ headDim: 16, mropeSection: [2, 3, 3] });
  });

  test('generation_config.json gives the end tokens and the sampling; without it config.json gives the end tokens', () => {
    const folder = makeFolder();
    editJson(folder, 'generation_config.json', (generation) => Object.assign(generation, { eos_token_id: [9, 8], temperature: 0.1, top_p: null, top_k: 1, do_sample: true, repetition_penalty: 1.05 }));
    editJson(folder, 'config.json', (config) => Object.assign(config, { eos_token_id: 7, pad_token_id: null }));
    const config = readModelConfig(folder);
    expect(config.tokens.eos).toEqual([9, 8]);
    expect(config.tokens).not.toHaveProperty('pad');
    expect(config.sampling).toEqual({ doSample: true, temperature: 0.1, topK: 1, repetitionPenalty: 1.05 });
    editJson(folder, 'generation_config.json', (generation) => Object.assign(generation, { eos_token_id: 3 }));
    expect(readModelConfig(folder).tokens.eos).toEqual([3]);
    rmSync(path.join(folder, 'generation_config.json'));
    expect(readModelConfig(folder)).toMatchObject({ tokens: { eos: [7] }, sampling: {} });
    editJson(folder, 'config.json', (fields) => delete fields['eos_token_id']);
    expectInputError(() => readModelConfig(folder), { thing: ['config.json', 'eos_token_id'], expected: 'here or in generation_config.json', found: 'no such field' });
  });
});

describe('readModelConfig refuses', () => {
  // Every field of a flat config whose absence would leave the arithmetic open.
  test.each([
    'model_type', 'hidden_size', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'intermediate_size', 'vocab_size', 'rms_norm_eps',
    'max_position_embeddings', 'rope_theta', 'image_token_id', 'video_token_id', 'vision_start_token_id', 'vision_end_token_id', 'vision_config',
    'vision_config.depth', 'vision_config.hidden_size', 'vision_config.num_heads', 'vision_config.intermediate_size', 'vision_config.out_hidden_size',
    'vision_config.patch_size', 'vision_config.spatial_merge_size', 'vision_config.temporal_patch_size', 'vision_config.window_size',
    'vision_config.fullatt_block_indexes', 'vision_config.in_channels',
  ])('a config without %s', (field) => {
    const folder = makeFolder();
    editJson(folder, 'config.json', (config) => {
      const [outer, inner] = field.split('.') as [string, string?];
      if (inner === undefined) delete config[outer];
      else delete config[outer][inner];
    });
    expectInputError(() => readModelConfig(folder), { thing: [path.join(folder, 'config.json'), `field ${field}`], expected: '', found: 'no such field' });
  });

  const BROKEN: readonly [change: object, field: string, expected: string, found: string][] = [
    [{ model_type: 'llama' }, 'model_type', '"qwen2_5_vl"', '"llama"'],
    [{ architectures: ['Qwen2VLForConditionalGeneration'] }, 'architectures.0', '"Qwen2_5_VLForConditionalGeneration"', '"Qwen2VLForConditionalGeneration"'],
    [{ quantization_config: { quant_method: 'awq' } }, 'quantization_config', 'not quantised', '{"quant_method":"awq"}'],
    [{ hidden_act: 'gelu' }, 'hidden_act', '"silu"', '"gelu"'],
    [{ use_sliding_window: true }, 'use_sliding_window', 'false: sliding-window attention is not supported', 'true'],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, 'layer_types.1', 'not supported', '"sliding_attention"'],
    [{ hidden_size: '48' }, 'hidden_size', 'a whole number above 0', '"48"'],
    [{ hidden_size: 50 }, 'hidden_size', 'a multiple of twice num_attention_heads (2 × 6)', '50'],
    [{ num_hidden_layers: 10 ** 9 }, 'num_hidden_layers', 'from 1 to 1024', '1000000000'],
    [{ num_key_value_heads: 4 }, 'num_key_value_heads', 'a divisor of num_attention_heads (6)', '4'],
    [{ rms_norm_eps: 0 }, 'rms_norm_eps', 'a number above 0', '0'],
    [{ rope_scaling: { type: 'mrope', mrope_section: [2, 1, 2] } }, 'rope_scaling.mrope_section', 'a sum of 4, half a head of 8', '[2,1,2]'],
    [{ rope_scaling: { type: 'mrope', mrope_section: [2, 2] } }, 'rope_scaling.mrope_section', 'three whole numbers', '[2,2]'],
    [{ rope_scaling: { rope_type: 'yarn', factor: 4, mrope_section: [2, 1, 1] } }, 'rope_scaling.rope_type', '"mrope" or "default"', '"yarn"'],
    [{ rope_scaling: null }, 'rope_scaling.mrope_section', 'three whole numbers', 'no such field'],
    [{ torch_dtype: 'int8' }, 'dtype', '"bfloat16" or "float16" or "float32"', '"int8"'],
    [{ image_token_id: 100_000 }, 'image_token_id', 'below vocab_size (320)', '100000'],
    [{ eos_token_id: 'end' }, 'eos_token_id', 'a token id or a list', '"end"'],
    [{ tie_word_embeddings: 'yes' }, 'tie_word_embeddings', 'true or false', '"yes"'],
    [{ vision_config: 'none' }, 'vision_config', 'an object', '"none"'],
    [{ text_config: 'none' }, 'text_config', 'a JSON object', '"none"'],
  ];
  test.each(BROKEN)('%j', (change, field, expected, found) => {
    const folder = makeFolder();
    editJson(folder, 'config.json', (config) => Object.assign(config, change));
    expectInputError(() => readModelConfig(folder), { thing: [path.join(folder, 'config.json'), `field ${field}`], expected, found });
  });

  const BROKEN_VISION: readonly [change: object, field: string, expected: string, found: string][] = [
    [{ hidden_act: 'quick_gelu' }, 'hidden_act', '"silu"', '"quick_gelu"'],
    [{ num_heads: 3 }, 'hidden_size', 'a multiple of four times num_heads (4 × 3)', '32'],
    [{ out_hidden_size: 64 }, 'out_hidden_size', 'the text model’s hidden_size (48)', '64'],
    [{ window_size: 27 }, 'window_size', 'at least patch_size × spatial_merge_size (28)', '27'],
    [{ fullatt_block_indexes: [0, 3] }, 'fullatt_block_indexes', 'indexes below depth (3)', '[0,3]'],
    [{ patch_size: [14, 14] }, 'patch_size', 'a whole number', '[14,14]'],
    [{ rope_parameters: { rope_theta: 500 } }, 'rope_parameters.rope_theta', '10000', '500'],
  ];
  test.each(BROKEN_VISION)('vision_config %j', (change, field, expected, found) => {
    const folder = makeFolder();
    editJson(folder, 'config.json', (config) => Object.assign(config['vision_config'], change));
    expectInputError(() => readModelConfig(folder), { thing: ['config.json', `field vision_config.${field}`], expected, found });
  });

  test.each([
    [{ temperature: -1 }, 'temperature', '0 or above', '-1'], [{ top_p: 1.5 }, 'top_p', 'at most 1', '1.5'], [{ top_k: 0.5 }, 'top_k', 'a whole number', '0.5'],
    [{ eos_token_id: [1, 5000] }, 'eos_token_id', 'below vocab_size (320)', '5000'],
  ])('generation_config %j', (change, field, expected, found) => {
    const folder = makeFolder();
    editJson(folder, 'generation_config.json', (generation) => Object.assign(generation, change));
    expectInputError(() => readModelConfig(folder), { thing: ['generation_config.json', `field ${field}`], expected, found });
  });

  test('a folder without config.json, or one that is no JSON object', () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'config.json');
    expectInputError(() => readModelConfig(folder), { thing: [file], expected: 'a JSON file', found: 'ENOENT' });
    writeFileSync(file, '{"model_type": ');
    expectInputError(() => readModelConfig(folder), { thing: [file], expected: 'JSON', found: 'Unexpected end' });
    writeFileSync(file, 'null');
    expectInputError(() => readModelConfig(folder), { thing: [file], expected: 'a JSON object', found: 'null' });
  });
});
