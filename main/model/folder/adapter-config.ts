import { existsSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { InputError } from '../../records/input-error.ts';
import { schemaFault, valueAt } from '../../records/schema-fault.ts';
import { readJsonFile } from './file-errors.ts';

/** The two files of an adapter's folder, as PEFT calls them. */
export const adapterConfigFile = 'adapter_config.json';
export const adapterWeightsFile = 'adapter_model.safetensors';
export const adapterFiles = [adapterConfigFile, adapterWeightsFile] as const;

/** Whether a folder is a LoRA adapter's, whole or not. */
export const isAdapter = (folder: string): boolean => existsSync(path.join(folder, adapterConfigFile));

/**
 * The fields of PEFT's adapter_config.json (peft/tuners/lora/config.py). Those that change what the adapter computes are
 * read, or refused where this program does not compute them; those that only concern training from scratch are passed over.
 */
const positive = z.number({ error: 'a number above 0' }).positive({ error: 'a number above 0' });
const rank = z.int({ error: 'a whole number above 0' }).positive({ error: 'a whole number above 0' });
const names = z.union([z.string(), z.array(z.string())], { error: 'a list of module names or a regular expression' });

const adapterFields = z.object({
  peft_type: z.literal('LORA', { error: '"LORA", the supported kind of adapter' }),
  r: rank,
  lora_alpha: positive,
  lora_dropout: z.number({ error: 'a number from 0 to 1' }).min(0).max(1).default(0),
  use_rslora: z.boolean({ error: 'true or false' }).default(false),
  rank_pattern: z.record(z.string(), rank, { error: 'an object of ranks' }).nullish(),
  alpha_pattern: z.record(z.string(), positive, { error: 'an object of alphas' }).nullish(),
  target_modules: names,
  exclude_modules: names.nullish(),
  layers_to_transform: z.union([z.int(), z.array(z.int())], { error: 'a layer index or a list of them' }).nullish(),
  layers_pattern: z.union([z.null(), z.tuple([]), z.literal(''), z.literal('layers'), z.tuple([z.literal('layers')])], { error: '"layers"' }).optional(),
  base_model_name_or_path: z.string({ error: 'a text' }).nullish(),
  bias: z.literal('none', { error: '"none": trained biases are not supported' }).default('none'),
  // The other ways of starting also change the base weights, so the adapter alone is not the difference.
  init_lora_weights: z.union([z.boolean(), z.literal(['gaussian', 'orthogonal', 'eva'])], {
    error: 'true, false, "gaussian", "orthogonal" or "eva": an adapter whose start changed the base weights has to be converted '
      + 'with PEFT (path_initial_model_for_weight_conversion)',
  }).default(true),
}, { error: 'a JSON object' });

/** Switches of PEFT that change the computation in ways that are not supported; off is null, false or empty. */
const UNSUPPORTED = [
  'use_dora', 'lora_bias', 'modules_to_save', 'fan_in_fan_out', 'use_qalora', 'layer_replication', 'target_parameters', 'trainable_token_indices',
  'alora_invocation_tokens', 'use_bdlora', 'arrow_config', 'kasa_config', 'velora_config', 'monteclora_config',
] as const;

export type AdapterFields = z.infer<typeof adapterFields>;

/** @throws InputError naming the file in the adapter's folder, and the field. */
export function readAdapterFields(folder: string): AdapterFields {
  const file = path.join(folder, adapterConfigFile);
  const fields = readJsonFile(file);
  const result = adapterFields.safeParse(fields);
  if (!result.success) {
    const { field, expected } = schemaFault(result.error, fields);
    throw adapterFieldError(file, field, expected, valueAt(fields, field === '' ? [] : [field.split('.')[0] as string]));
  }
  for (const name of UNSUPPORTED) {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    const off = !value || (typeof value === 'object' && Object.keys(value).length === 0);
    if (!off) throw adapterFieldError(file, name, `no ${name}: it is not supported`, value);
  }
  return result.data;
}

function adapterFieldError(file: string, field: string, expected: string, found: unknown): InputError {
  const text = JSON.stringify(found) ?? 'no such field';
  return new InputError({
    thing: field === '' ? file : `${file}: field ${field}`, expected, found: text.length > 100 ? `${text.slice(0, 100)}…` : text,
    remedy: 'Use a LoRA adapter as PEFT saves it, with plain A and B matrices.',
  });
}

/**
 * Whether PEFT puts matrices on a module (tuners_utils.py, check_target_module_exists).
 * @param module its name in the reference, e.g. "model.language_model.layers.3.self_attn.q_proj".
 */
export function isTargeted(file: string, fields: AdapterFields, module: string): boolean {
  if (fields.exclude_modules && matchesNames(file, fields.exclude_modules, module)) return false;
  if (typeof fields.target_modules === 'string' && fields.target_modules.toLowerCase() === 'all-linear') return true;
  if (!matchesNames(file, fields.target_modules, module)) return false;
  const layers = [fields.layers_to_transform ?? []].flat();
  return typeof fields.target_modules === 'string' || layers.length === 0 || layers.includes(Number(/\.layers\.(\d+)\./.exec(module)?.[1]));
}

/** The value that a rank_pattern or alpha_pattern gives a module, else the general one; the first key that matches counts (get_pattern_key). */
export function patternValue(file: string, pattern: Readonly<Record<string, number>> | null | undefined, module: string, general: number): number {
  const key = Object.keys(pattern ?? {}).find((expression) => pythonRegExp(file, `(?:(.*\\.)?(${expression})$)`).test(module));
  return key === undefined ? general : pattern![key]!;
}

/** A list matches whole names or their last parts; a text is a regular expression for the whole name. */
function matchesNames(file: string, wanted: string | readonly string[], module: string): boolean {
  if (typeof wanted === 'string') return pythonRegExp(file, `(?:${wanted})$`).test(module);
  return wanted.some((name) => module === name || module.endsWith(`.${name}`));
}

/** The two languages differ in names of groups and in the anchors of the whole text; both are anchored at the start here, as re.match is. */
function pythonRegExp(file: string, expression: string): RegExp {
  const translated = expression.replaceAll('(?P<', '(?<').replaceAll(/\(\?P=(\w+)\)/g, '\\k<$1>').replaceAll('\\A', '^').replaceAll('\\Z', '$');
  try {
    return new RegExp(`^${translated}`);
  } catch (error) {
    throw new InputError({
      thing: file, expected: 'regular expressions that JavaScript can read', found: expression, remedy: 'Write target_modules as a list of names.',
    }, { cause: error });
  }
}
