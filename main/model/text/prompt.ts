import type { ChatMessage } from '../../records/chat.ts';
import { InputError } from '../../records/input-error.ts';
import type { ChatTemplate } from './chat.ts';
import type { Tokenizer } from './tokenizer.ts';

export type Prompt = {
  readonly ids: readonly number[];
  /** The rendered text, one placeholder for each image. */
  readonly text: string;
};

export type PromptOptions = {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** The id that an image's places have. */
  readonly imageToken: number;
  /** Tokens of each image, in order. */
  readonly imageTokens: readonly number[];
  readonly addGenerationPrompt?: boolean;
  /**
   * Place of an assistant's message: only what the template writes after its content is encoded, to be appended to the
   * ids that the model wrote there. `imageTokens` are those of the images that follow it.
   */
  readonly after?: number;
};

// Private-use characters stand for spellings of special tokens inside contents while the template is rendered.
const firstMarker = 0xf0000;
/** Stands for the content after which a continuation begins. */
const cut = '\u{f4000}';

/**
 * A conversation as token ids: the chat template rendered, encoded in the pieces between images (no token crosses an
 * image), each image's placeholder repeated for its tokens. What a content spells like a special token stays text: it
 * can neither end a turn nor claim an image.
 * @throws InputError when the template writes another number of images than are given.
 */
export function buildPrompt(messages: readonly ChatMessage[], options: PromptOptions): Prompt {
  const { tokenizer, template, imageToken, imageTokens } = options;
  const special = [...tokenizer.added].filter(([, token]) => token.special);
  const spellings = special.map(([, { text }]) => text);
  const hidden = messages.map((message, i) => (i === options.after ? { role: message.role, content: cut } : hideSpecials(message, spellings)));
  const whole = template.render(hidden, { addGenerationPrompt: options.addGenerationPrompt ?? true });
  const rendered = options.after === undefined ? whole : afterCut(whole);
  const placeholder = tokenizer.added.get(imageToken)?.text;
  if (placeholder === undefined) {
    throw new InputError({ thing: 'tokenizer.json', expected: `a token with the id ${imageToken}, the image token of config.json`, found: 'none', remedy: 'Take tokenizer.json and config.json from the same model.' });
  }
  const pieces = rendered.split(placeholder);
  if (pieces.length - 1 !== imageTokens.length) {
    throw new InputError({ thing: 'prompt', expected: `${imageTokens.length} image placeholders, one for each image`, found: `${pieces.length - 1} in the rendered chat template`, remedy: 'Give one image part for each image; check that the chat template writes images.' });
  }
  const ids = pieces.flatMap((piece, i) => [...encodePiece(piece, tokenizer, spellings), ...new Array<number>(imageTokens[i] ?? 0).fill(imageToken)]);
  return { ids, text: pieces.map((piece) => showSpecials(piece, spellings)).join(placeholder) };
}

function afterCut(rendered: string): string {
  const parts = rendered.split(cut);
  if (parts.length === 2) return parts[1] as string;
  throw new InputError({ thing: 'chat template', expected: 'to write the content of every assistant message once', found: `${parts.length - 1} times`, remedy: 'Take the template from the released model.' });
}

const marker = (i: number): string => String.fromCodePoint(firstMarker + i);

function hideSpecials({ role, content }: ChatMessage, spellings: readonly string[]): ChatMessage {
  const hide = (text: string): string => spellings.reduce((rest, spelling, i) => rest.replaceAll(spelling, marker(i)), text);
  return {
    role,
    content: typeof content === 'string' ? hide(content) : content.map((part) => (part.type === 'text' ? { type: 'text', text: hide(part.text) } : part)),
  };
}

const showSpecials = (text: string, spellings: readonly string[]): string =>
  spellings.reduce((rest, spelling, i) => rest.replaceAll(marker(i), spelling), text);

/** Ids of a piece of rendered text: hidden spellings as ordinary text, everything else with special tokens. */
function encodePiece(piece: string, tokenizer: Tokenizer, spellings: readonly string[]): readonly number[] {
  const last = firstMarker + spellings.length - 1;
  return piece
    .split(new RegExp(`([\\u{${firstMarker.toString(16)}}-\\u{${last.toString(16)}}])`, 'u'))
    .filter((part) => part !== '')
    .flatMap((part) => {
      const hidden = spellings[(part.codePointAt(0) as number) - firstMarker];
      return hidden === undefined ? tokenizer.encode(part) : tokenizer.encodePlain(hidden);
    });
}
