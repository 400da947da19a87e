import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { countTokens, indexText, queryTerms, tokens } from '../../../main/search/corpus/tokens.ts';

const asked = (query: string): readonly string[] => queryTerms(query).map(({ text, prefix }) => (prefix ? `${text}*` : text));

describe('tokens', () => {
  it.each<readonly [string, readonly string[]]>([
    ['The Night-Watch, 1642!', ['the', 'night', 'watch', '1642']],
    ['Café naïve ÉTÉ e\u0301', ['cafe', 'naive', 'ete', 'e']],
    ['ＡＢＣ１２３ ﬁne x²', ['abc123', 'fine', 'x2']],
    ['数字图像处理', ['数字', '字图', '图像', '像处', '处理', '理']],
    ['用Python画图', ['用', 'python', '画图', '图']],
    ['がガ', ['がガ', 'ガ']], // the sound marks of kana are no accents
    ['한국어 문장', ['한국어', '문장']],
    ['हिन्दी', ['हिन्दी']], // vowel signs belong to their letters
    ['😀 — \0 " * ( :', []],
    ['', []],
  ])('of %j', (text, expected) => expect(tokens(text)).toEqual(expected));

  it('a query has each once: pairs of a run, the last sign only where it is alone', () => {
    expect(asked('图像处理 图像')).toEqual(['图像', '像处', '处理']);
    expect(asked('图')).toEqual(['图*']);
    expect(asked('the cat the')).toEqual(['the', 'cat']);
  });

  it('are cut for a query that never ends', () => {
    expect(queryTerms(Array.from({ length: 100_000 }, (_, i) => `w${i}`).join(' '))).toHaveLength(32);
    expect(asked('x'.repeat(5_000_000))).toEqual(['x'.repeat(2000)]);
  });

  // FTS5 is the other implementation: what it finds in its index is what we say that there is.
  it.each(['The Night-Watch, 1642!', 'Café naïve', '数字图像处理和 Python', 'a\0b', 'don’t STOP_me x1y2', '\u{20000}\u{20001} rare signs', 'हिन्दी ไทย ภาษา', 'İstanbul ẞ'])('are what FTS5 makes of %j', (text) => {
    const database = new Database(':memory:');
    database.exec("CREATE VIRTUAL TABLE t USING fts5(x, content='', columnsize=0, tokenize='ascii'); CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)");
    database.prepare('INSERT INTO t(rowid, x) VALUES (1, ?)').run(indexText(text));
    const indexed = database.prepare('SELECT term FROM v ORDER BY "offset"').pluck().all();
    expect(indexed).toEqual(tokens(text));
    expect(countTokens(indexText(text))).toBe(indexed.length);
    database.close();
  });
});
