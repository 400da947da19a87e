import { existsSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { readJsonFile } from '../model/folder/file-errors.ts';
import { type ChatMessage, chatMessages } from '../records/chat.ts';
import { InputError } from '../records/input-error.ts';

/**
 * A conversation from a JSON file.
 * @throws InputError that names the message and the part that cannot be used.
 */
export function readMessages(file: string): readonly ChatMessage[] {
  const parsed = chatMessages.safeParse(readJsonFile(file));
  if (parsed.success) return parsed.data.map((message) => withImagesBeside(message, path.dirname(file)));
  const { path: place, message } = innermost(parsed.error.issues[0] as z.core.$ZodIssue);
  throw new InputError({
    thing: `${file}: ${place.map((part) => (typeof part === 'number' ? `number ${part + 1}` : String(part))).join(', ') || 'the document'}`,
    expected: 'a list of {role, content}, content a text or parts {type: "text", text} and {type: "image", image: path}',
    found: message,
    remedy: 'Correct the file.',
  });
}

/** Images by paths from the working folder, or else from the folder of the file that names them. */
function withImagesBeside({ role, content }: ChatMessage, folder: string): ChatMessage {
  const place = (image: string): string => (!existsSync(image) && existsSync(path.join(folder, image)) ? path.join(folder, image) : image);
  return { role, content: typeof content === 'string' ? content : content.map((part) => (part.type === 'image' ? { ...part, image: place(part.image) } : part)) };
}

/** What is wrong inside the last of the forms that a value may have. */
function innermost(issue: z.core.$ZodIssue): Pick<z.core.$ZodIssue, 'path' | 'message'> {
  const inner = issue.code === 'invalid_union' ? issue.errors.at(-1)?.[0] : undefined;
  if (!inner) return issue;
  const within = innermost(inner);
  return { path: [...issue.path, ...within.path], message: within.message };
}
