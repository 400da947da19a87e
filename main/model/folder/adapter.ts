import { existsSync } from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../../home.ts';
import { InputError } from '../../records/input-error.ts';
import { firstNonFinite } from '../../runtime/float-formats.ts';
import { isTargeted, patternValue, readAdapterFields } from './adapter-config.ts';
import type { AdapterFields } from './adapter-config.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { ModelConfig } from './config.ts';
import { withFile } from './file-errors.ts';
import { openSafetensors } from './safetensors.ts';
import type { SafetensorsFile } from './safetensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';

/** The two matrices of one linear layer W [out, in]: its output grows by scale · B (A x). */
export type LoraMatrices = {
  readonly a: Float32Array; // [rank, in]
  readonly b: Float32Array; // [out, rank]
  readonly rank: number;
  readonly alpha: number;
  /** alpha / rank, or alpha / √rank with rslora (arXiv 2312.03732). */
  readonly scale: number;
};

export type Adapter = {
  /** Of the modules that do not differ. */
  readonly rank: number;
  readonly alpha: number;
  readonly rslora: boolean;
  readonly dropout: number;
  /** Name or folder of the model it was trained on, where known. */
  readonly baseModel?: string;
  /** Names that PEFT's target_modules has to list: see targetModules(). */
  readonly targetModules: readonly string[];
  /** By module: "layers.3.self_attn.q_proj", "visual.blocks.0.attn.qkv". */
  readonly matrices: ReadonlyMap<string, LoraMatrices>;
};

const CONFIG_FILE = 'adapter_config.json';
const WEIGHTS_FILE = 'adapter_model.safetensors';

/** Linear layers of a decoder layer, by module name within it, with their [out, in]. */
export function loraModules(config: ModelConfig): ReadonlyMap<string, readonly [out: number, into: number]> {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config.text;
  return new Map<string, readonly [number, number]>([
    ['self_attn.q_proj', [heads * headDim, hiddenSize]],
    ['self_attn.k_proj', [kvHeads * headDim, hiddenSize]],
    ['self_attn.v_proj', [kvHeads * headDim, hiddenSize]],
    ['self_attn.o_proj', [hiddenSize, heads * headDim]],
    ['mlp.gate_proj', [intermediateSize, hiddenSize]],
    ['mlp.up_proj', [intermediateSize, hiddenSize]],
    ['mlp.down_proj', [hiddenSize, intermediateSize]],
  ]);
}

/** Linear layers of the vision tower by their whole names, with their [out, in]. */
export function towerModules({ vision: { depth, hiddenSize, intermediateSize, mergeSize, outHiddenSize } }: ModelConfig): ReadonlyMap<string, readonly [out: number, into: number]> {
  const merged = hiddenSize * mergeSize ** 2;
  const block = [['attn.qkv', [3 * hiddenSize, hiddenSize]], ['attn.proj', [hiddenSize, hiddenSize]], ['mlp.gate_proj', [intermediateSize, hiddenSize]], ['mlp.up_proj', [intermediateSize, hiddenSize]], ['mlp.down_proj', [hiddenSize, intermediateSize]]] as const;
  return new Map<string, readonly [number, number]>([
    ...Array.from({ length: depth }, (_, i) => block.map(([linear, size]) => [`visual.blocks.${i}.${linear}`, size] as const)).flat(),
    ['visual.merger.mlp.0', [merged, merged]],
    ['visual.merger.mlp.2', [outHiddenSize, merged]],
  ]);
}

/** Everything that can have an adapter, by whole names. */
export function linearModules(config: ModelConfig): ReadonlyMap<string, readonly [out: number, into: number]> {
  const text = Array.from({ length: config.text.layers }, (_, i) => [...loraModules(config)].map(([linear, size]) => [`layers.${i}.${linear}`, size] as const)).flat();
  return new Map([...text, ...towerModules(config)]);
}

/** Whether a module is one of the vision tower. */
export const inTower = (module: string): boolean => module.startsWith('visual.');

/**
 * The shortest list of names that makes PEFT put matrices on exactly these modules: the layers' own names
 * ("q_proj") where every layer has them, else the modules' ("layers.3.self_attn.q_proj"). The vision tower's blocks have
 * linear layers of the same names as the text model's; they are left out by a pattern where none of them is meant.
 */
export function targetModules(modules: Iterable<string>, layers: number): readonly string[] {
  const all = [...modules];
  const towerLeaves = new Set(all.some(inTower) ? ['gate_proj', 'up_proj', 'down_proj'] : []);
  const byLeaf = Map.groupBy(all, (module) => (inTower(module) ? module : module.slice(module.lastIndexOf('.') + 1)));
  return [...byLeaf].flatMap(([leaf, found]) => (found.length === layers && !towerLeaves.has(leaf) ? [leaf] : found)).sort();
}

/**
 * Reads a PEFT LoRA adapter.
 * @throws InputError naming the file, and the tensor or field: another kind of adapter, one for another model, a matrix
 *   without its partner, values that are not finite.
 */
export function readAdapter(folder: string, config: ModelConfig): Adapter {
  return withAdapter(folder, (file, configFile, fields) => {
    const matrices = readMatrices(file, configFile, fields, config);
    return {
      rank: fields.r, alpha: fields.lora_alpha, rslora: fields.use_rslora, dropout: fields.lora_dropout,
      ...(fields.base_model_name_or_path ? { baseModel: fields.base_model_name_or_path } : {}),
      targetModules: targetModules(matrices.keys(), config.text.layers), matrices,
    };
  });
}

/** Looks whether an adapter is whole, without the model that it is for. @throws InputError for what that tells. */
export function checkAdapter(folder: string): void {
  withAdapter(folder, (file, configFile, fields) => readMatrices(file, configFile, fields));
}

function withAdapter<T>(folder: string, read: (file: SafetensorsFile, configFile: string, fields: AdapterFields) => T): T {
  const configFile = path.join(folder, CONFIG_FILE);
  if (existsSync(folder) && !existsSync(configFile) && existsSync(path.join(folder, 'config.json'))) {
    throw new InputError({ thing: folder, expected: `a LoRA adapter as PEFT saves it, with ${CONFIG_FILE}`, found: 'a model: config.json', remedy: 'Give the folder of an adapter.' });
  }
  const fields = readAdapterFields(configFile);
  const weightsFile = path.join(folder, WEIGHTS_FILE);
  if (!existsSync(weightsFile) && existsSync(path.join(folder, 'adapter_model.bin'))) {
    throw new InputError({
      thing: weightsFile, expected: 'the adapter as safetensors', found: 'adapter_model.bin',
      remedy: 'Save the adapter again with PEFT (save_pretrained, safe_serialization).',
    });
  }
  const file = openSafetensors(weightsFile);
  try {
    return read(file, configFile, fields);
  } finally {
    file.close();
  }
}

/** Scale of the product of two matrices of this rank. */
export function loraScale(alpha: number, rank: number, rslora: boolean): number {
  return alpha / (rslora ? Math.sqrt(rank) : rank);
}

type Pair = { A?: string; B?: string; reference: string };

/** @param config Without it the matrices' sizes are their own: only their ranks are checked. */
function readMatrices(file: SafetensorsFile, configFile: string, fields: AdapterFields, config?: ModelConfig): ReadonlyMap<string, LoraMatrices> {
  const modules = config && linearModules(config);
  const pairs = tensorPairs(file, config);
  const matrices = new Map<string, LoraMatrices>();
  for (const [module, { A, B, reference }] of [...pairs].sort(([a], [b]) => moduleOrder(a, b))) {
    const thing = `${file.path}: tensor ${A ?? B}`;
    if (A === undefined || B === undefined) {
      throw new InputError({
        thing, expected: `its partner, lora_${A === undefined ? 'A' : 'B'} of ${module}`, found: 'no such tensor', remedy: 'Copy the adapter again.',
      });
    }
    if (!isTargeted(configFile, fields, reference)) {
      throw new InputError({
        thing, expected: `a module that target_modules in ${CONFIG_FILE} names`, found: reference,
        remedy: `Use the ${CONFIG_FILE} that belongs to these weights.`,
      });
    }
    const rank = patternValue(configFile, fields.rank_pattern, reference, fields.r);
    const alpha = patternValue(configFile, fields.alpha_pattern, reference, fields.lora_alpha);
    const [out, into] = modules?.get(module) ?? [file.tensors.get(B)?.shape[0] ?? 0, file.tensors.get(A)?.shape[1] ?? 0];
    const a = readMatrix(file, A, [rank, into], rank);
    const b = readMatrix(file, B, [out, rank], rank);
    matrices.set(module, { a, b, rank, alpha, scale: loraScale(alpha, rank, fields.use_rslora) });
  }
  if (config) requireTargets(file, configFile, fields, config, pairs);
  return matrices;
}

/** Tensor names as PEFT writes them, in the spelling before Transformers 4.52 too, with or without the adapter's name. */
const MODULE_NAME = String.raw`(?:model\.(?:language_model\.)?|(?:model\.)?(?=visual\.))(?<module>(?:layers\.(?<layer>\d+)|visual\.blocks\.\d+|visual\.merger)\.(?:self_attn|attn|mlp)\.\w+)`;
const TENSOR_NAME = new RegExp(String.raw`^base_model\.model\.(?<reference>${MODULE_NAME})\.lora_(?<side>[AB])(?:\.default)?\.weight$`);

function tensorPairs(file: SafetensorsFile, config: ModelConfig | undefined): ReadonlyMap<string, Pair> {
  const modules = config && linearModules(config);
  const pairs = new Map<string, Pair>();
  for (const name of file.tensors.keys()) {
    const thing = `${file.path}: tensor ${name}`;
    const { reference, module, layer, side } = TENSOR_NAME.exec(name)?.groups ?? {};
    const beyond = config !== undefined && layer !== undefined && Number(layer) >= config.text.layers;
    if (reference === undefined || module === undefined || (modules && !modules.has(beyond ? module.replace(/\d+/, '0') : module))) {
      throw new InputError({
        thing,
        expected: config ? `lora_A or lora_B of ${[...loraModules(config).keys()].join(', ')} in a layer of the text model, or of a linear layer of the vision tower` : 'lora_A or lora_B of a linear layer',
        found: name.includes('visual.') ? 'a tensor that this vision tower has no linear layer for' : 'another name',
        remedy: 'Train the adapter on linear layers of this model only.',
      });
    }
    if (beyond) {
      throw new InputError({
        thing, expected: `layers below ${config.text.layers}, as this model has`, found: `layer ${layer}: an adapter for another model`,
        remedy: 'Use the adapter with the model it was trained on.',
      });
    }
    const pair = pairs.get(module) ?? { reference };
    const key = side as 'A' | 'B';
    if (pair[key] !== undefined) {
      throw new InputError({
        thing, expected: `one lora_${key} of ${module}`, found: `tensor ${pair[key]} too`, remedy: 'Remove one of the two.',
      });
    }
    pair[key] = name;
    pairs.set(module, pair);
  }
  return pairs;
}

function readMatrix(file: SafetensorsFile, name: string, expected: readonly [number, number], rank: number): Float32Array {
  const thing = `${file.path}: tensor ${name}`;
  const { shape } = file.tensors.get(name)!;
  if (shape.length !== 2 || shape[0] !== expected[0] || shape[1] !== expected[1]) {
    throw new InputError({
      thing, expected: `shape [${expected.join(', ')}] for rank ${rank} on this model`,
      found: `[${shape.join(', ')}]: an adapter for another model, or of another rank`,
      remedy: `Use the adapter with the model it was trained on, and with its own ${CONFIG_FILE}.`,
    });
  }
  const values = file.readFloat32(name);
  const at = firstNonFinite(values);
  if (at !== -1) {
    throw new InputError({
      thing, expected: 'finite numbers', found: `${values[at]} at index ${at}`, remedy: 'Use an earlier checkpoint of the adapter.',
    });
  }
  return values;
}

/** A targeted module without matrices would be the base model's there; it is a sign of a damaged file, not a wish. */
function requireTargets(file: SafetensorsFile, configFile: string, fields: AdapterFields, config: ModelConfig, pairs: ReadonlyMap<string, Pair>): void {
  const references = [...pairs.values()].map(({ reference }) => reference);
  const spelling = references.some((reference) => reference.startsWith('model.layers.')) ? 'model.' : 'model.language_model.';
  // Names alone do not say whether the tower was meant: other programs leave it out in ways of their own.
  const tower = references.find((reference) => /^(?:model\.)?visual\./.test(reference));
  for (const module of linearModules(config).keys()) {
    if (inTower(module) && tower === undefined) continue;
    const reference = `${inTower(module) ? (tower?.startsWith('model.') ? 'model.' : '') : spelling}${module}`;
    if (pairs.has(module) || !isTargeted(configFile, fields, reference)) continue;
    throw new InputError({
      thing: `${file.path}: tensor base_model.model.${reference}.lora_A.weight`,
      expected: `the matrices of a module that target_modules in ${CONFIG_FILE} names`,
      found: `none: the file has ${pairs.size} modules`, remedy: 'Use the adapter with the model it was trained on, or copy it again.',
    });
  }
}

/**
 * Writes an adapter as PEFT does, so that PeftModel.from_pretrained loads it: float32, the newer spelling of the names.
 * Each of the two files is replaced as a whole.
 * @throws InputError when the folder cannot be written.
 */
export function writeAdapter(folder: string, adapter: Adapter): void {
  withFile(folder, 'a folder that can be written', () => makeFolders(folder));
  const matrixOf = (module: string, side: 'A' | 'B', values: Float32Array, shape: readonly number[]) => ({
    name: `base_model.model.model.${inTower(module) ? '' : 'language_model.'}${module}.lora_${side}.weight`, dtype: 'F32' as const, shape, values: () => [values],
  });
  const tensors = [...adapter.matrices].flatMap(([module, { a, b, rank }]) => [
    matrixOf(module, 'A', a, [rank, a.length / rank]),
    matrixOf(module, 'B', b, [b.length / rank, rank]),
  ]);
  writeSafetensors(path.join(folder, WEIGHTS_FILE), tensors, { format: 'pt' });
  const json = `${JSON.stringify(configFields(adapter), undefined, 2)}\n`;
  writeFileAtomic(path.join(folder, CONFIG_FILE), (append) => append(new TextEncoder().encode(json)));
}

function configFields(adapter: Adapter): Readonly<Record<string, unknown>> {
  const differing = (key: 'rank' | 'alpha') => {
    const modules = [...adapter.matrices].filter(([, matrices]) => matrices[key] !== adapter[key]);
    return Object.fromEntries(modules.map(([module, matrices]) => [module, matrices[key]]));
  };
  return {
    peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: adapter.baseModel ?? null, revision: null, inference_mode: true,
    r: adapter.rank, lora_alpha: adapter.alpha, lora_dropout: adapter.dropout, use_rslora: adapter.rslora,
    rank_pattern: differing('rank'), alpha_pattern: differing('alpha'),
    target_modules: adapter.targetModules, exclude_modules: [...adapter.matrices.keys()].some(inTower) ? null : '.*visual.*',
    bias: 'none', fan_in_fan_out: false, init_lora_weights: true, modules_to_save: null, layers_to_transform: null, layers_pattern: null,
    use_dora: false, lora_bias: false,
  };
}

/** layers.2 before layers.10. */
function moduleOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
