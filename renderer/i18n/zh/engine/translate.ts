import type { EngineLanguage, Fault } from '../../engine-words.ts';

/**
 * English sentences of the engine with their Chinese. `{name}` stands for what varies and is kept as it is; `{#name}` is a
 * number; `{~name}` is again words of the engine. The Chinese names each as `{name}`.
 */
export type Patterns = Readonly<Record<string, string>>;

export type Catalogue = {
  /** What a fault is about. Short patterns are safe here, which would be taken for others in a sentence. */
  readonly things: Patterns;
  /** What was expected, what was found. */
  readonly parts: Patterns;
  /** What to do, notes, findings, reasons: said anywhere. */
  readonly sentences: Patterns;
};

type Rule = { readonly matcher: RegExp; readonly places: readonly { readonly mark: string; readonly name: string }[]; readonly chinese: string; readonly literal: number };
type Book = { readonly whole: ReadonlyMap<string, string>; readonly rules: readonly Rule[] };

/** A place in a pattern for what varies. */
const place = /\{([#~]?)([a-zA-Z]\w*)\}/g;

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** Characters of the longest text that is looked at: sentences are far shorter, and a dump of a program's output is none. */
const longest = 4000;

/** A name or a path does not go on into a next sentence or the next of a list: else a sentence that is known would take one that is not for a name. */
const values: Readonly<Record<string, string>> = { '#': String.raw`(-?\d[\d.,e+-]*)`, '~': '(.*?)', '': String.raw`((?:(?!\. [A-Z\d]|; ).)+?)` };

function ruleOf([english, chinese]: readonly [string, string]): Rule {
  const places = [...english.matchAll(place)].map(([, mark = '', name = '']) => ({ mark, name }));
  const literals = english.split(/\{[#~]?[a-zA-Z]\w*\}/);
  const source = literals.map((literal, i) => quoted(literal) + (values[places[i]?.mark ?? 'end'] ?? '')).join('');
  return { matcher: new RegExp(`^${source}$`, 'su'), places, chinese, literal: literals.join('').length };
}

function bookOf(patterns: Patterns): Book {
  const entries = Object.entries(patterns);
  const varies = (english: string): boolean => english.search(place) >= 0;
  // The pattern that says most comes first: "run {name}: steps" before "run {name}".
  return { whole: new Map(entries.filter(([english]) => !varies(english))), rules: entries.filter(([english]) => varies(english)).map(ruleOf).sort((a, b) => b.literal - a.literal) };
}

/** Chinese for what the engine says in English, by whole sentences; what no pattern matches stays as it is. */
export function chineseOf({ things, parts, sentences }: Catalogue): EngineLanguage {
  const [thingBook, partBook, sentenceBook] = [bookOf(things), bookOf(parts), bookOf(sentences)];

  const found = ({ whole: exact, rules }: Book, text: string): string | undefined => {
    const known = exact.get(text);
    if (known !== undefined || text.length > longest) return known;
    for (const { matcher, places, chinese } of rules) {
      const match = matcher.exec(text);
      if (!match) continue;
      const named = new Map(places.map(({ mark, name }, i) => [name, mark === '~' ? part(match[i + 1] ?? '') : (match[i + 1] ?? '')]));
      return chinese.replaceAll(place, (itself, _mark, name: string) => named.get(name) ?? itself);
    }
    return undefined;
  };

  const thing = (text: string): string => found(thingBook, text) ?? text;

  const sentence = (text: string): string | undefined => found(sentenceBook, text) ?? fromMessage(text) ?? severalOf(text);

  const known = (text: string): string | undefined => found(partBook, text) ?? sentence(text);

  /** Several are joined by semicolons. */
  const part = (text: string): string => known(text) ?? (text.includes('; ') ? text.split('; ').map((each) => known(each) ?? each).join('；') : text);

  const fault = (told: Fault): Fault => ({ thing: thing(told.thing), expected: part(told.expected), found: part(told.found), remedy: sentence(told.remedy) ?? told.remedy });

  const whole = (told: Fault): string => {
    const { thing: of, expected, found: seen, remedy } = fault(told);
    return `${of}：应为${apart(expected)}，实为${apart(seen)}。${remedy}`;
  };

  /** The message of a fault, from which its parts are had back by a remedy that is known. */
  function fromMessage(text: string): string | undefined {
    const begin = text.indexOf(': expected ');
    if (begin < 0) return undefined;
    for (let end = text.indexOf('. ', begin); end >= 0; end = text.indexOf('. ', end + 1)) {
      const between = text.slice(begin + ': expected '.length, end);
      const at = between.indexOf(', found ');
      const remedy = text.slice(end + 2);
      if (at > 0 && found(sentenceBook, remedy) !== undefined) return whole({ thing: text.slice(0, begin), expected: between.slice(0, at), found: between.slice(at + ', found '.length), remedy });
    }
    return undefined;
  }

  /** Sentences one after the other, each of which is known. */
  function severalOf(text: string): string | undefined {
    const each = text.split(/(?<=\.) (?=[A-Z\d])/);
    const told = each.length > 1 ? each.map((one) => found(sentenceBook, one)) : [];
    return told.length > 0 && told.every((one) => one !== undefined) ? told.join('') : undefined;
  }

  return { sentence: (text) => sentence(text) ?? text, fault, whole };
}

/** Chinese is set apart from Latin letters by a space. */
const apart = (text: string): string => (/^[!-~]/.test(text) ? ` ${text}` : text);
