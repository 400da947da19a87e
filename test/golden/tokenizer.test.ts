import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { openChatTemplate } from '../../main/model/text/chat.ts';
import { buildPrompt } from '../../main/model/text/prompt.ts';
import { StreamDecoder } from '../../main/model/text/stream-decoder.ts';
import { openTokenizer } from '../../main/model/text/tokenizer.ts';
import type { ChatMessage } from '../../main/records/chat.ts';
import { mropePositions } from '../../main/model/positions.ts';
import { goldenFolder } from './folder.ts';

const folder = goldenFolder();
const read = <T>(file: string): T => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as T;
const rows = read<{ text: string; ids: number[]; decoded: string; decoded_without_special: string }[]>('tokenizer.json');
const images = read<{ grid_thw: [number, number, number] }[]>('images.json');
const conversations = read<{ name: string; messages: ChatMessage[]; images: number[]; prompt: string; input_ids: number[]; position_ids: number[][]; rope_delta: number }[]>('forward.json');
const model = path.join(folder, 'model');
const config = readModelConfig(model);
const tokenizer = openTokenizer(model);
const template = openChatTemplate(model);

describe.each(rows)('text $text', ({ text, ids, decoded, decoded_without_special }) => {
  test('has the reference’s ids, and they decode to the reference’s text', () => {
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
    expect(tokenizer.decode(ids, { skipSpecial: true })).toBe(decoded_without_special);
  });

  test('decodes as a stream to the same text', () => {
    for (const skipSpecial of [false, true]) {
      const stream = new StreamDecoder(tokenizer, { skipSpecial });
      expect(ids.map((id) => stream.push(id)).join('') + stream.flush()).toBe(skipSpecial ? decoded_without_special : decoded);
    }
  });
});

describe.each(conversations)('conversation $name', (row) => {
  // The reference's messages name no file; the parts are only counted.
  const messages = row.messages.map(({ role, content }) => ({ role, content: typeof content === 'string' ? content : content.map((part) => (part.type === 'image' ? { type: 'image' as const, image: '' } : part)) }));
  const grids = row.images.map((i) => images[i]?.grid_thw as [number, number, number]);

  test('prompt text and ids are the reference’s', () => {
    const imageTokens = grids.map(([, rows_, columns]) => (rows_ * columns) / config.vision.mergeSize ** 2);
    const prompt = buildPrompt(messages, { tokenizer, template, imageToken: config.tokens.image, imageTokens });
    expect(prompt.text).toBe(row.prompt);
    expect(prompt.ids).toEqual(row.input_ids);
  });

  test('M-RoPE positions and their offset are the reference’s', () => {
    const { positions, ropeDelta } = mropePositions(row.input_ids, grids, { imageToken: config.tokens.image, mergeSize: config.vision.mergeSize });
    expect([...positions]).toEqual(row.position_ids.flat());
    expect(ropeDelta).toBe(row.rope_delta);
  });
});
