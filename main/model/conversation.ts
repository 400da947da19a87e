import { type ChatMessage, imagesOf } from '../records/chat.ts';
import { readModelConfig } from './folder/config.ts';
import { type ProcessedImage, type ProcessorOptions, openImageProcessor } from './image/processor.ts';
import { openChatTemplate } from './text/chat.ts';
import { buildPrompt, requireEmbedded } from './text/prompt.ts';
import { type Tokenizer, openTokenizer } from './text/tokenizer.ts';

/** A conversation as the model takes it. */
export type EncodedConversation = {
  readonly ids: readonly number[];
  readonly text: string;
  readonly images: readonly ProcessedImage[];
};

export type ConversationEncoder = {
  readonly tokenizer: Tokenizer;
  /** @throws InputError naming the image or the message. */
  encode(messages: readonly ChatMessage[]): Promise<EncodedConversation>;
  /** What the template writes after the content of message `after`, an assistant's: to be appended to the ids it consists of. */
  encodeAfter(messages: readonly ChatMessage[], after: number): Promise<EncodedConversation>;
};

export type EncoderOptions = ProcessorOptions & {
  /** The bytes of an image by the name that messages give it; a path by default. */
  readonly readImage?: (name: string) => Promise<Uint8Array>;
};

/** Tokenizer, chat template and image processor of a model folder together: messages in, token ids and pixels out. */
export function openConversationEncoder(folder: string, { readImage, ...options }: EncoderOptions = {}): ConversationEncoder {
  const config = readModelConfig(folder);
  const tokenizer = openTokenizer(folder);
  const template = openChatTemplate(folder);
  const processor = openImageProcessor(folder, config.vision, options);
  const encode = async (messages: readonly ChatMessage[], after?: number): Promise<EncodedConversation> => {
    const images: ProcessedImage[] = [];
    for (const image of imagesOf(messages.slice(after ?? 0))) images.push(await processor.process(readImage ? await readImage(image) : image, image));
    const { ids, text } = buildPrompt(messages, { tokenizer, template, imageToken: config.tokens.image, imageTokens: images.map(({ tokens }) => tokens), ...(after !== undefined && { after }) });
    requireEmbedded(ids, tokenizer, config.text.vocabSize);
    return { ids, text, images };
  };
  return { tokenizer, encode, encodeAfter: encode };
}
