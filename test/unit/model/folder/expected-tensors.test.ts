import { expect, test } from 'vitest';
import { readModelConfig } from '../../../../main/model/folder/config.ts';
import { expectedTensors, parameterCount } from '../../../../main/model/folder/expected-tensors.ts';
import { temporaryFolder } from './make-folder.ts';
import { RELEASED_3B, RELEASED_7B, writeConfig } from './released-configs.ts';

// The totals that the Hugging Face pages of the released models give for their safetensors.
test.each([
  ['3B, head tied', RELEASED_3B, 3_754_622_976, 824],
  ['7B', RELEASED_7B, 8_292_166_656, 729],
])('%s: parameters and tensors as published', (_, fields, total, tensors) => {
  const folder = temporaryFolder();
  writeConfig(folder, fields);
  const config = readModelConfig(folder);
  const counts = parameterCount(config);
  expect(counts.total).toBe(total);
  expect(counts.text + counts.vision).toBe(total);
  expect(expectedTensors(config).size).toBe(tensors);
});

test('shapes of the released 7B', () => {
  const folder = temporaryFolder();
  writeConfig(folder, RELEASED_7B);
  const shapes = expectedTensors(readModelConfig(folder));
  expect(Object.fromEntries([
    'model.embed_tokens.weight', 'model.layers.27.self_attn.k_proj.weight', 'model.layers.0.self_attn.v_proj.bias', 'model.layers.5.mlp.down_proj.weight',
    'lm_head.weight', 'visual.patch_embed.proj.weight', 'visual.blocks.31.attn.qkv.weight', 'visual.blocks.0.mlp.down_proj.bias', 'visual.merger.mlp.2.weight',
  ].map((name) => [name, shapes.get(name)]))).toEqual({
    'model.embed_tokens.weight': [152064, 3584], 'model.layers.27.self_attn.k_proj.weight': [512, 3584], 'model.layers.0.self_attn.v_proj.bias': [512],
    'model.layers.5.mlp.down_proj.weight': [3584, 18944], 'lm_head.weight': [152064, 3584], 'visual.patch_embed.proj.weight': [1280, 3, 2, 14, 14],
    'visual.blocks.31.attn.qkv.weight': [3840, 1280], 'visual.blocks.0.mlp.down_proj.bias': [1280], 'visual.merger.mlp.2.weight': [3584, 5120],
  });
});
