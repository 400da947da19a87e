import { type Draft, type Json, read } from './values.ts';

// The form is made from the JSON Schema of a configuration: a field that is new there appears here by itself.

export type FieldKind = 'text' | 'number' | 'flag' | 'choice' | 'names' | 'sources' | 'weights' | 'custom';
export type Field = { readonly key: string; readonly kind: FieldKind; readonly help: string; readonly unit: string; readonly integer: boolean; readonly least: number | undefined; readonly most: number | undefined; /** Characters of a text. */ readonly shortest: number | undefined; readonly longest: number | undefined; readonly options: readonly string[] };

type Schema = { readonly type?: string; readonly properties?: Readonly<Record<string, Schema>>; readonly anyOf?: readonly Schema[]; readonly enum?: readonly string[]; readonly items?: Schema; readonly minimum?: number; readonly maximum?: number; readonly minLength?: number; readonly maxLength?: number; readonly help?: string; readonly unit?: string; readonly additionalProperties?: unknown };

function kindOf({ type, anyOf, enum: options, items }: Schema): FieldKind {
  if (options) return 'choice';
  if (anyOf) return 'sources';
  if (type === 'boolean') return 'flag';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'array') return items?.type === 'string' ? 'names' : 'custom';
  return type === 'object' ? 'weights' : 'text';
}

export function fieldsOf(schema: Draft): readonly Field[] {
  const visit = ({ properties = {} }: Schema, prefix: string): readonly Field[] =>
    Object.entries(properties).flatMap(([key, each]): readonly Field[] => {
      if (each.properties) return visit(each, `${key}.`);
      if (each.help === undefined) return [];
      // The largest numbers of a type are no bounds that anybody needs to read.
      const most = each.maximum !== undefined && each.maximum >= 2 ** 31 - 1 ? undefined : each.maximum;
      return [{ key: prefix + key, kind: kindOf(each), help: each.help, unit: each.unit ?? '', integer: each.type === 'integer', least: each.minimum, most, shortest: each.minLength, longest: each.maxLength, options: each.enum ?? [] }];
    });
  return visit(schema as Schema, '');
}

export type FieldFault = 'number' | 'whole' | 'least' | 'most' | 'between' | 'short' | 'long';

/** Why a value cannot be; nothing where it can. */
export function faultOf({ kind, integer, least, most, shortest, longest }: Field, value: Json | undefined): FieldFault | undefined {
  if (kind === 'text' && typeof value === 'string') return longest !== undefined && value.length > longest ? 'long' : shortest !== undefined && value.length < shortest ? 'short' : undefined;
  if (kind !== 'number') return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'number';
  if (integer && !Number.isInteger(value)) return 'whole';
  if ((least === undefined || value >= least) && (most === undefined || value <= most)) return undefined;
  return least === undefined ? 'most' : most === undefined ? 'least' : 'between';
}

export const sectionIds = ['run', 'model', 'data', 'method', 'rollout', 'reward', 'optimizer', 'watch', 'hardware'] as const;
export type SectionId = (typeof sectionIds)[number];

/** In the order of a decision: fields that are always in sight, and where the others of the schema are folded away. */
const sections: Readonly<Record<SectionId, { readonly shown: readonly string[]; readonly folded: readonly string[] }>> = {
  run: { shown: ['name', 'steps', 'seed'], folded: [] },
  model: { shown: ['model.folder', 'model.quantize', 'model.maxPixels'], folded: ['model.'] },
  data: { shown: ['data.train', 'data.heldOut', 'data.mode', 'data.prompts'], folded: ['data.', 'tools.'] },
  method: { shown: ['method', 'loss.name', 'parameters.kind', 'parameters.rank', 'loss.beta'], folded: ['loss.', 'parameters.'] },
  rollout: { shown: ['rollout.prompts', 'rollout.group', 'rollout.steps', 'rollout.maxNewTokens', 'rollout.tokens', 'rollout.temperature'], folded: ['rollout.'] },
  reward: { shown: ['reward.weights'], folded: ['reward.'] },
  optimizer: { shown: ['optimizer.learningRate', 'optimizer.schedule', 'optimizer.warmupSteps'], folded: ['optimizer.'] },
  watch: { shown: ['evaluation.every', 'evaluation.items', 'checkpoint.every', 'checkpoint.keep'], folded: ['evaluation.', 'checkpoint.', 'alarms.'] },
  hardware: { shown: ['model.provider', 'threads'], folded: [''] },
};

export type Section = { readonly id: SectionId; readonly shown: readonly Field[]; readonly folded: readonly Field[] };

/** Every field in one section; what no section asks for is folded into the last. */
export function sectionsOf(fields: readonly Field[]): readonly Section[] {
  const rest = new Map(fields.map((field) => [field.key, field]));
  const take = (wanted: (key: string) => boolean): readonly Field[] => {
    const taken = [...rest.values()].filter(({ key }) => wanted(key));
    for (const { key } of taken) rest.delete(key);
    return taken;
  };
  const shown = new Map(sectionIds.map((id) => [id, sections[id].shown.flatMap((key) => take((each) => each === key))]));
  return sectionIds.map((id) => ({ id, shown: shown.get(id) ?? [], folded: take((key) => sections[id].folded.some((prefix) => key.startsWith(prefix))) }));
}

export const changedKeys = (fields: readonly Field[], draft: Draft, base: Draft): ReadonlySet<string> => new Set(fields.flatMap(({ key }) => (JSON.stringify(read(draft, key)) === JSON.stringify(read(base, key)) ? [] : [key])));
