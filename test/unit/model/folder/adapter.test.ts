import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loraModules, targetModules } from '../../../../main/model/folder/adapter.ts';
import { readAdapter } from '../../../../main/model/folder/adapter-reader.ts';
import { writeAdapter } from '../../../../main/model/folder/adapter-writer.ts';
import type { Adapter, LoraMatrices } from '../../../../main/model/folder/adapter.ts';
import { readModelConfig } from '../../../../main/model/folder/config.ts';
import type { ModelConfig } from '../../../../main/model/folder/config.ts';
import { openSafetensors } from '../../../../main/model/folder/safetensors.ts';
import { writeSafetensors } from '../../../../main/model/folder/safetensors-writer.ts';
import type { TensorToWrite } from '../../../../main/model/folder/safetensors-writer.ts';
import { editJson, expectInputError, makeFolder, SIZES, temporaryFolder } from './make-folder.ts';

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';
const modelConfig = (): ModelConfig => readModelConfig(makeFolder({}, { layout: 'flat', shards: 1 }));

type Spelling = (module: string, side: 'A' | 'B') => string;
const NEWER: Spelling = (module, side) => `base_model.model.model.language_model.${module}.lora_${side}.weight`;
const SPELLINGS: readonly [name: string, spelling: Spelling][] = [
  ['newer', NEWER],
  ['newer, with the adapter’s name', (module, side) => `base_model.model.model.language_model.${module}.lora_${side}.default.weight`],
  ['older', (module, side) => `base_model.model.model.${module}.lora_${side}.weight`],
  ['older, with the adapter’s name', (module, side) => `base_model.model.model.${module}.lora_${side}.default.weight`],
];

/** Two matrices of each module; a value tells its module and place. */
function tensors(config: ModelConfig, modules: readonly string[], rankOf: (module: string) => number, spelling = NEWER): readonly TensorToWrite[] {
  return modules.flatMap((module, m) => {
    const [out, into] = loraModules(config).get(module.replace(/^layers\.\d+\./, ''))!;
    const values = (shape: readonly number[], sign: number) => () => [Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => sign * (m + 1 + i / 1000))];
    const [a, b] = [[rankOf(module), into], [out, rankOf(module)]];
    return [
      { name: spelling(module, 'A'), dtype: 'F32' as const, shape: a, values: values(a, 1) },
      { name: spelling(module, 'B'), dtype: 'F32' as const, shape: b, values: values(b, -1) },
    ];
  });
}

const ALL = [0, 1].flatMap((layer) => ['q', 'k', 'v', 'o'].map((name) => `layers.${layer}.self_attn.${name}_proj`).concat(['gate', 'up', 'down'].map((name) => `layers.${layer}.mlp.${name}_proj`)));
const QUERIES = ['layers.0.self_attn.q_proj', 'layers.1.self_attn.q_proj'];

/** What PEFT saves, with its usual defaults. */
const FIELDS = {
  peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: 'some/model', r: 3, lora_alpha: 6, lora_dropout: 0.05, target_modules: ['q_proj'] as unknown,
  exclude_modules: null, bias: 'none', fan_in_fan_out: false, init_lora_weights: true, modules_to_save: null, layers_to_transform: null, layers_pattern: null,
  rank_pattern: {}, alpha_pattern: {}, use_dora: false, use_rslora: false, lora_bias: false, loftq_config: {}, megatron_core: 'megatron.core', qalora_group_size: 16,
};

function adapterFolder(fields: object, weights: readonly TensorToWrite[]): string {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, CONFIG), JSON.stringify({ ...FIELDS, ...fields }));
  writeSafetensors(path.join(folder, WEIGHTS), weights, { format: 'pt' });
  return folder;
}

describe('readAdapter', () => {
  test.each(SPELLINGS)('the %s spelling', (_, spelling) => {
    const config = modelConfig();
    const all = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
    const adapter = readAdapter(adapterFolder({ target_modules: all, exclude_modules: '.*visual.*' }, tensors(config, ALL, () => 3, spelling)), config);
    expect(adapter).toMatchObject({ rank: 3, alpha: 6, rslora: false, dropout: 0.05, baseModel: 'some/model', targetModules: all.sort() });
    expect([...adapter.matrices.keys()].sort()).toEqual([...ALL].sort());
    const down = adapter.matrices.get('layers.1.mlp.down_proj')!;
    expect(down).toMatchObject({ rank: 3, alpha: 6, scale: 2 });
    expect(down.a).toHaveLength(3 * SIZES.intermediateSize);
    expect(down.b).toHaveLength(SIZES.hiddenSize * 3);
    expect(down.a[5]).toBe(Math.fround(14 + 5 / 1000));
    expect(down.b[0]).toBe(-14);
  });

  test('16-bit matrices', () => {
    const config = modelConfig();
    const folder = adapterFolder({}, tensors(config, QUERIES, () => 3).map((tensor, i) => ({ ...tensor, dtype: i % 2 === 0 ? 'BF16' as const : 'F16' as const, values: () => [new Float32Array(tensor.shape[0]! * tensor.shape[1]!).fill(1.5)] })));
    expect(readAdapter(folder, config).matrices.get(QUERIES[1]!)!.b).toEqual(new Float32Array(48 * 3).fill(1.5));
  });

  test('rslora divides by the root of the rank', () => {
    const config = modelConfig();
    const adapter = readAdapter(adapterFolder({ r: 4, use_rslora: true }, tensors(config, QUERIES, () => 4)), config);
    expect(adapter.rslora).toBe(true);
    expect(adapter.matrices.get(QUERIES[0]!)!.scale).toBe(3);
  });

  test('rank_pattern and alpha_pattern: the first key that matches the end of the name', () => {
    const config = modelConfig();
    const modules = [...QUERIES, 'layers.0.self_attn.k_proj', 'layers.1.self_attn.k_proj'];
    const folder = adapterFolder(
      { target_modules: ['q_proj', 'k_proj'], rank_pattern: { 'layers.1.self_attn.q_proj': 5, 'q_proj': 2, '_proj': 9 }, alpha_pattern: { '^model.language_model.layers.\\d+.self_attn.k_proj': 12 } },
      tensors(config, modules, (module) => (module === QUERIES[1] ? 5 : module === QUERIES[0] ? 2 : 3)),
    );
    const found = [...readAdapter(folder, config).matrices].map(([module, { rank, alpha, scale }]) => [module, rank, alpha, scale]);
    expect(found).toEqual([
      ['layers.0.self_attn.k_proj', 3, 12, 4], ['layers.0.self_attn.q_proj', 2, 6, 3], ['layers.1.self_attn.k_proj', 3, 12, 4], ['layers.1.self_attn.q_proj', 5, 6, 1.2],
    ]);
  });

  test.each<[name: string, fields: object, modules: readonly string[], written: readonly string[]]>([
    ['a regular expression', { target_modules: 'model.language_model.layers.(?P<n>[01]).*(q|down)_proj' }, [...QUERIES, 'layers.0.mlp.down_proj', 'layers.1.mlp.down_proj'], ['down_proj', 'q_proj']],
    ['one without the vision tower', { target_modules: '^(?!.*visual).*(?:q_proj).*' }, QUERIES, ['q_proj']],
    ['all-linear', { target_modules: 'all-linear' }, ALL, ['down_proj', 'gate_proj', 'k_proj', 'o_proj', 'q_proj', 'up_proj', 'v_proj']],
    ['a whole name', { target_modules: ['model.language_model.layers.1.self_attn.q_proj'] }, [QUERIES[1]!], [QUERIES[1]!]],
    ['some layers', { layers_to_transform: [1] }, [QUERIES[1]!], [QUERIES[1]!]],
    ['one layer', { layers_to_transform: 0, layers_pattern: 'layers' }, [QUERIES[0]!], [QUERIES[0]!]],
    ['excluded names', { target_modules: ['q_proj', 'v_proj'], exclude_modules: ['v_proj'] }, QUERIES, ['q_proj']],
    ['an excluding expression', { exclude_modules: '.*layers\\.0\\..*' }, [QUERIES[1]!], [QUERIES[1]!]],
  ])('target modules by %s', (_, fields, modules, written) => {
    const config = modelConfig();
    const adapter = readAdapter(adapterFolder(fields, tensors(config, modules, () => 3)), config);
    expect([...adapter.matrices.keys()].sort()).toEqual([...modules].sort());
    expect(adapter.targetModules).toEqual(written);
  });
});

describe('readAdapter refuses', () => {
  test.each<[change: object, field: string, expected: string, found: string]>([
    [{ peft_type: 'IA3' }, 'peft_type', '"LORA"', '"IA3"'],
    [{ r: 0 }, 'r', 'above 0', '0'],
    [{ r: undefined }, 'r', 'a whole number', 'no such field'],
    [{ lora_alpha: '16' }, 'lora_alpha', 'a number above 0', '"16"'],
    [{ target_modules: null }, 'target_modules', 'a list of module names', 'null'],
    [{ bias: 'all' }, 'bias', '"none"', '"all"'],
    [{ use_dora: true }, 'use_dora', 'not supported', 'true'],
    [{ lora_bias: true }, 'lora_bias', 'not supported', 'true'],
    [{ modules_to_save: ['lm_head'] }, 'modules_to_save', 'not supported', '["lm_head"]'],
    [{ trainable_token_indices: [1, 2] }, 'trainable_token_indices', 'not supported', '[1,2]'],
    [{ layer_replication: [[0, 2]] }, 'layer_replication', 'not supported', '[[0,2]]'],
    [{ init_lora_weights: 'pissa_niter_4' }, 'init_lora_weights', 'changed the base weights', '"pissa_niter_4"'],
    [{ layers_pattern: 'blocks' }, 'layers_pattern', '"layers"', '"blocks"'],
    [{ rank_pattern: { q_proj: -1 } }, 'rank_pattern.q_proj', 'above 0', '{"q_proj":-1}'],
  ])('%j', (change, field, expected, found) => {
    const config = modelConfig();
    const folder = adapterFolder(change, tensors(config, QUERIES, () => 3));
    expectInputError(() => readAdapter(folder, config), { thing: [path.join(folder, CONFIG), `field ${field}`], expected, found });
  });

  test('an adapter for a model with more layers', () => {
    const config = modelConfig();
    const weights = tensors(config, [...QUERIES, 'layers.2.self_attn.q_proj'], () => 3);
    expectInputError(() => readAdapter(adapterFolder({}, weights), config), { thing: [WEIGHTS, `tensor ${NEWER('layers.2.self_attn.q_proj', 'A')}`], expected: 'layers below 2', found: 'layer 2: an adapter for another model' });
  });

  test('an adapter for a model with fewer layers', () => {
    const config = modelConfig();
    expectInputError(() => readAdapter(adapterFolder({}, tensors(config, [QUERIES[0]!], () => 3)), config), { thing: [WEIGHTS, `tensor ${NEWER(QUERIES[1]!, 'A')}`], expected: 'target_modules', found: 'none: the file has 1 modules' });
  });

  test('an adapter for a model of another width', () => {
    const wider: ModelConfig = readModelConfig(makeFolder({ hiddenSize: 96, mropeSection: [4, 2, 2] }));
    const folder = adapterFolder({}, tensors(wider, QUERIES, () => 3));
    expectInputError(() => readAdapter(folder, modelConfig()), { thing: [WEIGHTS, `tensor ${NEWER(QUERIES[0]!, 'A')}`], expected: 'shape [3, 48] for rank 3', found: '[3, 96]: an adapter for another model' });
  });

  test('matrices of another rank than the config says', () => {
    const config = modelConfig();
    expectInputError(() => readAdapter(adapterFolder({}, tensors(config, QUERIES, () => 4)), config), { thing: [WEIGHTS, 'lora_A'], expected: 'shape [3, 48] for rank 3', found: '[4, 48]' });
  });

  test.each(['A', 'B'] as const)('a lora_%s without its partner', (side) => {
    const config = modelConfig();
    const other = side === 'A' ? 'B' : 'A';
    const weights = tensors(config, QUERIES, () => 3).filter(({ name }) => name !== NEWER(QUERIES[1]!, other));
    expectInputError(() => readAdapter(adapterFolder({}, weights), config), { thing: [WEIGHTS, `tensor ${NEWER(QUERIES[1]!, side)}`], expected: `its partner, lora_${other} of ${QUERIES[1]}`, found: 'no such tensor' });
  });

  test('one matrix twice', () => {
    const config = modelConfig();
    const weights = [...tensors(config, QUERIES, () => 3), ...tensors(config, QUERIES, () => 3, SPELLINGS[1]![1])];
    expectInputError(() => readAdapter(adapterFolder({}, weights), config), { thing: [WEIGHTS, 'lora_A.default.weight'], expected: `one lora_A of ${QUERIES[0]}`, found: NEWER(QUERIES[0]!, 'A') });
  });

  test('a module that target_modules does not name', () => {
    const config = modelConfig();
    expectInputError(() => readAdapter(adapterFolder({ target_modules: ['v_proj'] }, tensors(config, QUERIES, () => 3)), config), { thing: [WEIGHTS, `tensor ${NEWER(QUERIES[0]!, 'A')}`], expected: 'target_modules', found: 'model.language_model.layers.0.self_attn.q_proj' });
  });

  const extra = (name: string): TensorToWrite => ({ name, dtype: 'F32', shape: [3, 32], values: () => [new Float32Array(96)] });
  test.each([
    ['base_model.model.model.visual.blocks.9.attn.qkv.lora_A.weight', 'this vision tower has no linear layer'],
    ['base_model.model.visual.patch_embed.proj.lora_B.default.weight', 'this vision tower has no linear layer'],
    ['base_model.model.lm_head.lora_A.weight', 'another name'],
    ['base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_magnitude_vector', 'another name'],
    ['model.layers.0.self_attn.q_proj.weight', 'another name'],
  ])('the tensor %s', (name, found) => {
    const config = modelConfig();
    expectInputError(() => readAdapter(adapterFolder({}, [...tensors(config, QUERIES, () => 3), extra(name)]), config), { thing: [WEIGHTS, `tensor ${name}`], expected: 'self_attn.q_proj', found });
  });

  test('NaN', () => {
    const config = modelConfig();
    const weights = tensors(config, QUERIES, () => 3).map((tensor) => ({ ...tensor, values: () => (tensor.name === NEWER(QUERIES[1]!, 'B') ? [new Float32Array(48 * 3).fill(NaN, 7)] : tensor.values()) }));
    expectInputError(() => readAdapter(adapterFolder({}, weights), config), { thing: [WEIGHTS, `tensor ${NEWER(QUERIES[1]!, 'B')}`], expected: 'finite', found: 'NaN at index 7' });
  });

  test('a folder without the files, or with a pickled one, and an expression that cannot be read', () => {
    const config = modelConfig();
    const folder = adapterFolder({}, tensors(config, QUERIES, () => 3));
    editJson(folder, CONFIG, (fields) => (fields['target_modules'] = '(?i)q_proj'));
    expectInputError(() => readAdapter(folder, config), { thing: [CONFIG], expected: 'regular expressions', found: '(?i)q_proj' });
    renameSync(path.join(folder, WEIGHTS), path.join(folder, 'adapter_model.bin'));
    expectInputError(() => readAdapter(folder, config), { thing: [WEIGHTS], expected: 'safetensors', found: 'adapter_model.bin' });
    rmSync(path.join(folder, 'adapter_model.bin'));
    expectInputError(() => readAdapter(folder, config), { thing: [WEIGHTS], expected: 'can be read', found: 'ENOENT' });
    rmSync(path.join(folder, CONFIG));
    expectInputError(() => readAdapter(folder, config), { thing: [CONFIG], expected: 'can be read', found: 'ENOENT' });
    writeFileSync(path.join(folder, 'config.json'), '{}');
    expectInputError(() => readAdapter(folder, config), { thing: [folder], expected: 'a LoRA adapter', found: 'a model' });
  });
});

describe('writeAdapter', () => {
  const matrices = (config: ModelConfig, module: string, rank: number, alpha: number, rslora = false): [string, LoraMatrices] => {
    const [out, into] = loraModules(config).get(module.replace(/^layers\.\d+\./, ''))!;
    const values = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i + rank));
    return [module, { a: values(rank * into), b: values(out * rank), rank, alpha, scale: rslora ? alpha / Math.sqrt(rank) : alpha / rank }];
  };

  test.each<[string, (config: ModelConfig) => Adapter]>([
    ['all modules', (config) => ({ rank: 4, alpha: 7, rslora: false, dropout: 0, baseModel: 'base', targetModules: targetModules(ALL, 2), matrices: new Map(ALL.map((module) => matrices(config, module, 4, 7))) })],
    ['ranks and alphas that differ, some layers, rslora', (config) => ({
      rank: 4, alpha: 8, rslora: true, dropout: 0.1, targetModules: targetModules([...QUERIES, 'layers.1.mlp.up_proj'], 2),
      matrices: new Map([matrices(config, QUERIES[0]!, 4, 8, true), matrices(config, QUERIES[1]!, 2, 8, true), matrices(config, 'layers.1.mlp.up_proj', 3, 5, true)]),
    })],
  ])('what is written is read back: %s', (_, make) => {
    const config = modelConfig();
    const adapter = make(config);
    const folder = path.join(temporaryFolder(), 'step-1', 'adapter');
    writeAdapter(folder, adapter);
    expect(readAdapter(folder, config)).toEqual(adapter);
    writeAdapter(folder, adapter); // over the first
    expect(readAdapter(folder, config)).toEqual(adapter);
    expect(readdirSync(folder).sort()).toEqual([CONFIG, WEIGHTS]);
  });

  test('in PEFT’s names and fields', () => {
    const config = modelConfig();
    const folder = temporaryFolder();
    const modules = [QUERIES[1]!];
    writeAdapter(folder, { rank: 4, alpha: 8, rslora: false, dropout: 0, targetModules: targetModules(modules, 2), matrices: new Map([matrices(config, modules[0]!, 2, 8)]) });
    const file = openSafetensors(path.join(folder, WEIGHTS));
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(Object.fromEntries([...file.tensors].map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]))).toEqual({
      'base_model.model.model.language_model.layers.1.self_attn.q_proj.lora_A.weight': ['F32', 2, 48],
      'base_model.model.model.language_model.layers.1.self_attn.q_proj.lora_B.weight': ['F32', 48, 2],
    });
    file.close();
    expect(JSON.parse(readFileSync(path.join(folder, CONFIG), 'utf8'))).toMatchObject({
      peft_type: 'LORA', task_type: 'CAUSAL_LM', r: 4, lora_alpha: 8, rank_pattern: { 'layers.1.self_attn.q_proj': 2 }, alpha_pattern: {},
      target_modules: ['layers.1.self_attn.q_proj'], exclude_modules: '.*visual.*', bias: 'none', use_rslora: false, use_dora: false,
    });
  });

  test('names the folder that cannot be made', () => {
    const config = modelConfig();
    const folder = path.join(temporaryFolder(), 'file', 'adapter');
    mkdirSync(path.dirname(path.dirname(folder)), { recursive: true });
    writeFileSync(path.dirname(folder), '');
    expectInputError(() => writeAdapter(folder, { rank: 1, alpha: 1, rslora: false, dropout: 0, targetModules: [], matrices: new Map([matrices(config, QUERIES[0]!, 1, 1)]) }), { thing: [folder], expected: 'can be written', found: 'ENOTDIR' });
  });
});
