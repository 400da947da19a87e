// Long documents are cut into passages of about 100 words, as the corpora of open-domain question answering are
// (Karpukhin et al. 2020, section 4.1), but where a sentence ends.

/** In words. A document of at most `whole` stays as it is, so corpora that are cut already keep their passages. */
const size = { wanted: 100, most: 120, whole: 150 } as const;

/** A new paragraph ends a passage that is this long. */
const enough = 70;

/** A sign of a script without spaces, as a part of a word. */
const wordsOfSign = 0.6;
const unspacedSign = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;

/** Text without spaces that is no word (base64, addresses) counts by its signs. */
const longestWordSigns = 20;

/** Words of a text, for its length only: a sign of a script without spaces is 0.6 of one, and 20 characters are at least one. */
export function wordCount(text: string): number {
  let words = 0;
  let inside = false;
  let wide = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    wide ||= code > 0x2e7f;
    const letter = code > 32;
    if (letter && !inside) words += 1;
    inside = letter;
  }
  return Math.max(wide ? words + wordsOfSign * (text.match(unspacedSign)?.length ?? 0) : words, text.length / longestWordSigns);
}

/** The passages of a document's text; none of white space only. */
export function passagesOf(text: string): readonly string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  if (wordCount(trimmed) <= size.whole) return [trimmed];
  return pack(trimmed.split(/\n\s*\n/).flatMap(sentencesOf));
}

type Sentence = { readonly text: string; readonly words: number; /** The first of its paragraph. */ readonly opens: boolean };

const sentenceEnd = /(?<=[.!?…]["'”’)\]]?)\s+|(?<=[。！？])/u;

function sentencesOf(paragraph: string): readonly Sentence[] {
  const sentences = paragraph.trim().split(sentenceEnd).filter((text) => text !== '').flatMap(piecesOf);
  return sentences.map((text, i) => ({ text, words: wordCount(text), opens: i === 0 }));
}

/** A sentence as it is, or in pieces where it is too long for a passage (a table, a list, a text without full stops). */
function piecesOf(sentence: string): readonly string[] {
  if (wordCount(sentence) <= size.most) return [sentence];
  const pieces: string[] = [];
  let piece = '';
  let words = 0;
  for (const word of sentence.split(/(?<=\s)|(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}，、；])/u).flatMap(shortWords)) {
    const length = wordCount(word);
    if (words + length > size.wanted && piece !== '') {
      pieces.push(piece.trim());
      [piece, words] = ['', 0];
    }
    piece += word;
    words += length;
  }
  return [...pieces, piece.trim()].filter((text) => text !== '');
}

/** A "word" may have a million signs. */
const longestWord = 1000;

const shortWords = (word: string): readonly string[] => (word.length <= longestWord ? [word] : (word.match(new RegExp(`[^]{1,${longestWord}}`, 'gu')) ?? []));

function pack(sentences: readonly Sentence[]): readonly string[] {
  const passages: { text: string; words: number }[] = [];
  let open: { text: string; words: number } | undefined;
  for (const { text, words, opens } of sentences) {
    if (!open || open.words + words > size.most || open.words >= size.wanted || (opens && open.words >= enough)) {
      open = { text, words };
      passages.push(open);
    } else {
      open.text += (opens ? '\n' : joint(open.text)) + text;
      open.words += words;
    }
  }
  // A few words at the end belong to what stands before them.
  const [before, last] = passages.slice(-2);
  if (before && last && before.words + last.words <= size.whole && last.words < size.wanted / 4) {
    before.text += `${joint(before.text)}${last.text}`;
    passages.pop();
  }
  return passages.map(({ text }) => text);
}

const joint = (text: string): string => (/[\u2e80-\uffef]$/u.test(text) ? '' : ' ');
