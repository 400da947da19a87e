import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Expectation, InputError } from '../../records/input-error.ts';
import { readModelConfig } from './config.ts';
import type { ModelConfig } from './config.ts';
import { parameterCount } from './expected-tensors.ts';
import type { ParameterCount } from './expected-tensors.ts';
import { readJsonFile, withFile } from './file-errors.ts';
import { findImageSettings, imageSettingsFile } from './image-settings.ts';
import { openWeights } from './weights.ts';

export type ModelReport = {
  readonly folder: string;
  /** Absent when config.json cannot be used; then parameters are unknown too. */
  readonly config?: ModelConfig;
  /** As the config implies, whether the weights are there or not. */
  readonly parameters?: ParameterCount;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** What most of the values in the files are; absent where they cannot be read. config.json may say another. */
  readonly storedAs?: ModelConfig['dtype'];
  readonly has: {
    readonly weights: boolean;
    readonly tokenizer: boolean;
    readonly chatTemplate: boolean;
    readonly imageProcessor: boolean;
    readonly generationConfig: boolean;
  };
  /** Stored tensors that the model does not use. */
  readonly surplusTensors: readonly string[];
  /** One sentence for each thing that is missing or cannot be used; empty when the folder is complete. */
  readonly missing: readonly string[];
  /** The same in its parts. */
  readonly lacks: readonly Expectation[];
};

/**
 * What a model folder holds and what it lacks. Works without weights, from config.json alone; reads headers, no tensors,
 * and whether other files are there (examine.ts says whether they can be used).
 * @throws InputError only when the folder itself cannot be read.
 */
export function inspectModelFolder(folder: string): ModelReport {
  const names = withFile(folder, 'a model folder that can be read', () => readdirSync(folder));
  const lacks: InputError[] = [];
  const attempt = collecting(lacks);
  const config = attempt(() => readModelConfig(folder));
  const held = config === undefined ? undefined : attempt(() => heldBy(folder, config));
  const tokenizer = attempt(() => requireTokenizer(folder));
  const chatTemplate = attempt(() => requireChatTemplate(folder));
  const imageProcessor = attempt(() => findImageSettings(folder) !== undefined || requireJson(folder, imageSettingsFile, 'the image processor’s settings (pixel limits, mean, spread), or processor_config.json with them'));
  return {
    folder,
    ...(config === undefined ? {} : { config, parameters: parameterCount(config) }),
    files: names.sort().flatMap((name) => fileSize(folder, name)),
    ...(held && { storedAs: held.storedAs }),
    has: {
      weights: held !== undefined, tokenizer: tokenizer === true, chatTemplate: chatTemplate === true, imageProcessor: imageProcessor === true,
      generationConfig: names.includes('generation_config.json'),
    },
    surplusTensors: held?.surplus ?? [],
    missing: lacks.map(({ message }) => message),
    lacks: lacks.map(({ expectation }) => expectation),
  };
}

/** Reads something: its value, or undefined with what is wrong put into `faults`. */
export const collecting = (faults: InputError[]) => <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    faults.push(error);
    return undefined;
  }
};

const dtypeNames = { BF16: 'bfloat16', F16: 'float16', F32: 'float32' } as const;

function heldBy(folder: string, config: ModelConfig): { readonly surplus: readonly string[]; readonly storedAs: ModelConfig['dtype'] } {
  const weights = openWeights(folder, config);
  weights.close();
  return { surplus: weights.surplus, storedAs: dtypeNames[weights.mostDtype] };
}

function requireTokenizer(folder: string): true {
  return requireJson(folder, 'tokenizer.json', 'the tokenizer, as Transformers’ fast tokenizers save it');
}

/** A file of its own in either format, or a field of tokenizer_config.json, as in the released folders. */
function requireChatTemplate(folder: string): true {
  const isTemplate = (file: string): boolean => {
    const content = readJsonFile(file);
    const template = typeof content === 'object' && content !== null && 'chat_template' in content ? content.chat_template : undefined;
    return typeof template === 'string' || Array.isArray(template);
  };
  const jinja = path.join(folder, 'chat_template.jinja');
  if (existsSync(jinja) && withFile(jinja, 'a file that can be read', () => readFileSync(jinja, 'utf8')).trim() !== '') return true;
  const files = ['chat_template.json', 'tokenizer_config.json'].map((name) => path.join(folder, name));
  if (files.some((file) => existsSync(file) && isTemplate(file))) return true;
  throw new InputError({
    thing: folder, expected: 'a chat template in chat_template.jinja, chat_template.json or tokenizer_config.json', found: 'none',
    remedy: 'Copy the file from the model’s source.',
  });
}

function requireJson(folder: string, name: string, expected: string): true {
  const file = path.join(folder, name);
  if (!existsSync(file)) throw new InputError({ thing: file, expected, found: 'no such file', remedy: 'Copy the file from the model’s source.' });
  readJsonFile(file);
  return true;
}

/** Nothing for a folder, or for a link that leads nowhere or to itself. */
function fileSize(folder: string, name: string): readonly { readonly name: string; readonly bytes: number }[] {
  try {
    const stats = statSync(path.join(folder, name));
    return stats.isFile() ? [{ name, bytes: stats.size }] : [];
  } catch {
    return [];
  }
}
