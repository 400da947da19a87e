import { byteOfCharacter } from './byte-characters.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A byte-order mark is a character like any other where a model wrote it. */
const keptMarks = (): InstanceType<typeof TextDecoder> => new TextDecoder('utf-8', { ignoreBOM: true });

/** Turns a stream of ids into text, token by token, and never shows half a character: bytes wait until theirs is whole. */
export class StreamDecoder {
  readonly #tokenizer: Tokenizer;
  readonly #skipSpecial: boolean;
  #utf8 = keptMarks();

  constructor(tokenizer: Tokenizer, { skipSpecial = false }: { readonly skipSpecial?: boolean } = {}) {
    this.#tokenizer = tokenizer;
    this.#skipSpecial = skipSpecial;
  }

  /** The text that an id completes; may be empty. */
  push(id: number): string {
    const added = this.#tokenizer.added.get(id);
    if (added) return this.#skipSpecial && added.special ? '' : this.flush() + added.text;
    const spelling = this.#tokenizer.spelling(id);
    if (spelling === undefined) return '';
    return this.#utf8.decode(bytesOf(spelling), { stream: true });
  }

  /** What is left at the end: replacement characters for a character that was cut off. */
  flush(): string {
    const rest = this.#utf8.decode();
    this.#utf8 = keptMarks();
    return rest;
  }
}

function bytesOf(spelling: string): Uint8Array {
  return Uint8Array.from([...spelling].flatMap((character) => byteOfCharacter.get(character) ?? [...new TextEncoder().encode(character)]));
}
