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
import type { ImageProcessor, ProcessedImage } from '../../model/image/processor.ts';
import type { TrainingBatch } from '../../model/training/batch.ts';
import type { RawImage } from '../../records/tools.ts';
import type { Turn } from '../../records/trajectory.ts';

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

/** Writes a demonstration as token ids, just as an episode of it would be read and written; 1 where the teacher writes. */
export function encodeLesson({ tokenizer, template, processor, imageToken, endToken, prompts }: EncoderParts, { sample, image }: MiniItem, turns: readonly DemonstratedTurn[]): TrainingBatch['rows'][number] {
  const ids: number[] = [];
  const mask: number[] = [];
  const images: ProcessedImage[] = [];
  const put = (part: readonly number[], bit: 0 | 1): void => {
    ids.push(...part);
    mask.push(...part.map(() => bit));
  };
  /** What comes after the turns that are done: the opening, or what the world answered to the last. */
  const context = (done: readonly Turn[], shown: readonly RawImage[]): void => {
    const processed = shown.map((each) => processor.processRaw(each, sample.id));
    images.push(...processed);
    const messages = messagesOf(prompts, 'agent', sample, done, false);
    const after = messages.findLastIndex(({ role }) => role === 'assistant');
    const added = buildPrompt(messages, { tokenizer, template, imageToken, imageTokens: processed.map(({ tokens }) => tokens), ...(after >= 0 && { after }) }).ids;
    put(after >= 0 && added[0] === endToken ? added.slice(1) : added, 0);
  };
  context([], [image]);
  for (const [i, { completion }] of turns.entries()) {
    put([...tokenizer.encode(completion), endToken], 1);
    if (i === turns.length - 1) break;
    context(turns.slice(0, i + 1).map(turnOf), turns[i]?.image ? [turns[i].image] : []);
  }
  return { ids, mask: Uint8Array.from(mask), images: images.map(({ grid, pixels }) => ({ grid, pixels })) };
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
