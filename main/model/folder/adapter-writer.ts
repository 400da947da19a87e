import path from 'node:path';
import { makeFolders } from '../../home.ts';
import { type Adapter, inTower } from './adapter.ts';
import { adapterConfigFile, adapterWeightsFile } from './adapter-config.ts';
import { tensorName } from './adapter-tensors.ts';
import { writeTextAtomic } from './atomic-file.ts';
import { withFile } from './file-errors.ts';
import { writeSafetensors } from './safetensors-writer.ts';

/**
 * Writes an adapter as PEFT does, so that PeftModel.from_pretrained loads it: float32, the newer spelling of the names.
 * Each of the two files is replaced as a whole.
 * @throws InputError when the folder cannot be written.
 */
export function writeAdapter(folder: string, adapter: Adapter): void {
  withFile(folder, 'a folder that can be written', () => makeFolders(folder));
  const matrixOf = (module: string, side: 'A' | 'B', values: Float32Array, shape: readonly number[]) => ({
    name: tensorName(module, side), dtype: 'F32' as const, shape, values: () => [values],
  });
  const tensors = [...adapter.matrices].flatMap(([module, { a, b, rank }]) => [
    matrixOf(module, 'A', a, [rank, a.length / rank]),
    matrixOf(module, 'B', b, [b.length / rank, rank]),
  ]);
  writeSafetensors(path.join(folder, adapterWeightsFile), tensors, { format: 'pt' });
  const json = `${JSON.stringify(configFields(adapter), undefined, 2)}\n`;
  writeTextAtomic(path.join(folder, adapterConfigFile), json);
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
