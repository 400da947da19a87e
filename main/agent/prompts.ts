import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readFileOf } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import { parseYaml } from '../records/parse-yaml.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import { protocols } from './protocols/table.ts';
import { shipped } from '../shipped.ts';

/** Where the prompt sets lie that come with the program. */
const shippedSets = shipped('resources/prompts');

const task = z.strictObject({ system: z.string(), user: z.string().refine((text) => text.includes('{question}'), 'a text with {question} in it') });

/** The words that a policy is asked with and answered in. Names in {braces} are filled in; other braces stay. */
export const promptSet = z.strictObject({
  name: z.string().min(1),
  language: z.string().min(2),
  protocol: z.enum(Object.keys(protocols) as [keyof typeof protocols, ...(keyof typeof protocols)[]]),
  coding: task,
  search: task,
  /** One completion, no tools. */
  direct: task,
  observations: z.strictObject({
    information: z.string().refine((text) => text.includes('{passages}'), 'a text with {passages} in it'),
    passage: z.string(),
    nothing: z.string(),
    image: z.string(),
    output: z.string(),
    failed: z.string(),
    noImage: z.string(),
    problem: z.string(),
    invalid: z.string(),
    off: z.string(),
    /** Added to what comes back before the last step; may be empty. */
    lastStep: z.string(),
  }),
});

export type PromptSet = Readonly<z.infer<typeof promptSet>>;

/** Names of the prompt sets that come with the program, and of those in the user's folder. */
export function promptSetNames(userFolder?: string): readonly string[] {
  const of = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -5)] : [])) : []);
  return [...new Set([...of(shippedSets), ...(userFolder ? of(userFolder) : [])])].sort();
}

/**
 * A prompt set by name, or from a YAML or JSON file. A user's own set wins over one of the same name that is shipped.
 * @throws InputError when there is none, or a field is missing or unknown.
 */
export function openPromptSet(nameOrFile: string, userFolder?: string): PromptSet {
  const candidates = [nameOrFile, ...(userFolder ? [path.join(userFolder, `${nameOrFile}.yaml`)] : []), path.join(shippedSets, `${nameOrFile}.yaml`)];
  const file = candidates.find((each) => /\.(ya?ml|json)$/.test(each) && existsSync(each));
  if (file === undefined) {
    throw new InputError({ thing: `prompt set ${nameOrFile}`, expected: `a YAML file, or one of ${promptSetNames(userFolder).join(', ')}`, found: 'neither', remedy: 'Name one of these, or give the path of a file like those in resources/prompts.' });
  }
  const value = yaml(file);
  const parsed = promptSet.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputError({ thing: file, expected: 'the fields of a prompt set (see resources/prompts/tags-en.yaml)', found: schemaFaultText(parsed.error, value), remedy: 'Correct the file.' });
}

function yaml(file: string): unknown {
  const text = readFileOf(file, 'a YAML file').toString('utf8');
  try {
    return parseYaml(text);
  } catch (error) {
    throw new InputError({ thing: file, expected: 'a YAML file', found: (error as Error).message, remedy: 'Correct the file.' }, { cause: error });
  }
}

/** A template with the names in {braces} filled in, in one pass: what a value holds is never filled in again. */
export const fill = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] as string) : whole));
