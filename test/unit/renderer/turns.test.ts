import { expect, test } from 'vitest';
import { partialParts } from '../../../renderer/parts/turns/partial.ts';
import { firstLine, headOf, visiblePieces, visibleText } from '../../../renderer/parts/turns/visible.ts';

test('characters that act are marks; what is read is what is there', () => {
  expect(visibleText('user\u202Eadmin\u2066')).toBe('user⟨RLO⟩admin⟨LRI⟩');
  expect(visibleText('\u001B[31mred\u0007')).toBe('⟨ESC⟩[31mred⟨BEL⟩');
  expect(visibleText('a\u200Bb\u{E0041}c\u0085')).toBe('a⟨ZWSP⟩b⟨U+E0041⟩c⟨U+0085⟩');
  expect(visiblePieces('\u001B[0m')).toEqual([{ text: 'ESC', mark: 'U+001B ESC' }, { text: '[0m' }]);
});

test('no acting character is left in a text, whatever it is', () => {
  const every = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).join('');
  const left = visiblePieces(every).filter(({ mark }) => mark === undefined).map(({ text }) => text).join('');
  // Line ends and tabs are drawn by the browser, joiners belong to words, and the Arabic and Syriac number marks have pictures.
  const allowed = [0x09, 0x0a, 0x200c, 0x200d, 0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6dd, 0x70f, 0x890, 0x891, 0x8e2];
  expect([...left].filter((character) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character)).map((character) => character.codePointAt(0)).filter((code) => !allowed.includes(code as number))).toEqual([]);
});

test('ordinary text of any script stays as it is', () => {
  for (const text of ['which digit?', '这是什么数字？', 'שלום عليكم', '👩‍🔬 नमस्ते', 'a\tb\nc', '<b>&amp;</b>']) expect(visibleText(text)).toBe(text);
  expect(visibleText('a\r\nb')).toBe('a\nb');
});

test('a megabyte is cut to its head, not within a character', () => {
  expect(headOf('x'.repeat(1_000_000), 2000, 24)).toHaveLength(2000);
  expect(headOf('a\nb\nc\nd', 100, 2)).toBe('a\nb');
  expect(headOf('a\nb', 100, 2)).toBe('a\nb');
  expect(headOf('ab😀', 3, 9)).toBe('ab');
  expect(firstLine('\n\n  the sign\nis turned')).toBe('the sign');
});

test('a completion under way is drawn at every length as it will be at the end', () => {
  const text = '<think>dark</think><code>\n```python\nimg = img\n```\n</code>';
  expect(partialParts(text)).toEqual([{ kind: 'think', text: 'dark', open: false }, { kind: 'code', text: 'img = img', open: false }]);
  for (let end = 0; end <= text.length; end++) {
    const parts = partialParts(text.slice(0, end));
    expect(parts.map(({ kind }) => kind)).toEqual(['think', 'code'].slice(0, parts.length));
    expect(parts.map(({ text: part }) => part).join('')).not.toMatch(/<\/?\w/);
  }
  expect(partialParts('no tags at all < 3')).toEqual([{ kind: 'text', text: 'no tags at all < 3', open: true }]);
});
