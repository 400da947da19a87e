import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TokenTexts } from '../../../main/engine/rollouts-token-texts.ts';
import { randomTokenizer } from '../../../main/model/folder/random-tokenizer.ts';
import { openTokenizer } from '../../../main/model/text/tokenizer.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-token-texts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(randomTokenizer().tokenizer));

test('whole characters are text, parts of one are bytes, special tokens are themselves', async () => {
  const spelled = await new TokenTexts().of(folder);
  if ('without' in spelled) throw new Error(spelled.without);
  const tokenizer = openTokenizer(folder);
  // No merge of this vocabulary makes 字 one token, so that each of its bytes is one.
  expect(tokenizer.encode('字').map(spelled.textOf)).toEqual([...Buffer.from('字')].map((byte) => `⟨${byte.toString(16).toUpperCase()}⟩`));
  expect(tokenizer.encode('a \n\t!').map(spelled.textOf).join('')).toBe('a \n\t!');
  expect(spelled.textOf(tokenizer.idOf('<|im_end|>') as number)).toBe('<|im_end|>');
  expect(spelled.textOf(10_000_000)).toBe('⟨10000000⟩');
});

test('a damaged vocabulary is told, and read again when it is mended', async () => {
  const texts = new TokenTexts();
  writeFileSync(path.join(folder, 'tokenizer.json'), '{"model":');
  expect(await texts.of(folder)).toHaveProperty('without', expect.stringContaining('tokenizer.json'));
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(randomTokenizer().tokenizer));
  expect(await texts.of(folder)).toHaveProperty('textOf');
});
