import path from 'node:path';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { z } from 'zod';
import { InputError } from '../../records/input-error.ts';
import { schemaFaultText } from '../../records/schema-fault.ts';
import { readJsonFile } from '../folder/file-errors.ts';

export type TokenizerKind = 'BPE' | 'WordPiece';

/** Text to token ids and back, by a folder's tokenizer.json. */
export type Tokenizer = {
  /** Path of its tokenizer.json. */
  readonly file: string;
  /** Ids of a text; special tokens spelled in it become themselves. Nothing is put before or behind, but what WordPiece's template asks for. */
  encode(text: string): readonly number[];
  /** Ids of a text in which a special token's spelling is ordinary text. */
  encodePlain(text: string): readonly number[];
  decode(ids: readonly number[], options?: { readonly skipSpecial?: boolean }): string;
  /** The vocabulary's spelling of an id, in which bytes are written as characters; undefined for an id without one. */
  spelling(id: number): string | undefined;
  idOf(token: string): number | undefined;
  /** Tokens that text is cut at (such as `<|im_end|>`), by id. */
  readonly added: ReadonlyMap<number, { readonly text: string; readonly special: boolean }>;
};

const addedToken = z.object({ id: z.number(), content: z.string(), special: z.boolean() });
const vocabulary = z.looseObject({});
const schema = z.looseObject({ model: z.looseObject({ type: z.string() }), added_tokens: z.array(z.looseObject(addedToken.shape)).default([]) });

/**
 * Opens tokenizer.json (and tokenizer_config.json, where there is one).
 * @throws InputError when the file is missing, damaged, or of another type than `kind`.
 */
export function openTokenizer(folder: string, kind: TokenizerKind = 'BPE'): Tokenizer {
  const file = path.join(folder, 'tokenizer.json');
  const value = readJsonFile(file);
  const content = schema.safeParse(value);
  if (!content.success) {
    throw new InputError({ thing: file, expected: 'a tokenizer of the tokenizers library', found: schemaFaultText(content.error, value), remedy: 'Take the file from the released model.' });
  }
  const { model, added_tokens: addedTokens } = content.data;
  if (model.type !== kind) {
    throw new InputError({ thing: `${file}: field model.type`, expected: kind, found: model.type, remedy: 'Take tokenizer.json from the same model as config.json.' });
  }
  // The library takes a list, in which it finds no token, so that all text is lost.
  if (!vocabulary.safeParse(model['vocab']).success) {
    throw new InputError({ thing: `${file}: field model.vocab`, expected: 'an object of token ids', found: Array.isArray(model['vocab']) ? 'a list' : String(model['vocab']), remedy: 'Take the file from the released model.' });
  }
  const library = build(file, content.data);
  const special = addedTokens.filter((token) => token.special);
  const plain = build(file, { ...content.data, added_tokens: addedTokens.filter((token) => !token.special) });
  const template = kind === 'WordPiece';
  return {
    file,
    encode: (text) => library.encode(text, { add_special_tokens: template }).ids,
    encodePlain: (text) => plain.encode(text, { add_special_tokens: template }).ids,
    // The library refuses an empty list.
    decode: (ids, { skipSpecial = false } = {}) => (ids.length === 0 ? '' : library.decode([...ids], { skip_special_tokens: skipSpecial, clean_up_tokenization_spaces: false })),
    spelling: (id) => library.id_to_token(id),
    idOf: (token) => library.token_to_id(token),
    added: new Map(addedTokens.map(({ id, content: text }) => [id, { text, special: special.some((token) => token.id === id) }])),
  };
}

function build(file: string, content: object): Library {
  try {
    return new Library(content, {});
  } catch (error) {
    throw new InputError({ thing: file, expected: 'a tokenizer of the tokenizers library', found: (error as Error).message, remedy: 'Take the file from the released model.' }, { cause: error });
  }
}
