import type { ConversationEncoder } from '../model/conversation.ts';
import type { TrainingBatch } from '../model/training/batch.ts';
import type { PatchedImage } from '../model/vision-model.ts';
import type { ChatMessage } from '../records/chat.ts';

/** A conversation of which every assistant's message is to be learnt. */
export type Demonstration = readonly ChatMessage[];

export type DemonstrationEncoder = Pick<ConversationEncoder, 'tokenizer' | 'encode' | 'encodeAfter'> & {
  /** The id that ends an assistant's message. */
  readonly endToken: number;
};

/**
 * A demonstration as token ids, just as an episode of it would be read and written: what comes before the first message
 * of the assistant is the prompt, the rest one row, with the mask 1 where the assistant writes, its end token included.
 * @throws RangeError for a conversation without an assistant's message, or one that spells a special token.
 */
export async function demonstrationTokens({ tokenizer, encode, encodeAfter, endToken }: DemonstrationEncoder, messages: Demonstration): Promise<TrainingBatch> {
  const written = messages.flatMap(({ role }, i) => (role === 'assistant' ? [i] : []));
  if (written.length === 0) throw new RangeError('nobody writes anything in it');
  const prompt = await encode(messages.slice(0, written[0]));
  const ids: number[] = [];
  const mask: number[] = [];
  const images: PatchedImage[] = [];
  const put = (part: readonly number[], bit: 0 | 1): void => {
    ids.push(...part);
    mask.push(...part.map(() => bit));
  };
  for (const [k, i] of written.entries()) {
    const before = written[k - 1];
    if (before !== undefined) {
      const context = await encodeAfter(messages.slice(0, i), before);
      images.push(...context.images.map(patched));
      // The template closes the message before; its end was already put there.
      put(context.ids[0] === endToken ? context.ids.slice(1) : context.ids, 0);
    }
    const text = tokenizer.encode(messages[i]?.content as string);
    const special = text.find((id) => tokenizer.added.get(id)?.special);
    if (special !== undefined) throw new RangeError(`what is to be learnt spells the special token ${tokenizer.added.get(special)?.text}`);
    put([...text, endToken], 1);
  }
  return { prompt: { ids: prompt.ids, images: prompt.images.map(patched) }, rows: [{ ids, mask: Uint8Array.from(mask), images }] };
}

const patched = ({ grid, pixels }: PatchedImage): PatchedImage => ({ grid, pixels });
