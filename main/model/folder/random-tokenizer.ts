import { byteCharacters } from '../text/byte-characters.ts';

/**
 * A tokenizer of the released kind (byte-level BPE, same splitting rule, same special tokens), small: 256 bytes, a few merges.
 * Any text goes through it and comes back.
 */

/** Token ids from the released vocabulary's order; ids follow the merges here. */
const SPECIAL_TOKENS = [
  '<|endoftext|>', '<|im_start|>', '<|im_end|>', '<|object_ref_start|>', '<|object_ref_end|>', '<|box_start|>', '<|box_end|>', '<|quad_start|>',
  '<|quad_end|>', '<|vision_start|>', '<|vision_end|>', '<|vision_pad|>', '<|image_pad|>', '<|video_pad|>',
] as const;

export type SpecialToken = (typeof SPECIAL_TOKENS)[number];

/** Pairs in the order of learning; Ġ is the space. The tags of the agent's protocol become short. */
const MERGES = [
  'Ġ t', 'h e', 'i n', 'a n', 'e r', 'o r', 'e n', 'o n', 'a t', 'e s', 'Ġt he', 'in g', 'Ġ a', 'Ġ i', 'Ġ s', 'Ġ w', 'Ġ o', 'a r', 'i s', 'i t',
  'c h', 's e', 's w', 'an s', 'ans w', 'answ er', 't h', 'th in', 'thin k', 'se ar', 'sear ch', 'c o', 'd e', 'co de', '< /', 'Ġ Ġ', 'ĠĠ ĠĠ', '= Ġ',
].map((pair) => pair.split(' ') as [string, string]);

/** How the released tokenizer cuts a text before merging: contractions, words with a leading mark, single digits, marks, line ends, spaces. */
export const SPLIT = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** ChatML, one image pad for a picture. */
const CHAT_TEMPLATE = `{%- for message in messages -%}
{{- '<|im_start|>' ~ message.role ~ '\\n' -}}
{%- if message.content is string -%}{{- message.content -}}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
{%- elif part.type == 'text' -%}{{- part.text -}}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}`;

export type RandomTokenizer = {
  /** Content of tokenizer.json. */
  readonly tokenizer: unknown;
  /** Content of tokenizer_config.json, with the chat template. */
  readonly tokenizerConfig: unknown;
  readonly idOf: (token: SpecialToken) => number;
  /** Ids in use: 0 … size − 1. */
  readonly size: number;
};

export type TokenizerWishes = {
  /** Pairs that become one token, in the order of learning. */
  readonly merges?: readonly (readonly [string, string])[];
  /** Texts that are a token each wherever they stand, and belong to the text (they are no control tokens). */
  readonly words?: readonly string[];
};

export function randomTokenizer({ merges = MERGES, words = [] }: TokenizerWishes = {}): RandomTokenizer {
  // The released vocabulary has its bytes in the order of their characters.
  const tokens = [...byteCharacters.toSorted(), ...merges.map((pair) => pair.join(''))];
  const idOf = (token: SpecialToken): number => tokens.length + SPECIAL_TOKENS.indexOf(token);
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const firstWord = tokens.length + SPECIAL_TOKENS.length;
  const addedTokens = [
    ...SPECIAL_TOKENS.map((content) => ({ id: idOf(content), content, ...flags, special: true })),
    ...words.map((content, i) => ({ id: firstWord + i, content, ...flags, special: false })),
  ];
  return {
    tokenizer: {
      version: '1.0', truncation: null, padding: null, added_tokens: addedTokens,
      normalizer: { type: 'NFC' },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: SPLIT }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
        ],
      },
      post_processor: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      model: {
        type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false,
        ignore_merges: false, vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges,
      },
    },
    tokenizerConfig: {
      tokenizer_class: 'Qwen2Tokenizer', model_max_length: 131072, eos_token: '<|im_end|>', pad_token: '<|endoftext|>',
      additional_special_tokens: SPECIAL_TOKENS, clean_up_tokenization_spaces: false, chat_template: CHAT_TEMPLATE,
    },
    idOf,
    size: firstWord + words.length,
  };
}
