import { z } from 'zod';

/** One part of a message: text, or an image by path (or any name that its reader understands). */
const messagePart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('image'), image: z.string() }),
]);

const chatMessage = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(messagePart)]),
});

/** A conversation: at least one message. */
export const chatMessages = z.array(chatMessage).min(1);

export type ChatMessage = z.infer<typeof chatMessage>;

/** The images of a conversation, in order. */
export const imagesOf = (messages: readonly ChatMessage[]): readonly string[] =>
  messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content.flatMap((part) => (part.type === 'image' ? [part.image] : []))));
