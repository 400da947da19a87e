import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Template } from '@huggingface/jinja';
import { z } from 'zod';
import { InputError } from '../../records/input-error.ts';
import type { ChatMessage } from '../../records/chat.ts';
import { readJsonFile, withFile } from '../folder/file-errors.ts';

/** Writes a conversation as the text that the model was trained on. */
export type ChatTemplate = { render(messages: readonly ChatMessage[], options: { readonly addGenerationPrompt: boolean }): string };

const named = z.array(z.object({ name: z.string(), template: z.string() }));
const holder = z.looseObject({ chat_template: z.union([z.string(), named]).optional() });

/**
 * The chat template of a model folder: chat_template.jinja, chat_template.json, or in tokenizer_config.json.
 * @throws InputError when none of them has one, or it is not a template.
 */
export function openChatTemplate(folder: string): ChatTemplate {
  const { file, source } = findTemplate(folder);
  const template = parse(file, source);
  return {
    render: (messages, { addGenerationPrompt }) => {
      try {
        return template.render({ messages, add_generation_prompt: addGenerationPrompt });
      } catch (error) {
        throw new InputError({ thing: `${file}: chat template`, expected: 'a template that takes these messages', found: (error as Error).message, remedy: 'Check the roles and contents of the messages, or take the template from the released model.' }, { cause: error });
      }
    },
  };
}

/** Its text, and the file that holds it; @throws as openChatTemplate does. */
export function findTemplate(folder: string): { readonly file: string; readonly source: string } {
  const jinja = path.join(folder, 'chat_template.jinja');
  if (existsSync(jinja)) return { file: jinja, source: withFile(jinja, 'a file that can be read', () => readFileSync(jinja, 'utf8')) };
  for (const name of ['chat_template.json', 'tokenizer_config.json']) {
    const file = path.join(folder, name);
    if (!existsSync(file)) continue;
    const parsed = holder.safeParse(readJsonFile(file));
    const found = parsed.success ? parsed.data.chat_template : undefined;
    const source = typeof found === 'string' ? found : (found?.find(({ name: each }) => each === 'default') ?? found?.[0])?.template;
    if (source !== undefined) return { file, source };
  }
  throw new InputError({
    thing: folder,
    expected: 'a chat template in chat_template.jinja, chat_template.json or tokenizer_config.json',
    found: 'none',
    remedy: 'Copy chat_template.json (or tokenizer_config.json) from the released model into the folder.',
  });
}

function parse(file: string, source: string): Template {
  try {
    return new Template(source);
  } catch (error) {
    throw new InputError({ thing: `${file}: chat template`, expected: 'a Jinja template', found: (error as Error).message, remedy: 'Take the template from the released model.' }, { cause: error });
  }
}
