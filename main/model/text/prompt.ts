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
 * @throws InputError when the template writes another number of images than are given, or nothing at all.
 */
export function buildPrompt(messages: readonly ChatMessage[], options: PromptOptions): Prompt {
  const { tokenizer, template, imageToken, imageTokens } = options;
  const special = [...tokenizer.added].filter(([, token]) => token.special);
  const hidden = new Hidden(special.map(([, { text }]) => text));
  const shown = messages.map((message, i) => (i === options.after ? { role: message.role, content: cut } : hidden.hide(message)));
  const whole = template.render(shown, { addGenerationPrompt: options.addGenerationPrompt ?? true });
  const rendered = options.after === undefined ? whole : afterCut(whole);
  const placeholder = tokenizer.added.get(imageToken)?.text;
  if (placeholder === undefined) {
    throw new InputError({ thing: tokenizer.file, expected: `a token with the id ${imageToken}, the image token of config.json`, found: 'none', remedy: 'Take tokenizer.json and config.json from the same model.' });
  }
  const pieces = rendered.split(placeholder);
  if (pieces.length - 1 !== imageTokens.length) {
    throw new InputError({ thing: 'prompt', expected: `as many image placeholders as there are images, ${imageTokens.length}`, found: `${pieces.length - 1} in the rendered chat template`, remedy: 'Give one image part for each image; check that the chat template writes images.' });
  }
  const ids = pieces.flatMap((piece, i) => [...hidden.encode(piece, tokenizer), ...new Array<number>(imageTokens[i] ?? 0).fill(imageToken)]);
  if (ids.length === 0 && options.after === undefined) {
    throw new InputError({ thing: 'prompt', expected: 'one token or more', found: 'none: the chat template writes nothing of these messages', remedy: 'Take the template from the released model.' });
  }
  return { ids, text: pieces.map((piece) => hidden.show(piece)).join(placeholder) };
}

/** @throws InputError for a token that the model has no embedding of: a tokenizer of another model, or one that has grown. */
export function requireEmbedded(ids: readonly number[], tokenizer: Tokenizer, vocabSize: number): void {
  const beyond = ids.find((id) => !(id >= 0 && id < vocabSize));
  if (beyond === undefined) return;
  const text = tokenizer.added.get(beyond)?.text ?? tokenizer.spelling(beyond);
  throw new InputError({ thing: tokenizer.file, expected: `a token id below vocab_size (${vocabSize})`, found: `${beyond} for ${JSON.stringify(text)}`, remedy: 'Take tokenizer.json and config.json from the same model.' });
}

function afterCut(rendered: string): string {
  const parts = rendered.split(cut);
  if (parts.length === 2) return parts[1] as string;
  throw new InputError({ thing: 'chat template', expected: 'to write the content of every assistant message once', found: `${parts.length - 1} times`, remedy: 'Take the template from the released model.' });
}

const marker = (i: number): string => String.fromCodePoint(firstMarker + i);

/** What contents spell that is hidden: special tokens, and characters that stand for them here. */
class Hidden {
  readonly #texts: string[] = [];
  readonly #pattern: RegExp;

  constructor(spellings: readonly string[]) {
    const longestFirst = spellings.toSorted((a, b) => b.length - a.length).map((text) => RegExp.escape(text));
    this.#pattern = new RegExp([...longestFirst, `[${marker(0)}-${cut}]`].join('|'), 'gu');
  }

  hide({ role, content }: ChatMessage): ChatMessage {
    const hide = (text: string): string => text.replaceAll(this.#pattern, (found) => marker(this.#indexOf(found)));
    return {
      role,
      content: typeof content === 'string' ? hide(content) : content.map((part) => (part.type === 'text' ? { type: 'text', text: hide(part.text) } : part)),
    };
  }

  show(text: string): string {
    return text.replaceAll(new RegExp(`[${marker(0)}-${cut}]`, 'gu'), (found) => this.#texts[(found.codePointAt(0) as number) - firstMarker] ?? found);
  }

  /** Ids of a piece of rendered text: what is hidden as ordinary text, everything else with special tokens. */
  encode(piece: string, tokenizer: Tokenizer): readonly number[] {
    return piece
      .split(new RegExp(`([${marker(0)}-${cut}])`, 'u'))
      .filter((part) => part !== '')
      .flatMap((part) => {
        const hidden = this.#texts[(part.codePointAt(0) as number) - firstMarker];
        return hidden === undefined ? tokenizer.encode(part) : tokenizer.encodePlain(hidden);
      });
  }

  #indexOf(text: string): number {
    const known = this.#texts.indexOf(text);
    return known >= 0 ? known : this.#texts.push(text) - 1;
  }
}
