import { InputError } from '../../records/input-error.ts';
import { inTower, linearModules, loraModules } from './adapter.ts';
import type { ModelConfig } from './config.ts';
import type { SafetensorsFile } from './safetensors.ts';

// Which module a tensor of PEFT's file belongs to, and what the file calls a module's tensors.

/** The tensors of one module, by their names in the file; `reference` is how target_modules and the patterns name the module. */
export type TensorPair = { readonly A?: string; readonly B?: string; readonly reference: string };

/** In the newer spelling. */
export const tensorName = (module: string, side: 'A' | 'B'): string => `base_model.model.model.${inTower(module) ? '' : 'language_model.'}${module}.lora_${side}.weight`;

/** Tensor names as PEFT writes them, in the spelling before Transformers 4.52 too, with or without the adapter's name. */
const MODULE_NAME = String.raw`(?:model\.(?:language_model\.)?|(?:model\.)?(?=visual\.))(?<module>(?:layers\.(?<layer>\d+)|visual\.blocks\.\d+|visual\.merger)\.(?:self_attn|attn|mlp)\.\w+)`;
const TENSOR_NAME = new RegExp(String.raw`^base_model\.model\.(?<reference>${MODULE_NAME})\.lora_(?<side>[AB])(?:\.default)?\.weight$`);

/**
 * The tensors of an adapter by module: "layers.3.self_attn.q_proj".
 * @param config Without it names alone are checked, not whether the model has such modules.
 * @throws InputError for a tensor of another name, of a module or layer that the model has not, and for a second of its module and side.
 */
export function tensorPairs(file: SafetensorsFile, config: ModelConfig | undefined): ReadonlyMap<string, TensorPair> {
  const modules = config && linearModules(config);
  const pairs = new Map<string, TensorPair>();
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
    pairs.set(module, { ...pair, [key]: name });
  }
  return pairs;
}
