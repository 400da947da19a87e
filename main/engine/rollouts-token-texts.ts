import { stat } from 'node:fs/promises';
import path from 'node:path';
import { byteOfCharacter } from '../model/text/byte-characters.ts';
import { type Tokenizer, openTokenizer } from '../model/text/tokenizer.ts';
import { InputError } from '../records/input-error.ts';

/** What the ids of a model spell, or why that cannot be told. */
export type Spelled = { readonly textOf: (id: number) => string } | { readonly without: string };

/** Vocabularies that are kept; a run has one, and few runs are looked at in turn. */
const most = 3;

/** Texts of single token ids, by the model's folder; read again where the file changed. */
export class TokenTexts {
  readonly #kept = new Map<string, Spelled>();

  async of(folder: string): Promise<Spelled> {
    const file = path.join(folder, 'tokenizer.json');
    const found = await stat(file).catch(() => undefined);
    if (!found) return { without: `There is no ${file}.` };
    const key = `${file}:${found.mtimeMs}:${found.size}`;
    const kept = this.#kept.get(key) ?? open(folder);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const old of [...this.#kept.keys()].slice(0, -most)) this.#kept.delete(old);
    return kept;
  }
}

function open(folder: string): Spelled {
  try {
    return { textOf: textOf(openTokenizer(folder)) };
  } catch (error) {
    if (error instanceof InputError) return { without: error.message };
    throw error;
  }
}

/** A token's own text. Byte-level tokens may hold part of a character: those bytes are written as ⟨E4 BD⟩. */
function textOf(tokenizer: Tokenizer): (id: number) => string {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const known = new Map<number, string>();
  const spell = (id: number): string => {
    const added = tokenizer.added.get(id);
    if (added) return added.text;
    const spelling = tokenizer.spelling(id);
    if (spelling === undefined) return `⟨${id}⟩`;
    const bytes = [...spelling].map((character) => byteOfCharacter.get(character));
    if (bytes.includes(undefined)) return spelling;
    try {
      return strict.decode(Uint8Array.from(bytes as number[]));
    } catch {
      return `⟨${(bytes as number[]).map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ')}⟩`;
    }
  };
  return (id) => {
    let text = known.get(id);
    if (text === undefined) known.set(id, (text = spell(id)));
    return text;
  };
}
