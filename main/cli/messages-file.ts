import { existsSync } from 'node:fs';
import path from 'node:path';
import { jsonOf } from '../model/folder/file-errors.ts';
import { readFileOrPipe } from '../model/folder/file-or-pipe.ts';
import { type ChatMessage, chatMessages } from '../records/chat.ts';
import { InputError } from '../records/input-error.ts';
import { schemaFault } from '../records/schema-fault.ts';

/**
 * A conversation from a JSON file.
 * @throws InputError that names the message and the part that cannot be used.
 */
export async function readMessages(file: string, signal?: AbortSignal): Promise<readonly ChatMessage[]> {
  const value = jsonOf(file, (await readFileOrPipe(file, 'a JSON file that can be read', signal)).toString('utf8'));
  const parsed = chatMessages.safeParse(value);
  if (parsed.success) return parsed.data.map((message) => withImagesBeside(message, path.dirname(file)));
  const { field, expected, found } = schemaFault(parsed.error, value);
  const place = field.split('.').map((part) => (/^\d+$/.test(part) ? `number ${Number(part) + 1}` : part)).join(', ');
  throw new InputError({ thing: `${file}: ${place || 'the document'}`, expected: `${expected} (a file has [{role, content}], content a text or parts {type: "text", text} and {type: "image", image: path})`, found, remedy: 'Correct the file.' });
}

/** Images by paths from the working folder, or else from the folder of the file that names them. */
function withImagesBeside({ role, content }: ChatMessage, folder: string): ChatMessage {
  const place = (image: string): string => (!existsSync(image) && existsSync(path.join(folder, image)) ? path.join(folder, image) : image);
  return { role, content: typeof content === 'string' ? content : content.map((part) => (part.type === 'image' ? { ...part, image: place(part.image) } : part)) };
}
