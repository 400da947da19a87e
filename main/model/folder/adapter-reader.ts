import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../records/input-error.ts';
import { firstNonFinite } from '../../runtime/float-formats.ts';
import { type Adapter, type LoraMatrices, inTower, linearModules, loraScale, targetModules } from './adapter.ts';
import { type AdapterFields, adapterConfigFile, adapterWeightsFile, isTargeted, patternValue, readAdapterFields } from './adapter-config.ts';
import { type TensorPair, tensorPairs } from './adapter-tensors.ts';
import type { ModelConfig } from './config.ts';
import { type SafetensorsFile, openSafetensors } from './safetensors.ts';

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
  const configFile = path.join(folder, adapterConfigFile);
  if (existsSync(folder) && !existsSync(configFile) && existsSync(path.join(folder, 'config.json'))) {
    throw new InputError({ thing: folder, expected: `a LoRA adapter as PEFT saves it, with ${adapterConfigFile}`, found: 'a model: config.json', remedy: 'Give the folder of an adapter.' });
  }
  const fields = readAdapterFields(folder);
  const weightsFile = path.join(folder, adapterWeightsFile);
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
        thing, expected: `a module that target_modules in ${adapterConfigFile} names`, found: reference,
        remedy: `Use the ${adapterConfigFile} that belongs to these weights.`,
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

function readMatrix(file: SafetensorsFile, name: string, expected: readonly [number, number], rank: number): Float32Array {
  const thing = `${file.path}: tensor ${name}`;
  const { shape } = file.tensors.get(name)!;
  if (shape.length !== 2 || shape[0] !== expected[0] || shape[1] !== expected[1]) {
    throw new InputError({
      thing, expected: `shape [${expected.join(', ')}] for rank ${rank} on this model`,
      found: `[${shape.join(', ')}]: an adapter for another model, or of another rank`,
      remedy: `Use the adapter with the model it was trained on, and with its own ${adapterConfigFile}.`,
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
function requireTargets(file: SafetensorsFile, configFile: string, fields: AdapterFields, config: ModelConfig, pairs: ReadonlyMap<string, TensorPair>): void {
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
      expected: `the matrices of a module that target_modules in ${adapterConfigFile} names`,
      found: `none: the file has ${pairs.size} modules`, remedy: 'Use the adapter with the model it was trained on, or copy it again.',
    });
  }
}

/** layers.2 before layers.10. */
function moduleOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
