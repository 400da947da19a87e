import { type ChatMessage, imagesOf } from '../records/chat.ts';
import { readModelConfig } from './folder/config.ts';
import { type ProcessedImage, type ProcessorOptions, openImageProcessor } from './image/processor.ts';
import { openChatTemplate } from './text/chat.ts';
import { buildPrompt } from './text/prompt.ts';
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
};

/** Tokenizer, chat template and image processor of a model folder together: messages in, token ids and pixels out. */
export function openConversationEncoder(folder: string, options: ProcessorOptions = {}): ConversationEncoder {
  const config = readModelConfig(folder);
  const tokenizer = openTokenizer(folder);
  const template = openChatTemplate(folder);
  const processor = openImageProcessor(folder, config.vision, options);
  return {
    tokenizer,
    async encode(messages) {
      const images: ProcessedImage[] = [];
      for (const image of imagesOf(messages)) images.push(await processor.process(image, image));
      const { ids, text } = buildPrompt(messages, { tokenizer, template, imageToken: config.tokens.image, imageTokens: images.map(({ tokens }) => tokens) });
      return { ids, text, images };
    },
  };
}
