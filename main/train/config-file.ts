import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { assertFile } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import { parseYaml } from '../records/parse-yaml.ts';
import { type RunConfig, runConfig } from '../records/run-config.ts';
import { schemaFault } from '../records/schema-fault.ts';
import { shipped } from '../shipped.ts';
import { runFolderName } from './run-name.ts';

const presetsFolder = shipped('resources/presets');

type Tree = { [key: string]: unknown };

/** Bytes of a file; one of data may be named by mistake. */
const mostBytes = 256 * 1024;

export const presetNames = (): readonly string[] => readdirSync(presetsFolder).flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -5)] : [])).sort();

/** What a preset is for: the first line of its file. */
export const presetSummary = (name: string): string => readFileSync(path.join(presetsFolder, `${name}.yaml`), 'utf8').split('\n')[0]?.replace(/^#\s*/, '') ?? '';

/**
 * A run's configuration from a file (YAML or JSON) or a preset's name, with `key.path=value` settings laid over it. A
 * file may begin with `preset: NAME` and then says only what differs.
 * @param text What the file brings, where it was read before.
 * @throws InputError for keys that there are not (with the nearest one) for values out of bounds, and for a name that no folder can have.
 */
export function readRunConfig(fileOrPreset: string, settings: readonly string[] = [], text?: string): RunConfig {
  if (text !== undefined) assertSize(fileOrPreset, Buffer.byteLength(text));
  const tree = withPreset(fileOrPreset, text === undefined ? readTree(fileOrPreset) : treeOf(fileOrPreset, text, false));
  for (const setting of settings) set(tree, setting);
  const config = checkRunConfig(tree, fileOrPreset);
  runFolderName(config.name);
  return config;
}

/** A configuration with settings laid over it. @throws InputError likewise; `thing` says whose it is. */
export function withSettings(config: RunConfig, settings: readonly string[], thing: string): RunConfig {
  const tree = structuredClone(config) as Tree;
  for (const setting of settings) set(tree, setting);
  return checkRunConfig(tree, thing);
}

/** @throws InputError naming the field. */
export function checkRunConfig(tree: unknown, thing: string): RunConfig {
  const parsed = runConfig.safeParse(tree);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (!issue) throw parsed.error;
  if (issue.code === 'unrecognized_keys') throw unknownKey(thing, issue.path.map(String), issue.keys[0] as string);
  const { field, expected, found } = schemaFault(parsed.error, tree);
  throw new InputError({ thing: `${thing}: ${field || 'the document'}`, expected, found, remedy: 'Correct the value; `arft train --help` lists every field with its bounds.' });
}

function readTree(fileOrPreset: string): Tree {
  const preset = path.join(presetsFolder, `${fileOrPreset}.yaml`);
  const file = existsSync(fileOrPreset) ? fileOrPreset : preset;
  if (!existsSync(file)) throw new InputError({ thing: fileOrPreset, expected: `a YAML or JSON file, or one of the presets ${presetNames().join(', ')}`, found: 'neither', remedy: 'Check the path.' });
  assertFile(file, 'YAML or JSON with the fields of a run');
  assertSize(file, statSync(file).size);
  return treeOf(file, readFileSync(file, 'utf8'), file === preset);
}

function assertSize(thing: string, bytes: number): void {
  if (bytes > mostBytes) throw new InputError({ thing, expected: `at most ${mostBytes} bytes`, found: `${bytes} bytes`, remedy: 'Name the configuration of a run; files of data are named in it, under data.' });
}

function treeOf(file: string, text: string, isPreset: boolean): Tree {
  try {
    const value = parseYaml(text);
    if (!isTree(value)) throw new Error('no mapping of fields');
    return isPreset ? withOwnModel(value) : value;
  } catch (error) {
    throw new InputError({ thing: file, expected: 'YAML or JSON with the fields of a run', found: (error as Error).message, remedy: 'Correct the file.' }, { cause: error });
  }
}

function withPreset(thing: string, { preset, ...own }: Tree): Tree {
  if (preset === undefined) return own;
  if (typeof preset !== 'string' || !presetNames().includes(preset)) throw new InputError({ thing: `${thing}: preset`, expected: presetNames().join(', '), found: JSON.stringify(preset), remedy: 'Name one of these.' });
  return merge(readTree(preset), own);
}

/** A preset may bring a model that comes with the program. */
const withOwnModel = (tree: Tree): Tree =>
  isTree(tree['model']) && typeof tree['model']['folder'] === 'string' ? { ...tree, model: { ...tree['model'], folder: shipped(tree['model']['folder']) } } : tree;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

const merge = (below: Tree, above: Tree): Tree =>
  Object.fromEntries([...new Set([...Object.keys(below), ...Object.keys(above)])].map((key) => {
    const [a, b] = [below[key], above[key]];
    // A section with nothing under it says nothing.
    const own = isTree(a) && b === null ? undefined : b;
    return [key, isTree(a) && isTree(own) && key !== 'weights' ? merge(a, own) : own === undefined ? a : own];
  }));

function set(tree: Tree, setting: string): void {
  const at = setting.indexOf('=');
  if (at <= 0) throw new InputError({ thing: `--set ${setting}`, expected: 'key.path=value', found: at < 0 ? 'no =' : 'no key before the =', remedy: 'Write, for example, --set rollout.group=4.' });
  const keys = setting.slice(0, at).split('.');
  let place = tree;
  for (const key of keys.slice(0, -1)) {
    if (!Object.hasOwn(place, key) || !isTree(place[key])) define(place, key, {});
    place = place[key] as Tree;
  }
  define(place, keys.at(-1) as string, valueOf(setting, setting.slice(at + 1)));
}

/** Also a key that objects have by themselves, which is then unknown like any other. */
const define = (tree: Tree, key: string, value: unknown): void => void Object.defineProperty(tree, key, { value, enumerable: true, configurable: true, writable: true });

/** Nothing is the empty text. */
function valueOf(setting: string, text: string): unknown {
  try {
    return text.trim() === '' ? '' : parseYaml(text);
  } catch (error) {
    throw new InputError({ thing: `--set ${setting}`, expected: 'a value as YAML has it', found: (error as Error).message, remedy: 'Put a text with marks of YAML in quotes.' }, { cause: error });
  }
}

/** One field of the schema, as help and forms show it. */
export type Field = { readonly key: string; readonly help: string; readonly unit?: string; readonly value: unknown; readonly bounds: string };

/** Every field with its help, unit, default and bounds, in the order of the schema. */
export function configFields(): readonly Field[] {
  const fields: Field[] = [];
  const visit = (schema: z.ZodType, keys: readonly string[]): void => {
    const { def } = schema as unknown as { def: { type: string; innerType?: z.ZodType; shape?: Record<string, z.ZodType> } };
    if (def.type === 'object') for (const [key, inner] of Object.entries(def.shape ?? {})) visit(inner, [...keys, key]);
    else if (def.type === 'prefault' && def.innerType) visit(def.innerType, keys);
    else if (schema.meta()?.['help'] !== undefined) fields.push(fieldOf(schema, keys));
  };
  visit(runConfig, []);
  return fields;
}

function fieldOf(schema: z.ZodType, keys: readonly string[]): Field {
  const { help, unit } = schema.meta() as { help: string; unit?: string };
  const { innerType } = (schema as unknown as { def: { innerType: { minValue?: number | null; maxValue?: number | null; options?: readonly unknown[] } } }).def;
  const { minValue, maxValue, options } = innerType;
  const top = maxValue === null || maxValue === undefined || maxValue >= Number.MAX_SAFE_INTEGER ? '' : maxValue;
  // A union's options are schemas, and say nothing that the help does not.
  const names = options?.filter((option) => typeof option === 'string') ?? [];
  const bounds = names.length > 0 ? names.join(' | ') : minValue === undefined || minValue === null ? '' : `${minValue}–${top}`;
  return { key: keys.join('.'), help, ...(unit !== undefined && { unit }), value: schema.parse(undefined), bounds };
}

function unknownKey(thing: string, at: readonly string[], key: string): InputError {
  const wrong = [...at, key].join('.');
  const known = configFields().map((field) => field.key);
  const sections = [...new Set(known.flatMap((each) => (each.includes('.') ? [each.split('.')[0] as string] : [])))];
  const nearest = [...known, ...sections].toSorted((a, b) => distance(a, wrong) - distance(b, wrong))[0] as string;
  return new InputError({ thing: `${thing}: ${wrong}`, expected: 'a field of a run’s configuration', found: 'a name that there is not', remedy: `Did you mean ${nearest}? \`arft train --help\` lists every field.` });
}

/** Edit distance (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) next.push(Math.min((row[j + 1] as number) + 1, (next[j] as number) + 1, (row[j] as number) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row.at(-1) as number;
}
