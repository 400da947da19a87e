import { describe, expect, it } from 'vitest';
import { passagesOf, wordCount } from '../../../main/search/corpus/passages.ts';

const sentence = (words: number, name: string): string => `${Array.from({ length: words - 1 }, () => name).join(' ')} end.`;

describe('passages', () => {
  it('a document of at most 150 words stays whole', () => {
    const text = sentence(150, 'a');
    expect(passagesOf(`  ${text}\n`)).toEqual([text]);
  });

  it('a longer one is cut where sentences end, near 100 words, and nothing is lost', () => {
    const text = Array.from({ length: 40 }, (_, i) => sentence(13, `w${i}`)).join(' ');
    const passages = passagesOf(text);
    expect(passages.join(' ')).toBe(text);
    for (const passage of passages.slice(0, -1)) {
      expect(passage.endsWith('.')).toBe(true);
      expect(wordCount(passage)).toBeGreaterThanOrEqual(90);
      expect(wordCount(passage)).toBeLessThanOrEqual(120);
    }
  });

  it('a paragraph begins a passage where the one before is long enough', () => {
    const [first, second] = [sentence(80, 'a'), sentence(80, 'b')];
    expect(passagesOf(`${first}\n\n${second}`)).toEqual([first, second]);
  });

  it('a few words at the end stay with what is before them', () => {
    const passages = passagesOf(`${Array.from({ length: 16 }, () => sentence(10, 'a')).join(' ')} The end.`);
    expect(passages.map(wordCount)).toEqual([100, 62]);
    expect(passagesOf(`${Array.from({ length: 20 }, () => sentence(10, 'a')).join(' ')} The end.`).map(wordCount)).toEqual([100, 102]);
  });

  it('a text without full stops is cut at words, one without spaces at its signs', () => {
    const list = Array.from({ length: 1000 }, (_, i) => `item${i}`).join(' ');
    expect(passagesOf(list).join(' ')).toBe(list);
    expect(Math.max(...passagesOf(list).map(wordCount))).toBeLessThanOrEqual(120);
    const chinese = '图像处理的历史。'.repeat(100);
    expect(passagesOf(chinese).join('')).toBe(chinese);
    expect(passagesOf(chinese).length).toBeGreaterThan(3);
    const noise = 'A'.repeat(3_000_000);
    const pieces = passagesOf(noise);
    expect(pieces.join('')).toBe(noise);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(3000);
  });

  it('nothing is no passage', () => {
    expect(passagesOf(' \n\t ')).toEqual([]);
  });
});
