import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { InputError } from '../records/input-error.ts';
import { type RunConfig, runConfig } from '../records/run-config.ts';
import { checkRunConfig, presetNames, readRunConfig } from '../train/config-file.ts';

// Configurations on their way between a form and a run: presets, what differs, YAML.

type Json = z.infer<ReturnType<typeof z.json>>;

export type Difference = { readonly key: string; readonly value: Json; readonly other: Json };

type Preset = { readonly name: string; readonly config: RunConfig };
let known: readonly Preset[] | undefined;

/** All presets; their files come with the program and are read once. */
export const presets = (): readonly Preset[] => (known ??= presetNames().map((name) => ({ name, config: readRunConfig(name) })));

export const configSchema = (): Record<string, Json> => z.toJSONSchema(runConfig, { io: 'input' }) as Record<string, Json>;

/** @throws InputError naming the field. */
export const readDraft = (draft: unknown): RunConfig => checkRunConfig(draft, 'configuration');

/** Values by the path of their field; records and lists are values of one field. */
function flat(config: RunConfig): ReadonlyMap<string, Json> {
  const fields = new Map<string, Json>();
  for (const [section, value] of Object.entries(config) as [string, Json][]) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) for (const [key, inner] of Object.entries(value)) fields.set(`${section}.${key}`, inner);
    else fields.set(section, value);
  }
  return fields;
}

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

export function differences(config: RunConfig, other: RunConfig): readonly Difference[] {
  const others = flat(other);
  return [...flat(config)].flatMap(([key, value]) => (same(value, others.get(key)) ? [] : [{ key, value, other: others.get(key) ?? null }]));
}

/** Fields in which configurations are not all alike, with each one's value. */
export function differencesOf(configs: readonly RunConfig[]): readonly { readonly key: string; readonly values: readonly Json[] }[] {
  const all = configs.map(flat);
  const keys = [...new Set(all.flatMap((fields) => [...fields.keys()]))];
  return keys.map((key) => ({ key, values: all.map((fields) => fields.get(key) ?? null) })).filter(({ values }) => values.some((value) => !same(value, values[0])));
}

/** The preset that a run differs least from: what a run keeps of its preset is its values alone. */
export function nearestPreset(config: RunConfig): { readonly preset: string; readonly differences: readonly Difference[] } | undefined {
  const [nearest] = presets().map(({ name, config: preset }) => ({ preset: name, differences: differences(config, preset) })).toSorted((a, b) => a.differences.length - b.differences.length);
  return nearest;
}

export const toYaml = (config: RunConfig): string => stringify(config, { lineWidth: 0 });

/** @throws InputError for what is no YAML, and for fields as readDraft does. */
export function fromYaml(text: string): RunConfig {
  try {
    return readDraft(parse(text) as unknown);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ thing: 'the text', expected: 'YAML with the fields of a run', found: (error as Error).message.split('\n')[0] ?? '', remedy: 'Correct the line.' }, { cause: error });
  }
}
