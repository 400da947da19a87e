import { describe, expect, it } from 'vitest';
import { snippet } from '../../../main/search/snippet.ts';
import { excerpt } from '../../../main/search/web/excerpt.ts';

const filler = 'nothing of interest is said in these words. '.repeat(20);

describe('a snippet', () => {
  it('is the whole of a short text, in one line', () => expect(snippet(' a\n b ', 'x')).toBe('a b'));

  it('is the part that has the query’s words', () => {
    const shown = snippet(`${filler}The Night Watch is a painting by Rembrandt. ${filler}`, 'who painted the night watch?');
    expect(shown).toContain('Night Watch');
    expect(shown.length).toBeLessThan(280);
    expect(shown).toMatch(/^… .* …$/);
  });

  it('works without spaces, and never cuts a sign in two', () => {
    expect(snippet(`${'无关的话。'.repeat(100)}数字图像处理${'无关的话。'.repeat(100)}`, '图像')).toContain('图像');
    expect(snippet('😀'.repeat(500), '图像').isWellFormed()).toBe(true);
  });
});

describe('an excerpt of a page', () => {
  it('is the passage that fits best, the first where none does', () => {
    const text = `${filler}\n\nLima is the capital of Peru. ${filler}\n\n${filler}`;
    expect(excerpt(text, 'capital of Peru')).toContain('Lima is the capital');
    expect(excerpt(text, '图像')).toMatch(/^nothing of interest/);
    expect(excerpt('', 'capital')).toBe('');
  });
});
