import { closeSync, openSync, writeSync } from 'node:fs';

// A corpus with the statistics of text: word r of the vocabulary has the frequency 1 / (r + 2.7) (Mandelbrot), so the most
// common word is in 95 of 100 passages and most of the 600,000 words are rare. Words are independent of each other, which
// makes ranking harder than in real text: no passage is about anything.

const vocabularySize = 600_000;
const passageWords = 100;
const syllables = ['ka', 're', 'to', 'mi', 'an', 'el', 'or', 'su', 'ni', 'ta', 've', 'lo', 'sha', 'bri', 'den', 'co', 'per', 'ing', 'al', 'mo', 'ra', 'ti', 'us', 'ex', 'qua', 'fe', 'nor', 'gi', 'dal', 'un', 'wes', 'pha'];

/** Word number `rank`, 0 the most common; common words are short, as they are. */
export function word(rank: number): string {
  let text = '';
  for (let rest = rank; rest >= 0; rest = Math.floor(rest / syllables.length) - 1) text = (syllables[rest % syllables.length] as string) + text;
  return text;
}

/** Draws in [0, 1) (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws ranks as often as text has them. */
export function zipfRanks(random: () => number): () => number {
  const table = new Uint32Array(1 << 22);
  let total = 0;
  for (let rank = 0; rank < vocabularySize; rank++) total += 1 / (rank + 2.7);
  let [rank, below] = [0, 1 / 2.7];
  for (let i = 0; i < table.length; i++) {
    while (below < (total * (i + 0.5)) / table.length) below += 1 / (++rank + 2.7);
    table[i] = rank;
  }
  return () => table[Math.floor(random() * table.length)] as number;
}

/** Writes `passages` rows {id, title, text} of 100 words each as JSON lines. */
export function writeZipfCorpus(file: string, passages: number, seed: number): void {
  const draw = zipfRanks(randomNumbers(seed));
  const words = Array.from({ length: vocabularySize }, (_, rank) => word(rank));
  const some = (count: number): string => Array.from({ length: count }, () => words[draw()] as string).join(' ');
  const descriptor = openSync(file, 'w');
  let lines = '';
  for (let i = 0; i < passages; i++) {
    const sentences = Array.from({ length: passageWords / 20 }, () => `${some(20)}.`);
    lines += `{"id":"p${i}","title":"${some(2)}","text":"${sentences.join(' ')}"}\n`;
    if (lines.length > 1 << 20 || i === passages - 1) {
      writeSync(descriptor, lines);
      lines = '';
    }
  }
  closeSync(descriptor);
}
