import { messagesOf } from '../../agent/conversation.ts';
import type { PromptSet } from '../../agent/prompts.ts';
import { type DemonstratedTurn, type Mix, demonstrate } from '../../data/mini/demonstrator.ts';
import { type MiniItem, drawItem, drawReadingItem } from '../../data/mini/items.ts';
import { drawWorld } from '../../data/mini/world.ts';
import { RandomStream } from '../../generation/random.ts';
import { parseTags } from '../../agent/protocols/tags.ts';
import type { ChatTemplate } from '../../model/text/chat.ts';
import { buildPrompt } from '../../model/text/prompt.ts';
import type { Tokenizer } from '../../model/text/tokenizer.ts';
import type { EncodedConversation } from '../../model/conversation.ts';
import type { ImageProcessor } from '../../model/image/processor.ts';
import type { TrainingBatch } from '../../model/training/batch.ts';
import { type ChatMessage, imagesOf } from '../../records/chat.ts';
import type { Turn } from '../../records/trajectory.ts';
import { demonstrationTokens } from '../demonstration-tokens.ts';

/** Shares of what the weak teacher shows. */
export type Lessons = { readonly mix: Mix; /** Steps that only teach to read. */ readonly readingSteps: number; readonly readingShare: number; readonly searchShare: number };

/** A demonstration, drawn anew for each place of each step: no item comes twice. */
export function lesson(seed: number, step: number, place: number, { mix, readingSteps, readingShare, searchShare }: Lessons): { readonly item: MiniItem; readonly turns: readonly DemonstratedTurn[] } {
  const random = new RandomStream(seed, 1 + step * 4096 + place);
  const reading = step < readingSteps || random.next() < readingShare;
  const item = reading ? drawReadingItem(random, `lesson-${step}-${place}`) : drawItem(random, { id: `lesson-${step}-${place}`, world: drawWorld(random), searchShare });
  // Reading is always answered at once.
  return { item, turns: demonstrate(item, random, reading ? { right: 0, direct: 1 } : mix) };
}

/** What the encoder needs of a model's folder. */
export type EncoderParts = { readonly tokenizer: Tokenizer; readonly template: ChatTemplate; readonly processor: ImageProcessor; readonly imageToken: number; readonly endToken: number; readonly prompts: PromptSet };

/** A lesson as token ids; its pictures are in no store. */
export async function encodeLesson({ tokenizer, template, processor, imageToken, endToken, prompts }: EncoderParts, { sample, image }: MiniItem, turns: readonly DemonstratedTurn[]): Promise<TrainingBatch> {
  const pictures = [image, ...turns.flatMap((turn) => (turn.image ? [turn.image] : []))];
  const processed = pictures.map((each) => processor.processRaw(each, sample.id));
  const encode = async (messages: readonly ChatMessage[], after?: number): Promise<EncodedConversation> => {
    const before = imagesOf(messages.slice(0, after ?? 0)).length;
    const images = processed.slice(before, imagesOf(messages).length);
    return { ...buildPrompt(messages, { tokenizer, template, imageToken, imageTokens: images.map(({ tokens }) => tokens), ...(after !== undefined && { after }) }), images };
  };
  const done = turns.slice(0, -1).map(turnOf);
  const messages = [...messagesOf(prompts, 'agent', sample, done, false), { role: 'assistant' as const, content: (turns.at(-1) as DemonstratedTurn).completion }];
  return demonstrationTokens({ tokenizer, encode, encodeAfter: encode, endToken }, messages);
}

const turnOf = ({ completion, image, information }: DemonstratedTurn): Turn => ({
  completion,
  finishReason: 'stop',
  action: parseTags(completion),
  observation: image
    ? { kind: 'code', status: 'ok', stdout: '', stderr: '', outputs: [{ name: 'output', image: 'output', width: image.width, height: image.height }], ms: 0 }
    : { kind: 'information', query: '', passages: information === undefined ? [] : [{ id: '', title: '', text: information }] },
  usage: { promptTokens: 0, completionTokens: 0, ms: 0 },
});
